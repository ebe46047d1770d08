// What one can do with the open topic: close, reopen, rename, delete.

import { byId } from "./dom.js";

export function createTopicMenu(act) {
  const button = byId("topic-menu-button");
  const menu = byId("topic-menu");
  const dialog = byId("rename-dialog");
  const name = byId("rename-name");
  let topic = null;

  function toggle(isOpen) {
    menu.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) menu.querySelector("button:not([hidden])").focus();
  }

  button.addEventListener("click", () => toggle(menu.hidden));
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !menu.contains(event.target) && !button.contains(event.target)) {
      toggle(false);
    }
  });
  menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll("button:not([hidden])")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { toggle(false); button.focus(); }
    if (!step) return;
    event.preventDefault();
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  });
  menu.addEventListener("click", (event) => {
    const action = event.target.closest("button")?.dataset.action;
    if (!action) return;
    toggle(false);
    if (action !== "rename") { act(action); return; }
    name.value = topic.name;
    dialog.showModal();
    name.select();
  });
  dialog.querySelector(".dialog-cancel").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", () => act("rename", name.value.trim()));

  return {
    show(next) {
      if (topic && next?.thread !== topic.thread) toggle(false);
      topic = next;
      button.hidden = !topic;
      if (!topic) return;
      menu.querySelector("[data-action=close]").hidden = topic.is_closed;
      menu.querySelector("[data-action=reopen]").hidden = !topic.is_closed;
    },
  };
}
