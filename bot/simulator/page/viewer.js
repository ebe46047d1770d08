// A picture in full, over everything; a click beside it, Escape or the cross closes it.

import { byId, setText } from "./dom.js";
import { fileSize, say } from "./language.js";

const dialog = byId("picture-dialog");
const image = byId("picture-full");
const link = byId("picture-download");

export function openPicture({ name, address, size }) {
  image.src = address;
  image.alt = name;
  setText(byId("picture-name"), name);
  setText(byId("picture-size"), fileSize(size));
  link.href = address;
  link.download = name;
  link.setAttribute("aria-label", say("download_file", { name }));
  dialog.showModal();
}

dialog.addEventListener("click", (event) => {
  if (!event.target.closest("#picture-full, a")) dialog.close();
});
dialog.addEventListener("close", () => image.removeAttribute("src"));
