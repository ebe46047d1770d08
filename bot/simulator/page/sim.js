// The simulator's control API: what the page asks of it and how it hears of changes.
// Nothing here touches the page.

const PAUSE_MS = 80; // between two readings of the state, so that a storm of changes stays cheap

async function call(method, path, body) {
  const request = { method };
  if (body instanceof FormData) {
    request.body = body;
  } else if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetch(path, request);
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (!answer.ok) throw new Error(value?.error ?? `${answer.status} ${answer.statusText}`);
  return value;
}

function withFiles(fields, files) {
  if (files.length === 0) return fields;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined) form.append(name, String(value));
  }
  for (const file of files) form.append("file", file, file.name);
  return form;
}

const post = (path, body) => call("POST", path, body);

export const sim = {
  buyerWrites: (chat, text, files) =>
    post("/sim/buyer/message", withFiles({ chat, text }, files)),
  newBuyer: (customer, text, context) => post("/sim/buyer/chat", { customer, text, context }),
  marketWrites: (chat, sender, text, files) =>
    post("/sim/market/message", withFiles({ chat, sender, text }, files)),
  staffWrites: (thread, person, text, replyTo, files) =>
    post("/sim/staff/message", withFiles({ thread, person, text, reply_to: replyTo }, files)),
  staffEdits: (message, text, files) =>
    post("/sim/staff/edit", withFiles({ message, text }, files)),
  presses: (message, person, data) => post("/sim/staff/button", { message, person, data }),
  topic: (thread, action, name) => post("/sim/staff/topic", { thread, action, name }),
  fault: (fault) => post("/sim/faults", fault),
  mend: () => call("DELETE", "/sim/faults"),
  relay: (action) => post("/sim/relay", { action }),
};

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Calls `onState` with each new state and `onLine` with whether the simulator answers.
export function follow(onState, onLine) {
  let isReading = false;
  let isStale = false;

  async function read() {
    isStale = true;
    if (isReading) return;
    isReading = true;
    while (isStale) {
      isStale = false;
      try {
        onState(await call("GET", "/sim/state"));
        onLine(true);
      } catch (error) {
        console.warn("state not read:", error.message);
        onLine(false);
      }
      await sleep(PAUSE_MS);
    }
    isReading = false;
  }

  const events = new EventSource("/sim/events");
  events.onopen = read;
  events.onmessage = read;
  events.onerror = () => onLine(false);
  read();
  return read;
}
