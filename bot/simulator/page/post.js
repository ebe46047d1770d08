// One message of the staff group as a node that is patched, never replaced, while it changes.

import { el, icon, patch, setText } from "./dom.js";
import { richText } from "./entities.js";
import { fileNodes } from "./files.js";
import { clockTime, fullTime, hasWord, say } from "./language.js";
import { avatar, hueClass } from "./pieces.js";

export const authorName = (message) => message.from?.name ?? "";

export const excerpt = (message) =>
  (message.text || message.files?.[0]?.name || shareLine(message) || "").slice(0, 120);

const shareLine = ({ share }) => share && [say(`share_${share.kind}`), share.words]
  .filter(Boolean).join(": ");

function serviceWords(message) {
  const key = `service_${message.service}`;
  const words = hasWord(key) ? say(key) : say("service_other", { what: message.service });
  return message.text ? `${words}: ${message.text}` : words;
}

// Drawn signs for the reactions that the relay sets, as not every machine has a font of emoji.
const drawnSigns = { "👍": "thumb" };

function reaction(sign) {
  const name = drawnSigns[sign];
  return name ? [icon(name), el("span", { class: "sr" }, sign)] : [sign];
}

// `act` has reply, edit, press, jump: what the buttons of a message do.
export function postNode(message, act) {
  const node = el("div", { class: "line post", testid: `message-${message.id}`,
                           "data-id": String(message.id) });
  if (message.service) {
    node.append(el("div", { class: "service" }));
    return node;
  }
  const slot = (name) => el("div", { class: name, hidden: true });
  const tool = (name, run) => el("button", {
    type: "button", class: "quiet", testid: `${name}-${message.id}`, onclick: run,
  }, icon(name));
  node.append(
    el("span", { class: "post-face" }),
    el("div", { class: "post-body" },
      el("article", { class: "bubble" },
        slot("bubble-from"), slot("quote-slot"), slot("files"), slot("text-slot"),
        slot("reactions"), el("span", { class: "bubble-time" })),
      slot("keyboard")),
    el("span", { class: "tools" }, tool("reply", () => act.reply(message.id)),
      tool("edit", () => act.edit(message.id))));
  return node;
}

function shareNode(share) {
  return el("div", { class: "share" },
    el("span", { class: "file-face" }, icon(share.kind === "contact" ? "people" : "share")),
    el("span", { class: "file-words" },
      el("span", { class: "file-name" }, share.words || say(`share_${share.kind}`)),
      share.words ? el("span", { class: "file-size" }, say(`share_${share.kind}`)) : null));
}

function drawQuote(slot, message, original, act) {
  const quoted = message.reply_to
    ? { id: message.reply_to, name: original ? authorName(original) : "",
        words: original ? excerpt(original) : say("original_gone") }
    : null;
  patch(slot, quoted, (value) => value && el("button", {
    type: "button", class: `quote ${hueClass(original?.from?.id)}`,
    onclick: () => act.jump(value.id),
  }, el("b", {}, value.name), el("span", {}, value.words)));
}

function drawKeyboard(slot, message, act) {
  patch(slot, message.buttons ?? [], (rows) => rows.map((row) =>
    el("div", { class: "keyboard-row" }, ...row.map((button) => {
      const key = el("button", {
        type: "button", class: "key", testid: `button-${message.id}-${button.data}`,
      }, button.text);
      key.addEventListener("click", () => {
        const rest = () => key.removeAttribute("aria-busy");
        key.setAttribute("aria-busy", "true");
        act.press(message.id, button.data).then(rest, rest);
      });
      return key;
    }))));
}

// `originals` finds a message by id; `person` is who is writing now; `above`: the album of the
// message over this one.
export function drawPost(node, message, { originals, person, act, above }) {
  if (message.service) {
    setText(node.firstElementChild, serviceWords(message));
    return;
  }
  const isOwn = message.from?.id === person;
  node.classList.toggle("is-own", isOwn);
  node.classList.toggle("is-continued", Boolean(message.album) && message.album === above);
  node.classList.toggle("is-bot", Boolean(message.from?.is_bot));
  const [face, body, tools] = node.children;
  const [bubble, keyboard] = body.children;
  const [from, quote, files, text, reactions, time] = bubble.children;
  const name = authorName(message);
  patch(face, [name, message.from?.id], () => avatar(name, message.from?.id));
  patch(from, [name, message.from], () => [
    el("b", { class: hueClass(message.from?.id) }, name),
    message.from?.is_bot ? el("span", { class: "tag" }, say("bot")) : null,
  ]);
  drawQuote(quote, message, originals.get(message.reply_to), act);
  patch(files, [message.files ?? [], message.share], () => [
    ...fileNodes(message.files), message.share ? shareNode(message.share) : null,
  ]);
  patch(text, [message.text, message.entities], () =>
    message.text ? richText(message.text, message.entities) : null);
  patch(reactions, message.reactions ?? [], (signs) =>
    signs.map((sign) => el("span", { class: "reaction" }, ...reaction(sign))));
  patch(time, [message.at, message.is_edited], () => [
    message.is_edited ? el("span", {}, `${say("edited")} `) : null,
    el("time", { title: fullTime(message.at) }, clockTime(message.at)),
  ]);
  drawKeyboard(keyboard, message, act);
  tools.children[0].setAttribute("aria-label", say("reply"));
  tools.children[1].setAttribute("aria-label", say("edit"));
  tools.children[1].hidden = !isOwn || Boolean(message.share);
}
