// Files in a conversation: pictures as thumbnails, everything else as a card to download.

import { el, icon } from "./dom.js";
import { fileSize, say } from "./language.js";
import { openPicture } from "./viewer.js";

const picture = /\.(png|jpe?g|gif|webp|bmp)$/i;
const pictureKinds = new Set(["photo", "sticker"]);
const LONGEST_ENDING = 4;

// The simulator's own addresses only: a file must never make the page ask another origin.
function ownAddress(url) {
  try {
    const address = new URL(url, location.href);
    return address.origin === location.origin ? address.href : null;
  } catch {
    return null;
  }
}

export const isPictureName = (name) => picture.test(name);

// What stands on the icon of a file: the end of its name, such as PDF.
export function ending(name) {
  const [, end] = /\.([\p{L}\p{N}]+)$/u.exec(name) ?? [];
  return end && end.length <= LONGEST_ENDING ? end.toUpperCase() : "";
}

export function fileFace(name) {
  const end = ending(name);
  return el("span", { class: "file-face", "aria-hidden": "true" },
    end ? el("span", { class: "file-ending" }, end) : icon("file"));
}

function card(file, name, address) {
  const inside = [
    fileFace(name),
    el("span", { class: "file-words" },
      el("span", { class: "file-name" }, name),
      el("span", { class: "file-size" }, fileSize(file.size))),
  ];
  if (!address) return el("span", { class: "file" }, ...inside);
  return el("a", {
    class: "file", href: address, download: name, title: say("download_file", { name }),
  }, ...inside, el("span", { class: "file-get" }, icon("download")));
}

// What only claims to be a picture becomes a card as soon as it fails to show.
function thumbnail(file, name, address) {
  const image = el("img", { src: address, alt: name, loading: "lazy", draggable: "false" });
  const node = el("button", {
    type: "button", class: `picture${file.kind === "sticker" ? " is-sticker" : ""}`,
    "aria-label": say("open_picture", { name }), title: name,
    onclick: () => openPicture({ name, address, size: file.size }),
  }, image);
  image.addEventListener("error", () => node.replaceWith(card(file, name, address)));
  return node;
}

export function fileNodes(files) {
  const pictures = [];
  const cards = [];
  for (const file of files ?? []) {
    const address = file.url ? ownAddress(file.url) : null;
    const name = file.name || say("file");
    const isPicture = address && (pictureKinds.has(file.kind) || isPictureName(name));
    (isPicture ? pictures : cards).push((isPicture ? thumbnail : card)(file, name, address));
  }
  const gallery = el("div", { class: `pictures${pictures.length > 1 ? " is-many" : ""}` },
    ...pictures);
  return [pictures.length > 0 ? gallery : null, ...cards].filter(Boolean);
}
