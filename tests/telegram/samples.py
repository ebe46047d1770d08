"""Values for tests of the Telegram shore."""

from __future__ import annotations

from typing import Any

from bot.texts.catalog import Catalog

NOW_MS = 1_795_338_000_000  # 2026-11-22 09:00:00 UTC
TOKEN = "7000000001:secret-of-the-bot-AAAA"
ENGLISH = Catalog("en")

_FILE = {"file_id": "AgAC", "file_unique_id": "AQAD", "file_size": 2048}
_MOVING = _FILE | {"width": 320, "height": 240, "duration": 3}
_SIZES = [_FILE | {"width": 320, "height": 240}]
_PLACE = {"latitude": 55.751244, "longitude": 37.618423}
_CHAT = {"id": -1002, "type": "channel", "title": "Новости"}
_POLL = {
    **{"id": "1", "question": "Да?", "options": [], "total_voter_count": 0, "is_closed": False},
    **{"is_anonymous": True, "type": "regular", "allows_multiple_answers": False},
    **{"allows_revoting": False, "members_only": False},
}

# What a message of each content holds, as the Bot API sends it.
CONTENT_OF_MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"text": "Уже едет"},
    "animation": {"animation": _MOVING, "document": _FILE},
    "audio": {"audio": _FILE | {"duration": 3}},
    "document": {"document": _FILE | {"file_name": "чек.pdf"}},
    "live_photo": {"live_photo": _MOVING | {"photo": _SIZES}, "photo": _SIZES},
    "paid_media": {"paid_media": {"star_count": 1, "paid_media": []}},
    "photo": {"photo": _SIZES},
    "sticker": {
        "sticker": _FILE
        | {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    },
    "story": {"story": {"chat": _CHAT, "id": 1}},
    "video": {"video": _MOVING},
    "video_note": {"video_note": _FILE | {"length": 240, "duration": 3}},
    "voice": {"voice": _FILE | {"duration": 3, "mime_type": "audio/ogg"}},
    "checklist": {"checklist": {"title": "Дела", "tasks": []}},
    "contact": {"contact": {"phone_number": "+79991234567", "first_name": "Анна"}},
    "dice": {"dice": {"emoji": "🎲", "value": 6}},
    "game": {"game": {"title": "Игра", "description": "Игра", "photo": _SIZES}},
    "poll": {"poll": _POLL},
    "venue": {
        "venue": {"location": _PLACE, "title": "Склад", "address": "Тверская, 1"},
        "location": _PLACE,
    },
    "location": {"location": _PLACE},
    "invoice": {
        "invoice": {
            **{"title": "Счёт", "description": "Счёт", "start_parameter": "a"},
            **{"currency": "RUB", "total_amount": 100},
        }
    },
    "rich_message": {"rich_message": {"blocks": []}},
    "unknown": {},
}
