// Files that are attached and not sent yet: what may be attached, and how it is shown.

import { el, icon, syncList } from "./dom.js";
import { fileFace, isPictureName } from "./files.js";
import { fileSize, say } from "./language.js";

const MEGABYTE = 1024 * 1024;
const LARGEST_MB = 50;

// Why a file can't be attached, in words; null where it can.
export function refusalOf(file) {
  if (file.size > LARGEST_MB * MEGABYTE) {
    return say("file_too_large", {
      name: file.name, size: fileSize(file.size), limit: fileSize(LARGEST_MB * MEGABYTE),
    });
  }
  return file.size === 0 ? say("file_empty", { name: file.name }) : null;
}

function face(file) {
  if (!isPictureName(file.name)) return fileFace(file.name);
  const image = el("img", { class: "chip-picture", src: URL.createObjectURL(file), alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.addEventListener("error", () => image.replaceWith(fileFace(file.name)), { once: true });
  return image;
}

// `remove` takes the file out of the draft.
export function drawAttached(chips, files, remove) {
  syncList(chips, files, {
    key: (file) => file,
    make: (file) => el("span", { class: "chip", testid: "chip", title: file.name },
      face(file),
      el("span", { class: "chip-words" },
        el("span", { class: "chip-name" }, file.name),
        el("span", { class: "file-size" })),
      el("button", { type: "button", class: "quiet", onclick: () => remove(file) },
        icon("cross"))),
    update: (chip, file) => {
      chip.querySelector(".file-size").textContent = fileSize(file.size);
      chip.querySelector("button").setAttribute("aria-label",
        say("remove_file", { name: file.name }));
    },
  });
  chips.hidden = files.length === 0;
}
