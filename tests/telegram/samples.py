"""Values for tests of the Telegram shore."""

from __future__ import annotations

from bot.texts.catalog import Catalog

NOW_MS = 1_795_338_000_000  # 2026-11-22 09:00:00 UTC
TOKEN = "7000000001:secret-of-the-bot-AAAA"
ENGLISH = Catalog("en")
