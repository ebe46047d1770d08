// Where one writes: a text box with files and a draft for each conversation.
// What is typed is never redrawn from the state; it is lost only by sending it.

import { el, icon, patch, setText, syncList } from "./dom.js";
import { fileSize, say } from "./language.js";

const emptyDraft = () => ({ text: "", files: [], about: null });

export function createComposer({ form, dropZone, send, onAbout }) {
  const input = form.querySelector("textarea");
  const picker = form.querySelector("input[type=file]");
  const chips = form.querySelector(".chips");
  const about = form.querySelector(".about");
  const drafts = new Map();
  let key = null;
  let draft = emptyDraft();
  let mayAttach = true;
  let queue = Promise.resolve();

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 140)}px`;
  }

  function drawFiles() {
    syncList(chips, draft.files, {
      key: (file) => file,
      make: (file) => el("span", { class: "chip" },
        icon("file"), el("span", { class: "chip-name" }, file.name),
        el("span", { class: "file-size" }, fileSize(file.size)),
        el("button", {
          type: "button", class: "quiet", "aria-label": say("remove_file", { name: file.name }),
          onclick: () => { draft.files = draft.files.filter((own) => own !== file); drawFiles(); },
        }, icon("cross"))),
      update: () => {},
    });
    chips.hidden = draft.files.length === 0;
  }

  // The line over the text box: which message is answered or edited.
  function drawAbout() {
    patch(about, draft.about, (value) => value && [
      icon(value.kind),
      el("span", { class: "about-words" },
        el("b", {}, value.kind === "edit" ? say("editing") : say("replying", value)),
        el("span", {}, value.excerpt)),
      el("button", {
        type: "button", class: "quiet", "aria-label": say("cancel"), onclick: () => drop(),
      }, icon("cross")),
    ]);
    onAbout?.(draft.about);
  }

  function show() {
    input.value = draft.text;
    grow();
    drawFiles();
    drawAbout();
  }

  function drop() {
    if (draft.about?.kind === "edit") draft.text = "";
    draft.about = null;
    show();
    input.focus();
  }

  function submit() {
    const sent = { ...draft, text: draft.text.trim() };
    const from = key;
    if (!sent.text && sent.files.length === 0) return;
    if (from === null) return;
    draft = emptyDraft();
    drafts.set(from, draft);
    show();
    queue = queue.then(() => send(from, sent)).catch(() => giveBack(from, sent));
  }

  // What could not be sent returns to its box, unless something new stands there.
  function giveBack(from, sent) {
    const now = from === key ? draft : drafts.get(from);
    if (now && (now.text || now.files.length)) return;
    drafts.set(from, sent);
    if (from === key) { draft = sent; show(); }
  }

  function addFiles(list) {
    if (!mayAttach || draft.about?.kind === "edit") return;
    draft.files = [...draft.files, ...list];
    drawFiles();
    input.focus();
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  input.addEventListener("input", () => { draft.text = input.value; grow(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && draft.about) drop();
    const isPhone = matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || isPhone) return;
    event.preventDefault();
    submit();
  });
  input.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  form.querySelector(".attach").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => { addFiles(picker.files); picker.value = ""; });
  listenToDrops(dropZone, addFiles, () => mayAttach);

  return {
    open(next) {
      if (next === key) return;
      key = next;
      draft = drafts.get(next) ?? emptyDraft();
      drafts.set(next, draft);
      show();
    },
    setAbout(value) {
      draft.about = value;
      if (value?.kind === "edit") { draft.text = value.text; draft.files = []; }
      show();
      input.focus();
    },
    allowFiles(isAllowed) {
      mayAttach = isAllowed;
      form.querySelector(".attach").hidden = !isAllowed;
    },
    placeholder: (text) => { if (input.placeholder !== text) input.placeholder = text; },
    isUntouched: () => !draft.text && !draft.files.length && document.activeElement !== input,
    focus: () => input.focus(),
    translate: () => drawAbout(),
  };
}

function listenToDrops(zone, add, mayAttach) {
  const hint = el("div", { class: "drop-hint", hidden: true });
  zone.append(hint);
  const carries = (event) => mayAttach() && event.dataTransfer.types.includes("Files");
  zone.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    setText(hint, say("drop"));
    hint.hidden = false;
  });
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) hint.hidden = true;
  });
  zone.addEventListener("drop", (event) => {
    hint.hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
}
