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
    return _sentences(words).get(key) or words.say("reason {key}.", key=key)


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
        "only_text": words.say("only text can be sent so far."),
        "unknown_command": words.say(
            "there is no such command. A text for the buyer must not begin with a slash; "
            "/help lists the commands."
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
