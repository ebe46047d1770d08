// Telegram's entities as nodes. Links, mentions and commands are shown and lead nowhere.

import { el } from "./dom.js";

const tags = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

const linkish = new Set([
  "url", "text_link", "mention", "text_mention", "bot_command", "hashtag", "cashtag", "email",
  "phone_number",
]);

function wrapper(entity) {
  const tag = tags[entity.type];
  if (tag) return el(tag);
  if (entity.type === "spoiler") {
    const spoiler = el("span", { class: "spoiler", tabindex: "0" });
    const show = () => spoiler.classList.add("is-shown");
    spoiler.addEventListener("click", show);
    spoiler.addEventListener("focus", show);
    return spoiler;
  }
  if (linkish.has(entity.type)) {
    return el("span", { class: "linkish", title: entity.url });
  }
  return el("span");
}

// Fill `parent` with text[from, to), where `entities` lie within it, outer before inner.
// Offsets count UTF-16 units, as strings here do.
function fill(parent, text, entities, from, to) {
  let at = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    let next = index + 1;
    while (next < entities.length && entities[next].offset < end) next += 1;
    if (end > start) {
      parent.append(text.slice(at, start));
      const node = wrapper(entity);
      fill(node, text, entities.slice(index + 1, next), start, end);
      parent.append(node);
      at = end;
    }
    index = next;
  }
  parent.append(text.slice(at, to));
}

export function richText(text, entities) {
  const ordered = [...(entities ?? [])].sort(
    (a, b) => a.offset - b.offset || b.length - a.length,
  );
  const node = el("div", { class: "text", dir: "auto" });
  fill(node, text, ordered, 0, text.length);
  return node;
}
