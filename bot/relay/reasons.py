"""Why something was not done, in words: one sentence a key of the error tree."""

from __future__ import annotations

from collections.abc import Mapping

from bot.relay.ports import Words


def why(key: str, details: Mapping[str, str], words: Words) -> str:
    """The sentence for a reason; one that has none is named as it is, so that nothing is hidden."""
    if key == "telegram_refused":
        return words.say("Telegram refused it ({said}).", said=details.get("said") or "?")
    if key == "market_refused":
        said = " ".join(filter(None, [details.get("code"), details.get("message")]))
        return words.say("the Market refused it ({said}).", said=said or "?")
    if sized := _sized(key, details, words):
        return sized
    return _sentences(words).get(key) or words.say("reason {key}.", key=key)


def _sized(key: str, details: Mapping[str, str], words: Words) -> str:
    """Reasons that name a thing and a limit, as far as they are known."""
    if key == "not_for_buyers":
        # Translators: {what} is one of “a poll”, “a game” and the like.
        return words.say("{what} can't be sent to a buyer.", what=details.get("what", "?"))
    if key == "file_too_big" and "name" in details:
        return words.say(
            "{name} has {size}, and the Market takes files of at most {limit}.", **details
        )
    if key == "picture_too_big" and "name" in details:
        return words.say(
            "{name} has {size}. A bot can fetch pictures of at most {limit} to make them smaller.",
            **details,
        )
    return ""


def _sentences(words: Words) -> Mapping[str, str]:
    return {
        "anonymous": words.say(
            "it was written anonymously or in the name of a channel. "
            "Switch to your own name and write it again."
        ),
        "no_right_to_answer": words.say(
            "you have no right to answer buyers. An administrator can add you "
            "to TELEGRAM_OPERATOR_IDS."
        ),
        "no_right_to_command": words.say("this command is for administrators."),
        "file_too_big": words.say("the Market takes files of at most 5 MB."),
        "picture_too_big": words.say("a bot can fetch files of at most 20 MB."),
        "file_too_big_to_fetch": words.say("a bot can fetch files of at most 20 MB."),
        "file_too_big_to_post": words.say("a bot can post files of at most 50 MB."),
        "file_empty": words.say("it is empty, and Telegram takes no empty files."),
        "file_gone": words.say("it is no longer there."),
        "file_denied": words.say(
            "its server does not let the bot have it. If MARKET_OAUTH_TOKEN is not set, set it."
        ),
        "file_unsafe": words.say("its address leads to where the bot must not go."),
        "file_nowhere": words.say("the Market gave no address for it."),
        "file_unreachable": words.say("its server does not answer as it should."),
        "market_unreachable": words.say("the Market does not answer."),
        "market_outcome_unknown": words.say(
            "the Market did not say whether it took it, and it is being looked for."
        ),
        "market_unreadable": words.say("what the Market answers can't be read."),
        "market_key_invalid": words.say(
            "the Market does not accept the key. Make a new one in the seller's cabinet (Settings "
            "→ API and modules) and set MARKET_API_KEY."
        ),
        "market_key_lacks_right": words.say(
            "the key lacks the access to communication with buyers. Make one that has it in the "
            "seller's cabinet (Settings → API and modules) and set MARKET_API_KEY."
        ),
        "telegram_unreachable": words.say("Telegram does not answer."),
        "telegram_broken": words.say("Telegram's answer can't be read."),
        "telegram_throttled": words.say("Telegram asks for a pause."),
        "telegram_webhook_failing": words.say("Telegram can't reach TELEGRAM_WEBHOOK_URL."),
        "telegram_lacks_right": words.say(
            "the bot lacks a right. Group settings → Administrators → the bot → “Manage topics” "
            "→ on."
        ),
        "telegram_forbidden": words.say(
            "the bot may not write in this group. Group settings → Administrators → add the bot."
        ),
        "market_throttled": words.say("the Market asks for a pause."),
        "disk_full": words.say("the disk of the bot's computer is full."),
        "telegram_timeout": words.say("Telegram did not answer in time."),
        "unknown_command": words.say(
            "there is no such command. A text for the buyer must not begin with a slash; "
            "/help lists the commands."
        ),
        "file_with_command": words.say(
            "a file can't go along with this command. "
            "Open the chat, then send the file in its topic."
        ),
        "nothing_to_send": words.say("there is no text in it."),
        "perhaps_sent": words.say(
            "the Market did not answer, and the chat shows another message of the shop. "
            "Look into the seller's cabinet, then press a button."
        ),
        "perhaps_unseen": words.say(
            "the Market did not answer and the message does not show up. "
            "Look into the seller's cabinet, then press a button."
        ),
        "perhaps_unreadable": words.say(
            "the Market did not answer and the chat can't be read. "
            "Look into the seller's cabinet, then press a button."
        ),
        "chat_gone": words.say("the Market knows no such chat, order or return."),
        "topics_off": words.say(
            "topics are switched off in this group. Group settings → Topics → on; "
            "what waits is then posted by itself."
        ),
        "topic_gone": words.say(
            "Telegram does not find topics that were just made. Trying again every five minutes."
        ),
    }
