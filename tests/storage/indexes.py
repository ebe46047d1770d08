"""Which indexes and constraints there are, by the word of the database itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.databases import connect

UNIQUE = {
    ("chat", "business_id", "chat_id"),
    ("topic", "business_id", "chat_id"),
    ("topic", "group_id", "thread_id"),
    ("incoming", "business_id", "chat_id", "message_id"),
    ("update", "bot_id", "update_id"),
    ("update", "bot_id", "fingerprint"),
    ("reply", "business_id", "group_id", "effect_key"),
    ("reply", "group_id", "post_id", "part"),
    ("outbox", "business_id", "group_id", "effect_key"),
    ("fact", "business_id", "group_id", "name"),
    ("lease", "business_id"),
    ("lease", "business_id", "fence"),
}
INDEXES = {
    ("chat", "business_id", "unread_since_ms"),
    ("topic", "business_id", "state"),
    ("update", "business_id", "bot_id", "state", "update_id"),
    ("update", "business_id", "group_id", "post_id"),
    ("update", "business_id", "bot_id", "received_ms", "update_id"),
    ("reply", "business_id", "chat_id", "matched"),
    ("reply", "business_id", "group_id", "album"),
    ("outbox", "business_id", "group_id", "queue", "is_open", "lane", "id"),
    ("outbox", "business_id", "group_id", "lane", "is_open", "id"),
    ("outbox", "business_id", "group_id", "queue", "state", "created_ms"),
    ("outbox", "business_id", "group_id", "batch"),
    ("outbox", "business_id", "group_id", "queue", "result"),
    ("spent", "business_id", "at_ms"),
    ("audit", "business_id", "at_ms"),
}
Indexes = set[tuple[str, ...]]


async def sqlite_indexes(url: str) -> tuple[Indexes, Indexes]:
    found: tuple[Indexes, Indexes] = set(), set()
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT IN ('tortoise_migrations', 'sqlite_sequence')"
        ).fetchall():
            for index in connection.execute(f"PRAGMA index_list('{table}')").fetchall():
                columns = connection.execute(f"PRAGMA index_info('{index[1]}')").fetchall()
                found[not index[2]].add((table, *[column[2] for column in columns]))
    return found


async def postgres_indexes(url: str) -> tuple[Indexes, Indexes]:
    found: tuple[Indexes, Indexes] = set(), set()
    session = await connect(url)
    for row in await session.fetch(
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND tablename <> 'tortoise_migrations' AND indexname NOT LIKE '%_pkey'"
    ):
        columns = row["indexdef"].split("(")[1].rstrip(")").split(", ")
        found["UNIQUE" not in row["indexdef"]].add((row["tablename"], *columns))
    await session.close()
    return found
