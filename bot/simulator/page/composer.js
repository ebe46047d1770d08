// Where one writes: a text box with files and a draft for each conversation.
// What is typed is never redrawn from the state; it is lost only by sending it.

import { drawAttached, refusalOf } from "./attached.js";
import { el, icon, patch } from "./dom.js";
import { acceptDrops } from "./drops.js";
import { say } from "./language.js";

const emptyDraft = () => ({ text: "", files: [], about: null });

// `complain` shows why something can't be done; `captionLimit`: characters beside a file.
export function createComposer({ form, dropZone, send, complain, captionLimit = Infinity }) {
  const input = form.querySelector("textarea");
  const picker = form.querySelector("input[type=file]");
  const chips = form.querySelector(".chips");
  const about = form.querySelector(".about");
  const drafts = new Map();
  let key = null;
  let draft = emptyDraft();
  let queue = Promise.resolve();

  const isEdit = () => draft.about?.kind === "edit";

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 140)}px`;
  }

  function drawFiles() {
    drawAttached(chips, draft.files, (file) => {
      draft.files = draft.files.filter((own) => own !== file);
      drawFiles();
      input.focus();
    });
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
    form.querySelector(".attach").hidden = isEdit() && !draft.about.hasFile;
  }

  function show() {
    input.value = draft.text;
    grow();
    drawFiles();
    drawAbout();
  }

  function drop() {
    if (isEdit()) { draft.text = ""; draft.files = []; }
    draft.about = null;
    show();
    input.focus();
  }

  function submit() {
    const sent = { ...draft, text: draft.text.trim() };
    const from = key;
    const mayBeEmpty = isEdit() && draft.about.hasFile; // a caption may be taken away
    if (from === null || (!sent.text && sent.files.length === 0 && !mayBeEmpty)) return;
    const isCaption = sent.files.length > 0 || mayBeEmpty;
    if (isCaption && sent.text.length > captionLimit) {
      complain(say("caption_too_long", { n: captionLimit, length: sent.text.length }));
      return;
    }
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
    if (isEdit() && !draft.about.hasFile) return;
    const fine = list.filter((file) => {
      const refusal = refusalOf(file);
      if (refusal) complain(refusal);
      return !refusal;
    });
    // an edit replaces the one file of its message
    draft.files = isEdit() ? fine.slice(-1) : [...draft.files, ...fine];
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
    addFiles([...event.clipboardData.files]);
  });
  form.querySelector(".attach").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => { addFiles([...picker.files]); picker.value = ""; });
  acceptDrops(dropZone, addFiles);

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
      if (isEdit()) { draft.text = value.text; draft.files = []; }
      show();
      input.focus();
    },
    addFiles,
    placeholder: (text) => { if (input.placeholder !== text) input.placeholder = text; },
    isUntouched: () => !draft.text && !draft.files.length && document.activeElement !== input,
    focus: () => input.focus(),
    translate: () => { drawFiles(); drawAbout(); },
  };
}
