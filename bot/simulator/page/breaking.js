// The strip where one breaks things: the relay's life, the faults, and what became of messages.

import { byId, el, icon, patch, setText } from "./dom.js";
import { activeOf, faults, health, isSame, timesLeft } from "./faults.js";
import { say } from "./language.js";
import { sim } from "./sim.js";

const columns = ["sent", "delivered", "waiting", "told", "lost", "twice", "misrouted", "leaked"];
const bad = new Set(["lost", "twice", "misrouted", "leaked"]);
const noted = new Set(["told", "leaked"]);
const directions = [["b2t", "buyer_to_topic"], ["s2b", "staff_to_buyer"]];
const meaningless = new Set(["b2t told", "b2t leaked"]); // only staff can be told, or say too much
const SPEAK_EVERY_MS = 3000; // a screen reader must be able to finish a sentence

function faultButton(fault, press) {
  return el("button", {
    type: "button", class: "fault", testid: `fault-${fault.name}`,
    onclick: () => press(fault),
  }, icon(fault.icon), el("span", { class: "fault-word" }), el("span", { class: "fault-left" }));
}

// The API mends everything at once; what was not meant is broken again.
async function endFault(fault, actives) {
  await sim.mend();
  for (const active of actives) {
    if (isSame(fault, active)) continue;
    const { shore, method, kind, times, seconds, probability } = active;
    const rest = times === null ? null : timesLeft(active);
    await sim.fault({ shore, method, kind, times: rest, seconds, probability });
  }
}

function createFaults(report) {
  let actives = [];
  const press = (fault) => report(
    fault.isToggle && activeOf(fault, actives).length
      ? endFault(fault, actives)
      : sim.fault({ shore: fault.shore, ...fault.order }));
  const buttons = faults.map((fault) => {
    const button = faultButton(fault, press);
    byId(`faults-${fault.shore}`).append(button);
    return [fault, button];
  });
  byId("mend").addEventListener("click", () => report(sim.mend()));

  return (next) => {
    actives = next;
    for (const [fault, button] of buttons) {
      const own = activeOf(fault, actives);
      const count = own.reduce((sum, active) => sum + timesLeft(active), 0);
      setText(button.children[1], say(fault.word));
      setText(button.children[2], own.length ? (count < Infinity ? `×${count}` : say("on")) : "");
      button.title = say(fault.note);
      button.classList.toggle("is-on", own.length > 0);
      if (fault.isToggle) button.setAttribute("aria-pressed", String(own.length > 0));
    }
    byId("mend").disabled = actives.length === 0;
  };
}

function createRelay(report) {
  const kill = byId("kill");
  const start = byId("start");
  kill.addEventListener("click", () => report(sim.relay("kill")));
  start.addEventListener("click", () => report(sim.relay("start")));
  return (relay) => {
    const state = relay.is_running ? "running" : relay.kills ? "killed" : "stopped";
    const words = say(`relay_${state}`, { pid: relay.pid ?? "" });
    const shown = byId("relay-state");
    shown.dataset.state = state;
    setText(byId("relay-words"), words);
    setText(byId("relay-tally"), say("relay_tally", relay));
    const focused = document.activeElement;
    kill.hidden = !relay.is_running;
    start.hidden = relay.is_running;
    if (focused === kill && kill.hidden) start.focus();
    if (focused === start && start.hidden) kill.focus();
  };
}

function createCounters() {
  const cells = new Map();
  let spokenAt = 0;
  let timer = 0;

  function build() {
    const head = columns.map((name) => el("th", {
      scope: "col", title: noted.has(name) ? say(`count_${name}_note`) : null,
    }, say(`count_${name}`)));
    const rows = directions.map(([short]) => el("tr", {},
      el("th", { scope: "row" }, say(short)),
      ...columns.map((name) => {
        const cell = el("td", {
          testid: `counter-${short}-${name}`, "data-label": say(`count_${name}`),
        });
        cells.set(`${short} ${name}`, cell);
        return cell;
      })));
    return el("table", {}, el("thead", {}, el("tr", {}, el("td", {}), ...head)),
      el("tbody", {}, ...rows));
  }

  function speak(judge) {
    const summary = directions.map(([short, long]) =>
      say("summary", { direction: say(short), ...judge[long] })).join(" ");
    clearTimeout(timer);
    timer = setTimeout(() => {
      spokenAt = performance.now();
      setText(byId("counters-spoken"), summary);
    }, Math.max(0, spokenAt + SPEAK_EVERY_MS - performance.now()));
  }

  return (judge) => {
    patch(byId("counters"), columns, build);
    for (const [short, long] of directions) {
      for (const name of columns) {
        const cell = cells.get(`${short} ${name}`);
        const isShown = !meaningless.has(`${short} ${name}`);
        const value = isShown ? judge[long][name] : 0;
        setText(cell, isShown ? String(value) : "–");
        cell.className = !value ? "is-zero"
          : bad.has(name) ? "is-bad" : name === "waiting" ? "is-waiting" : "";
      }
    }
    const offences = directions.flatMap(([, long]) => judge[long].offences ?? []);
    byId("offences").hidden = offences.length === 0;
    byId("offences").title = offences.join("\n");
    setText(byId("offences"), say("offences", { what: offences[0] ?? "" }));
    speak(judge);
  };
}

// The line in the header: which of the two shores can be reached, and a spark for each arrival.
function createPath() {
  let before = null;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  const run = (spark, from, to) => {
    if (isCalm.matches) return;
    spark.animate([
      { left: from, opacity: 0 }, { left: from, opacity: 1, offset: 0.1 },
      { left: to, opacity: 1, offset: 0.9 }, { left: to, opacity: 0 },
    ], { duration: 900, easing: "ease-in-out" });
  };
  return ({ faults: actives, judge, relay }) => {
    byId("path-relay").dataset.state = relay.is_running ? "running" : "killed";
    for (const shore of ["market", "telegram"]) {
      const state = relay.is_running ? health(shore, actives) : "down";
      byId(`path-${shore}`).dataset.state = state;
      setText(byId(`path-${shore}-words`), `${say(`path_${shore}`)}: ${say(`path_${state}`)}`);
    }
    const now = directions.map(([, long]) => judge[long].delivered);
    if (before && now[0] > before[0]) run(byId("spark-right"), "0%", "100%");
    if (before && now[1] > before[1]) run(byId("spark-left"), "100%", "0%");
    before = now;
  };
}

export function createBreaking({ report }) {
  const showFaults = createFaults(report);
  const showRelay = createRelay(report);
  const showCounters = createCounters();
  const showPath = createPath();
  return {
    show(state) {
      showFaults(state.faults);
      showRelay(state.relay);
      showCounters(state.judge);
      showPath(state);
    },
  };
}
