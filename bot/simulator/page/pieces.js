// Small things that both conversations are made of: files, avatars, days. No state, no requests.

import { el, icon } from "./dom.js";
import { dayName, fileSize, moment, say } from "./language.js";

const picture = /\.(png|jpe?g|gif|webp)$/i;

// The simulator's own addresses only: a file must never make the page ask another origin.
function ownAddress(url) {
  try {
    const address = new URL(url, location.href);
    return address.origin === location.origin ? address.href : null;
  } catch {
    return null;
  }
}

function fileNode(file) {
  const address = file.url ? ownAddress(file.url) : null;
  const name = file.name || say("file");
  const isPicture = address && (file.kind === "photo" || picture.test(name));
  const label = el("span", { class: "file-name" }, name);
  const size = el("span", { class: "file-size" }, fileSize(file.size));
  const inside = isPicture
    ? [el("img", { src: address, alt: name, loading: "lazy" })]
    : [el("span", { class: "file-icon" }, icon("file")),
       el("span", { class: "file-words" }, label, size)];
  const kind = isPicture ? "file picture" : "file";
  if (!address) return el("span", { class: kind }, ...inside);
  return el("a", { class: kind, href: address, download: name, title: name }, ...inside);
}

export const fileNodes = (files) => (files ?? []).map(fileNode);

const HUES = 7;

export function avatar(name, seed) {
  const letter = [...(name || "?").trim()].find((sign) => /[\p{L}\p{N}]/u.test(sign)) ?? "?";
  const hue = Math.abs(Number(seed) || 0) % HUES;
  return el("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, letter.toUpperCase());
}

export const hueClass = (seed) => `hue-${Math.abs(Number(seed) || 0) % HUES}`;

// Put a row with the day's name before the first message of each day.
export function withDays(messages) {
  const rows = [];
  let day = null;
  for (const message of messages) {
    const own = moment(message.at)?.toDateString() ?? day;
    if (own !== day) rows.push({ day: own, at: message.at });
    day = own;
    rows.push(message);
  }
  return rows;
}

export const dayRow = (row) => el("div", { class: "day", role: "separator" }, dayName(row.at));
