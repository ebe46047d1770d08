// The faults that the page offers, as the simulator's API wants them. Data only.

const forEver = { times: null, seconds: 0, probability: null };

export const faults = [
  {
    name: "market-lost", shore: "market", icon: "lost",
    word: "fault_lost", note: "fault_lost_market",
    order: { method: "sendMessageToChat", kind: "dropped_after", times: 3, seconds: 0, probability: null },
  },
  {
    name: "market-limit", shore: "market", icon: "limit",
    word: "fault_limit_market", note: "fault_limit_market_note",
    order: { method: "*", kind: "throttled", times: 3, seconds: 5, probability: null },
  },
  {
    name: "market-slow", shore: "market", icon: "slow", isToggle: true,
    word: "fault_slow", note: "fault_slow_note",
    order: { method: "*", kind: "slow", ...forEver, seconds: 2 },
  },
  {
    name: "market-outage", shore: "market", icon: "outage", isToggle: true,
    word: "fault_outage", note: "fault_outage_note",
    order: { method: "*", kind: "outage", ...forEver },
  },
  {
    name: "telegram-lost", shore: "telegram", icon: "lost",
    word: "fault_lost", note: "fault_lost_telegram",
    order: { method: "sendMessage", kind: "dropped_after", times: 3, seconds: 0, probability: null },
  },
  {
    name: "telegram-limit", shore: "telegram", icon: "limit",
    word: "fault_limit_telegram", note: "fault_limit_telegram_note",
    order: { method: "*", kind: "throttled", times: 2, seconds: 5, probability: null },
  },
  {
    name: "telegram-slow", shore: "telegram", icon: "slow", isToggle: true,
    word: "fault_slow", note: "fault_slow_note",
    order: { method: "*", kind: "slow", ...forEver, seconds: 2 },
  },
  {
    name: "telegram-outage", shore: "telegram", icon: "outage", isToggle: true,
    word: "fault_outage", note: "fault_outage_note",
    order: { method: "*", kind: "outage", ...forEver },
  },
];

// How often a fault will still come; Infinity until somebody mends it.
export const timesLeft = (active) =>
  (active.times === null ? Infinity : active.times - (active.fired ?? 0));

export const isSame = (fault, active) =>
  fault.shore === active.shore && fault.order.kind === active.kind
  && fault.order.method === active.method;

export const activeOf = (fault, actives) =>
  actives.filter((active) => isSame(fault, active) && timesLeft(active) > 0);

// How a shore looks from the relay: "ok", "faulty" or "down".
export function health(shore, actives) {
  const own = actives.filter((active) => active.shore === shore && timesLeft(active) > 0);
  if (own.some((active) => active.kind === "outage")) return "down";
  return own.length ? "faulty" : "ok";
}
