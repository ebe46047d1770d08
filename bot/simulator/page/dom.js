// Building and patching nodes so that what is under the pointer or the caret never gets replaced.
// Text always goes in as text; this module knows nothing of chats or topics.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "testid") node.dataset.testid = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let drawn = new WeakMap();

// Rebuild the children of `slot` only where `value` differs from what it was drawn from.
export function patch(slot, value, build) {
  const signature = JSON.stringify(value) ?? "";
  if (drawn.get(slot) === signature) return;
  drawn.set(slot, signature);
  const children = [build(value)].flat().filter(Boolean);
  slot.replaceChildren(...children);
  slot.hidden = children.length === 0;
}

// After a change of language everything is drawn anew.
export function forgetDrawings() {
  drawn = new WeakMap();
}

const lists = new WeakMap();

// Make the children of `parent` follow `items`: nodes are kept by key, moved only when they must be.
export function syncList(parent, items, { key, make, update }) {
  const before = lists.get(parent) ?? new Map();
  const after = new Map();
  for (const item of items) {
    const id = key(item);
    const node = before.get(id) ?? make(item);
    update(node, item);
    after.set(id, node);
  }
  for (const [id, node] of before) if (!after.has(id)) node.remove();
  let place = parent.firstElementChild;
  for (const node of after.values()) {
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  lists.set(parent, after);
}

// A scrolling box that stays at its end while the reader is there, and nowhere else.
export function stickToEnd(box, downButton) {
  let isAtEnd = true;
  let top = 0;
  const settle = () => { downButton.hidden = isAtEnd; };
  const toEnd = () => {
    isAtEnd = true;
    box.scrollTop = box.scrollHeight;
    settle();
  };
  box.addEventListener("scroll", () => {
    const isNearEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    // growing content also takes the end away; only the reader moves upwards
    if (isNearEnd || box.scrollTop < top) isAtEnd = isNearEnd;
    top = box.scrollTop;
    settle();
  });
  new ResizeObserver(() => { if (isAtEnd) toEnd(); }).observe(box);
  box.addEventListener("load", () => { if (isAtEnd) toEnd(); }, true);
  downButton.addEventListener("click", toEnd);
  return { toEnd, follow: () => { if (isAtEnd) toEnd(); } };
}

// Keeps the order of a list while the pointer is busy in it, so that a click hits what it aimed at.
export function steadyOrder(box, key, whenCalm) {
  const CALM_MS = 1500;
  let order = [];
  let busyUntil = 0;
  let timer = 0;
  const busy = () => {
    busyUntil = performance.now() + CALM_MS;
    clearTimeout(timer);
    timer = setTimeout(whenCalm, CALM_MS + 20);
  };
  for (const kind of ["pointermove", "pointerdown", "wheel", "keydown"]) {
    box.addEventListener(kind, busy, { passive: true });
  }
  return (items) => {
    if (performance.now() >= busyUntil) {
      order = items.map(key);
      return items;
    }
    const rank = new Map(order.map((id, index) => [id, index]));
    const kept = [...items].sort(
      (a, b) => (rank.get(key(a)) ?? Infinity) - (rank.get(key(b)) ?? Infinity) || 0,
    );
    order = kept.map(key);
    return kept;
  };
}
