"""What Telegram calls things, in words: for what can't be sent to a buyer. Pure."""

from __future__ import annotations

from bot.relay.ports import Words


def named(content: str, words: Words) -> str:
    """Translators see these in the sentence “{what} can't be sent to a buyer.”"""
    known = {
        "poll": words.say("a poll"),
        "dice": words.say("a dice"),
        "game": words.say("a game"),
        "story": words.say("a story"),
        "checklist": words.say("a checklist"),
        "invoice": words.say("an invoice"),
        "paid_media": words.say("paid media"),
        "giveaway": words.say("a giveaway"),
        "animated_sticker": words.say("an animated sticker"),
    }
    return known.get(content) or words.say("a message of this kind ({kind})", kind=content)
