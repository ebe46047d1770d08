"""What people share in the group besides texts and files: contacts, places, polls and the like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLACE = {"latitude": 55.753215, "longitude": 37.622504}
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "contact": {"phone_number": "+79161234567", "first_name": "Склад", "last_name": "Посуда"},
    "location": _PLACE,
    "venue": {"location": _PLACE, "title": "Пункт выдачи", "address": "Никольская улица, 10"},
    "poll": {
        "id": "5310000000000000001",
        "question": "Отправим сегодня?",
        "options": [
            {"persistent_id": "0", "text": "Да", "voter_count": 0},
            {"persistent_id": "1", "text": "Нет", "voter_count": 0},
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    },
    "dice": {"emoji": "🎲", "value": 4},
    "story": {"chat": {"id": -1001_700_000_777, "title": "Посуда", "type": "channel"}, "id": 3},
    "game": {
        "title": "Чашки",
        "description": "Соберите сервиз",
        "photo": [
            {
                "file_id": "GAME1",
                "file_unique_id": "g1",
                "width": 90,
                "height": 90,
                "file_size": 1024,
            }
        ],
    },
}
KINDS = tuple(_USUAL)


def body(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the Bot API shows of it; what is not given is made up."""
    return dict(_USUAL[kind]) | dict(given)


def parts(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a message that hold it: a venue is shown as a place too."""
    shown: dict[str, Any] = {kind: dict(content)}
    return shown | ({"location": content["location"]} if kind == "venue" else {})


def words(kind: str, content: Mapping[str, Any]) -> str:
    """The gist, for a reader of the page."""
    if kind == "contact":
        name = f"{content['first_name']} {content.get('last_name', '')}".strip()
        return f"{name}, {content['phone_number']}"
    if kind == "location":
        return f"{content['latitude']}, {content['longitude']}"
    if kind == "venue":
        return f"{content['title']}, {content['address']}"
    if kind == "poll":
        return str(content["question"])
    if kind == "dice":
        return f"{content['emoji']} {content['value']}"
    return str(content.get("title", ""))


def marks(kind: str, content: Mapping[str, Any]) -> list[str] | None:
    """What a text that says the same must hold; None where no text can say it."""
    if kind == "contact":
        return [str(content["phone_number"])]
    if kind == "location":
        # four decimals are ten metres: a careful rounding is no loss
        return [str(content[name])[:7] for name in ("latitude", "longitude")]
    if kind == "venue":
        return [str(content["title"]), str(content["address"])]
    return None
