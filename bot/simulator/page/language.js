// The language of the page: choosing it, filling in words, dates. The words are in words.js.

import { dictionaries } from "./words.js";

function chosen() {
  const wanted = [
    new URLSearchParams(location.search).get("lang"),
    document.documentElement.dataset.lang,
    navigator.language,
  ];
  for (const tag of wanted) {
    const short = (tag ?? "").slice(0, 2).toLowerCase();
    if (short in dictionaries) return short;
  }
  return "en";
}

export let language = chosen();

export function say(key, values = {}) {
  const wording = dictionaries[language][key] ?? key;
  return wording.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function hasWord(key) {
  return Object.hasOwn(dictionaries[language], key);
}

// Attributes that carry a word's key, and where the word goes.
const places = {
  "data-word": (node, word) => { node.textContent = word; },
  "data-word-label": (node, word) => node.setAttribute("aria-label", word),
  "data-word-title": (node, word) => node.setAttribute("title", word),
  "data-word-placeholder": (node, word) => node.setAttribute("placeholder", word),
};

export function translatePage() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const [attribute, put] of Object.entries(places)) {
    for (const node of document.querySelectorAll(`[${attribute}]`)) {
      put(node, say(node.getAttribute(attribute)));
    }
  }
}

export function speak(tag) {
  language = tag;
  const address = new URL(location.href);
  address.searchParams.set("lang", tag);
  history.replaceState(null, "", address);
  translatePage();
}

const locales = { ru: "ru", en: "en-GB" }; // the English of a 24-hour clock

export function moment(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function clockTime(at) {
  const date = moment(at);
  return date ? date.toLocaleTimeString(locales[language], { hour: "2-digit", minute: "2-digit" }) : "";
}

export function fullTime(at) {
  const date = moment(at);
  return date ? date.toLocaleString(locales[language], { dateStyle: "long", timeStyle: "medium" }) : "";
}

export function dayName(at) {
  const date = moment(at);
  if (!date) return "";
  const day = (d) => d.toDateString();
  const now = new Date();
  if (day(date) === day(now)) return say("today");
  if (day(date) === day(new Date(now.getTime() - 86_400_000))) return say("yesterday");
  return date.toLocaleDateString(locales[language], { day: "numeric", month: "long" });
}

export function shortTime(at) {
  const date = moment(at);
  if (!date) return "";
  if (date.toDateString() === new Date().toDateString()) return clockTime(at);
  return date.toLocaleDateString(locales[language], { day: "numeric", month: "short" });
}

export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const [value, unit] =
    bytes < 1024 ? [bytes, "byte"]
    : bytes < 1048576 ? [bytes / 1024, "kilobyte"]
    : [bytes / 1048576, "megabyte"];
  const unitDisplay = unit === "byte" ? "long" : "short"; // the short English is "2 byte"
  return new Intl.NumberFormat(locales[language], {
    style: "unit", unit, unitDisplay, maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}
