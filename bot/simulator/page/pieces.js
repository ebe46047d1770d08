// Small things that both conversations are made of: avatars, days. No state, no requests.

import { el } from "./dom.js";
import { dayName, moment } from "./language.js";

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
