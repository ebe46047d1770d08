// What was read already: the highest message id of each conversation, kept for this tab.

function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

export function createSeen(name) {
  const stored = kept(name);
  const seen = stored ?? {};
  let isFirst = stored === null;

  function read(key, messages) {
    const last = messages.at(-1)?.id ?? 0;
    if (seen[key] === last) return;
    seen[key] = last;
    sessionStorage.setItem(name, JSON.stringify(seen));
  }

  return {
    read,
    // At the very first look, what stands there is old and counts as read.
    firstLook(conversations) {
      if (isFirst) for (const { id, messages } of conversations) read(id, messages);
      isFirst = false;
    },
    // How many of `messages` came after the last reading; a newer simulator begins its ids anew.
    unread(key, messages, isOthers) {
      const last = messages.at(-1)?.id ?? 0;
      const known = (seen[key] ?? 0) > last ? 0 : seen[key] ?? 0;
      return messages.filter((message) => message.id > known && isOthers(message)).length;
    },
  };
}
