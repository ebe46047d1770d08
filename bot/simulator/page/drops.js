// Files dragged over the page: onto a conversation, or onto its row in the list.

import { el, setText } from "./dom.js";
import { say } from "./language.js";

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

// What falls beside every conversation must not open in place of the page.
export function ignoreStrayDrops() {
  for (const kind of ["dragover", "drop"]) {
    addEventListener(kind, (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      if (kind === "dragover" && !event.target.closest(".talk, .row")) {
        event.dataTransfer.dropEffect = "none";
      }
    });
  }
}

export function acceptDrops(zone, add) {
  const hint = el("div", { class: "drop-hint", hidden: true });
  zone.append(hint);
  zone.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    setText(hint, say("drop"));
    hint.hidden = false;
  });
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) hint.hidden = true;
  });
  zone.addEventListener("drop", (event) => {
    hint.hidden = true;
    if (carriesFiles(event)) add([...event.dataTransfer.files]);
  });
}

// A row of a list takes files for its conversation.
export function acceptRowDrops(row, add) {
  const mark = (isOver) => row.classList.toggle("is-target", isOver);
  row.addEventListener("dragover", (event) => mark(carriesFiles(event)));
  row.addEventListener("dragleave", () => mark(false));
  row.addEventListener("drop", (event) => {
    mark(false);
    if (carriesFiles(event)) add([...event.dataTransfer.files]);
  });
  return row;
}
