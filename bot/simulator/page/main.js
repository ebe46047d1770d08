// Puts the page together: the state goes in at one end, the three parts show it.

import { createBreaking } from "./breaking.js";
import { createBuyers } from "./buyers.js";
import { byId, el, forgetDrawings, setText } from "./dom.js";
import { ignoreStrayDrops } from "./drops.js";
import { language, say, speak, translatePage } from "./language.js";
import { follow } from "./sim.js";
import { createStaff } from "./staff.js";

const TOAST_MS = 4500;
const LONGEST_PRESS_MS = 2000;
const CLICK_FOLLOWS_MS = 40;
const isPhone = matchMedia("(max-width: 899px)");

let state = null;
let reread = () => {};
let toldPopups = null;

function toast(text, kind) {
  const note = el("div", { class: `toast is-${kind}` }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

const complain = (words) => toast(words, "bad");

// Every request goes through here: what fails is said, what succeeds is seen at once.
function report(request) {
  const outcome = request.then((answer) => { reread(); return answer; });
  outcome.catch((error) => complain(say("failed", { reason: error.message })));
  return outcome;
}

const badge = (name) => (count) => {
  const node = byId(`tab-${name}-badge`);
  setText(node, count ? String(count) : "");
  node.hidden = !count;
};

const parts = {
  buyers: createBuyers({ report, complain, onUnread: badge("buyer") }),
  staff: createStaff({ report, complain, onUnread: badge("group") }),
  breaking: createBreaking({ report }),
};

// Answers to pressed buttons, as Telegram shows them: briefly, over everything.
function showPopups(popups) {
  const before = toldPopups;
  toldPopups = popups;
  if (!before) return;
  let same = Math.min(before.length, popups.length);
  while (same > 0 && before.slice(-same).some((text, i) => text !== popups[i])) same -= 1;
  for (const text of popups.slice(same).slice(-3)) if (text) toast(text, "popup");
}

function show(next) {
  state = next;
  parts.buyers.show(state.market);
  parts.staff.show(state.group);
  parts.breaking.show(state);
  showPopups(state.popups ?? []);
}

// While a button of the mouse or a finger is down nothing is drawn: whatever is being pressed must
// not move away before the click is made.
function holdStill(draw) {
  let isHeld = false;
  let waiting = null;
  let timer = 0;
  const letGo = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isHeld = false;
      if (waiting) draw(waiting);
      waiting = null;
    }, ms);
  };
  addEventListener("pointerdown", () => { isHeld = true; letGo(LONGEST_PRESS_MS); }, true);
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => letGo(CLICK_FOLLOWS_MS), true);
  }
  return (next) => {
    if (isHeld) waiting = next;
    else draw(next);
  };
}

function openTab(name) {
  document.body.dataset.tab = name;
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.setAttribute("aria-current", tab.dataset.tab === name ? "page" : "false");
  }
  if (!state) return;
  parts.buyers.render();
  parts.staff.render();
}

function listen() {
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.addEventListener("click", () => openTab(tab.dataset.tab));
  }
  for (const choice of document.querySelectorAll("[data-speak]")) {
    choice.addEventListener("click", () => {
      speak(choice.dataset.speak);
      forgetDrawings();
      showLanguage();
      if (!state) return;
      show(state);
      parts.buyers.translate();
      parts.staff.translate();
    });
  }
}

function showLanguage() {
  for (const choice of document.querySelectorAll("[data-speak]")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.speak === language));
  }
}

// On a phone only the open tab's conversation counts as read.
const sees = (tab, panel) => () => !document.hidden && (!isPhone.matches
  || (document.body.dataset.tab === tab && byId(panel).dataset.open === "talk"));

parts.buyers.seenOnlyWhen(sees("buyer", "market"));
parts.staff.seenOnlyWhen(sees("group", "group"));
translatePage();
showLanguage();
listen();
ignoreStrayDrops();
openTab("buyer");
reread = follow(holdStill(show), (isThere) => { byId("offline").hidden = isThere; });
