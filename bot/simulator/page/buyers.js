// The left side: the Market's chats as their buyers see them.

import { createComposer } from "./composer.js";
import { byId, el, icon, patch, setText, steadyOrder, stickToEnd, syncList } from "./dom.js";
import { acceptRowDrops } from "./drops.js";
import { fileNodes } from "./files.js";
import { clockTime, fullTime, hasWord, language, moment, say, shortTime } from "./language.js";
import { avatar, dayRow, withDays } from "./pieces.js";
import { sampleBuyers } from "./samples.js";
import { createSeen } from "./seen.js";
import { sim } from "./sim.js";

const SHOWN = 300; // messages of a conversation that are drawn; nobody reads more of a demo

const isForBuyer = (message) => message.sender !== "CUSTOMER";

function about(chat) {
  if (chat.context === "ORDER") return say("context_order", { id: chat.order_id ?? "" });
  if (chat.context === "RETURN") return say("context_return", { id: chat.return_id ?? "" });
  return say("context_direct");
}

function statusWord(chat) {
  const key = `status_${chat.status}`;
  return hasWord(key) ? say(key) : chat.status;
}

function senderWord(message) {
  if (message.sender === "MARKET") return say("sender_market");
  if (message.sender === "SUPPORT") return say("sender_support");
  if (message.sender !== "PARTNER") return null;
  return say(message.through_api ? "sender_shop_bot" : "sender_shop_cabinet");
}

function lastWords(messages) {
  const last = messages.at(-1);
  return last ? last.text || last.files?.[0]?.name || "" : "";
}

function chatRow(chat) {
  return el("button", { type: "button", class: "row", testid: `buyer-chat-${chat.id}` },
    el("span", { class: "row-face" }), el("span", { class: "row-words" }));
}

function drawChatRow(row, chat, isOpen, unread) {
  const name = chat.customer || say("nameless");
  const preview = lastWords(chat.messages);
  const at = chat.messages.at(-1)?.at ?? null;
  patch(row.children[0], [name, chat.id], () => avatar(name, chat.id));
  patch(row.children[1], [name, about(chat), chat.kind, preview, at, unread], () => [
    el("span", { class: "row-top" },
      el("b", { class: "row-name" }, name), el("time", {}, shortTime(at))),
    el("span", { class: "row-about" }, el("span", {}, about(chat)),
      chat.kind === "ARBITRAGE" ? el("span", { class: "tag is-bad" }, say("dispute")) : null),
    el("span", { class: "row-bottom" }, el("span", { class: "row-preview" }, preview),
      unread ? el("span", { class: "badge", "aria-label": say("unread", { n: unread }) },
        String(unread)) : null),
  ]);
  row.setAttribute("aria-current", String(isOpen));
}

function messageRow(item) {
  if (item.day) return el("div", { class: "line" });
  return el("div", {
    class: `line from-${item.sender.toLowerCase()}`, testid: `chat-message-${item.id}`,
  });
}

function drawMessageRow(row, item) {
  patch(row, item, () => {
    if (item.day) return dayRow(item);
    const sender = senderWord(item);
    return el("article", { class: "bubble" },
      sender ? el("div", { class: "bubble-from" }, sender) : null,
      ...fileNodes(item.files),
      item.text ? el("div", { class: "text", dir: "auto" }, item.text) : null,
      el("time", { class: "bubble-time", title: fullTime(item.at) }, clockTime(item.at)));
  });
}

export function createBuyers({ report, complain, onUnread }) {
  const panel = byId("market");
  const list = byId("chats");
  const talk = byId("chat-messages");
  const role = byId("buyer-role");
  const scroll = stickToEnd(talk, byId("chat-down"));
  const seen = createSeen("seen-chats");
  let chats = [];
  let openId = null;
  let inOrder = (items) => items;
  let isVisible = () => true;

  const composer = createComposer({
    form: byId("buyer-form"),
    dropZone: byId("chat-talk"),
    send: (chat, draft) => report(role.value === "CUSTOMER"
      ? sim.buyerWrites(chat, draft.text, draft.files)
      : sim.marketWrites(chat, role.value, draft.text, draft.files)).then(scroll.toEnd),
    complain,
  });
  role.addEventListener("change", () => composer.focus());

  function open(id) {
    openId = id;
    panel.dataset.open = "talk";
    render();
    scroll.toEnd();
  }

  function drawTalk(chat) {
    byId("chat-empty").hidden = chats.length > 0;
    byId("chat-talk").hidden = !chat;
    if (!chat) return;
    setText(byId("chat-name"), chat.customer || say("nameless"));
    patch(byId("chat-about"), [about(chat), statusWord(chat), chat.kind], () => [
      el("span", {}, about(chat)),
      el("span", { class: "tag" }, statusWord(chat)),
      chat.kind === "ARBITRAGE" ? el("span", { class: "tag is-bad" }, say("dispute")) : null,
    ]);
    syncList(talk, withDays(chat.messages.slice(-SHOWN)), {
      key: (item) => (item.day ? `${chat.id} ${item.day}` : `${chat.id} ${item.id}`),
      make: messageRow,
      update: drawMessageRow,
    });
    composer.open(chat.id);
    composer.placeholder(say("buyer_placeholder"));
    scroll.follow();
  }

  function render() {
    openId ??= chats[0]?.id ?? null;
    const opened = chats.find((chat) => chat.id === openId); // a new one may still be on its way
    if (opened && isVisible()) seen.read(opened.id, opened.messages);
    let total = 0;
    syncList(list, inOrder(chats), {
      key: (chat) => chat.id,
      make: (chat) => {
        const row = chatRow(chat);
        row.addEventListener("click", () => open(chat.id));
        return acceptRowDrops(row, (files) => { open(chat.id); composer.addFiles(files); });
      },
      update: (row, chat) => {
        const unread = seen.unread(chat.id, chat.messages, isForBuyer);
        total += unread;
        drawChatRow(row, chat, chat.id === openId, unread);
      },
    });
    drawTalk(opened);
    onUnread(total);
  }
  inOrder = steadyOrder(list, (chat) => chat.id, render);

  byId("chat-back").append(icon("back"));
  byId("chat-back").addEventListener("click", () => { panel.dataset.open = "list"; });
  prepareNewBuyer(report, open);

  const lastAt = (chat) => moment(chat.messages.at(-1)?.at)?.getTime() ?? 0;
  return {
    show(market) {
      chats = [...market.chats].sort((a, b) => lastAt(b) - lastAt(a));
      seen.firstLook(chats);
      render();
    },
    translate: () => { composer.translate(); render(); },
    seenOnlyWhen: (claim) => { isVisible = claim; },
    render,
  };
}

function prepareNewBuyer(report, open) {
  const dialog = byId("new-buyer-dialog");
  const name = byId("new-buyer-name");
  const text = byId("new-buyer-text");
  let turn = 0;
  byId("new-buyer").addEventListener("click", () => {
    const samples = sampleBuyers[language];
    [name.value, text.value] = samples[turn % samples.length];
    dialog.showModal();
    name.select();
  });
  dialog.querySelector(".dialog-cancel").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", () => {
    turn += 1;
    const context = dialog.querySelector("input[name=context]:checked").value;
    report(sim.newBuyer(name.value.trim(), text.value.trim(), context))
      .then((made) => open(made.chat), () => {});
  });
}
