// The right side: the staff group with its topics, as members see it in Telegram.

import { createComposer } from "./composer.js";
import { byId, el, icon, patch, setText, steadyOrder, stickToEnd, syncList } from "./dom.js";
import { acceptRowDrops } from "./drops.js";
import { say, shortTime } from "./language.js";
import { avatar, dayRow, withDays } from "./pieces.js";
import { authorName, drawPost, excerpt, postNode } from "./post.js";
import { createSeen } from "./seen.js";
import { sim } from "./sim.js";
import { createTopicMenu } from "./topic_menu.js";

const SHOWN = 300;
const GENERAL = "general";
const CAPTION_LIMIT = 1024; // Telegram's

const keyOf = (thread) => (thread === null || thread === undefined || thread === 1
  ? GENERAL : String(thread));

// General first, then the topics with the latest message first.
function listTopics(group) {
  const posts = new Map([[GENERAL, []]]);
  for (const topic of group.topics) posts.set(keyOf(topic.thread), []);
  for (const message of group.messages) posts.get(keyOf(message.thread))?.push(message);
  const topics = group.topics
    .filter((topic) => keyOf(topic.thread) !== GENERAL)
    .map((topic) => ({ ...topic, key: keyOf(topic.thread), posts: posts.get(keyOf(topic.thread)) }))
    .sort((a, b) => (b.posts.at(-1)?.id ?? b.thread) - (a.posts.at(-1)?.id ?? a.thread));
  return [{ key: GENERAL, thread: null, posts: posts.get(GENERAL) }, ...topics];
}

const topicName = (topic) => (topic.key === GENERAL ? say("general") : topic.name);

function drawTopicRow(row, topic, isOpen, unread) {
  const last = topic.posts.findLast((post) => !post.service);
  const name = topicName(topic);
  const face = topic.key === GENERAL ? "#" : name;
  patch(row.children[0], [face, topic.thread], () => (topic.key === GENERAL
    ? el("span", { class: "avatar is-general" }, icon("hash")) : avatar(face, topic.thread)));
  const shown = [name, topic.is_closed, last?.id, last?.text, last?.files?.length, unread];
  patch(row.children[1], shown, () => [
    el("span", { class: "row-top" }, el("b", { class: "row-name", title: name }, name),
      topic.is_closed ? icon("lock") : null,
      topic.is_closed ? el("span", { class: "sr" }, say("closed")) : null),
    el("span", { class: "row-bottom" },
      el("span", { class: "row-preview" },
        last && !last.from?.is_bot
          ? el("span", { class: "row-author" }, `${authorName(last)}: `) : null,
        last ? excerpt(last) : say("no_posts")),
      unread ? el("span", { class: "badge", "aria-label": say("unread", { n: unread }) },
        String(unread)) : el("time", {}, shortTime(last?.at))),
  ]);
  row.setAttribute("aria-current", String(isOpen));
}

export function createStaff({ report, complain, onUnread }) {
  const panel = byId("group");
  const list = byId("topics");
  const talk = byId("posts");
  const people = byId("person");
  const scroll = stickToEnd(talk, byId("posts-down"));
  const seen = createSeen("seen-topics");
  let group = { people: [], topics: [], messages: [] };
  let topics = [];
  let openKey = null; // null until somebody chose, or the first topic came
  let originals = new Map();
  let inOrder = (items) => items;
  let isVisible = () => true;

  const person = () => Number(people.value);
  const opened = () => topics.find((topic) => topic.key === (openKey ?? GENERAL));
  const menu = createTopicMenu((action, name) =>
    report(sim.topic(opened().thread, action, name)));

  const composer = createComposer({
    form: byId("staff-form"),
    dropZone: byId("topic-talk"),
    send: (key, draft) => report(draft.about?.kind === "edit"
      ? sim.staffEdits(draft.about.id, draft.text, draft.files)
      : sim.staffWrites(key === GENERAL ? null : Number(key), person(), draft.text,
        draft.about?.id ?? null, draft.files)).then(scroll.toEnd),
    complain,
    captionLimit: CAPTION_LIMIT,
  });

  const act = {
    reply: (id) => composer.setAbout({
      kind: "reply", id, name: authorName(originals.get(id)), excerpt: excerpt(originals.get(id)),
    }),
    edit: (id) => composer.setAbout({
      kind: "edit", id, text: originals.get(id).text, excerpt: excerpt(originals.get(id)),
      hasFile: originals.get(id).files?.length > 0,
    }),
    press: (id, data) => report(sim.presses(id, person(), data)),
    jump: (id) => {
      const post = talk.querySelector(`[data-id="${Number(id)}"]`);
      post?.scrollIntoView({ block: "center", behavior: "smooth" });
      post?.animate([{ background: "var(--flash)" }, { background: "transparent" }], 1400);
    },
  };

  function open(key) {
    openKey = key;
    panel.dataset.open = "talk";
    render();
    scroll.toEnd();
  }

  function drawPeople() {
    const shown = group.people.map((one) => [one.id, `${one.name} — ${say(`role_${one.role}`)}`]);
    const chosen = people.value;
    patch(people, shown, (rows) => rows.map(([id, words]) =>
      el("option", { value: String(id) }, words)));
    if (chosen && people.value !== chosen) people.value = chosen;
  }

  function drawTalk(topic) {
    setText(byId("topic-name"), topicName(topic));
    byId("topic-closed").hidden = !topic.is_closed || topic.is_deleted;
    byId("topic-deleted").hidden = !topic.is_deleted;
    byId("staff-form").hidden = Boolean(topic.is_deleted);
    byId("no-posts").hidden = topic.posts.length > 0 || Boolean(topic.is_deleted);
    menu.show(topic.key === GENERAL || topic.is_deleted ? null : topic);
    const shown = topic.posts.slice(-SHOWN);
    const albums = new Map(shown.map((post, n) => [post.id, shown[n - 1]?.album]));
    syncList(talk, withDays(shown), {
      key: (item) => (item.day ? `${topic.key} ${item.day}` : item.id),
      make: (item) => (item.day ? el("div", { class: "line" }) : postNode(item, act)),
      update: (node, item) => {
        if (item.day) patch(node, item, dayRow);
        else drawPost(node, item, { originals, person: person(), act, above: albums.get(item.id) });
      },
    });
    composer.open(topic.key);
    composer.placeholder(say(topic.key === GENERAL ? "general_placeholder" : "staff_placeholder"));
    scroll.follow();
  }

  function render() {
    if (openKey === null && topics.length > 1 && composer.isUntouched()) {
      openKey = topics.find((topic) => topic.thread && !topic.is_deleted)?.key ?? null;
    }
    const topic = opened() ?? topics[0];
    if (!topic) return;
    drawPeople();
    if (isVisible()) seen.read(topic.key, topic.posts);
    let total = 0;
    const [general, ...others] = topics;
    const shown = others.filter((one) => !one.is_deleted);
    byId("no-topics").hidden = shown.length > 0;
    syncList(list, [general, ...inOrder(shown)], {
      key: (one) => one.key,
      make: (one) => acceptRowDrops(el("button", {
        type: "button", class: "row", testid: `topic-${one.key}`, onclick: () => open(one.key),
      }, el("span", { class: "row-face" }), el("span", { class: "row-words" })),
      (files) => { open(one.key); composer.addFiles(files); }),
      update: (row, one) => {
        const unread = seen.unread(one.key, one.posts,
          (post) => !post.service && post.from?.id !== person());
        total += unread;
        drawTopicRow(row, one, one.key === topic.key, unread);
      },
    });
    drawTalk(topic);
    onUnread(total);
  }
  inOrder = steadyOrder(list, (one) => one.key, render);

  people.addEventListener("change", render);
  byId("topic-back").append(icon("back"));
  byId("topic-back").addEventListener("click", () => { panel.dataset.open = "list"; });

  return {
    show(state) {
      group = state;
      topics = listTopics(group);
      originals = new Map(group.messages.map((message) => [message.id, message]));
      setText(byId("group-name"), group.title);
      render();
    },
    translate: () => { composer.translate(); render(); },
    seenOnlyWhen: (claim) => { isVisible = claim; },
    render,
  };
}
