"""What a setting may be, in words: what a person reads whose setting can't be used."""

from __future__ import annotations

from bot.relay.ports import Words


def problem(name: str, is_missing: bool, words: Words) -> str:
    """One line: the setting, and what it may be."""
    remedy = _remedies(words).get(name, words.say("see .env.example for what it may be."))
    if is_missing:
        return words.say("{name} is not set: {remedy}", name=name, remedy=remedy)
    return words.say("{name} can't be used: {remedy}", name=name, remedy=remedy)


def _remedies(words: Words) -> dict[str, str]:
    ids = words.say("numbers of Telegram users, separated by commas, such as 123456,234567.")
    rate = words.say("calls and seconds, such as 18/60.")
    address = words.say("an address that begins with https:// or http://.")
    networks = words.say("addresses or networks, separated by commas, such as 10.0.0.0/8,::1.")
    seconds = words.say("a number of seconds above 0, at most 3600.")
    return {
        "TELEGRAM_BOT_TOKEN": words.say(
            "the token that @BotFather gave you, such as 123456789:AAE…; /newbot makes a bot."
        ),
        "TELEGRAM_GROUP_ID": words.say(
            "the number of the staff group, such as -1001234567890; it begins with -100."
        ),
        "TELEGRAM_ADMIN_IDS": ids,
        "TELEGRAM_OPERATOR_IDS": ids,
        "TELEGRAM_API_URL": address,
        "MARKET_API_URL": address,
        "TELEGRAM_GROUP_RATE": rate,
        "TELEGRAM_TOTAL_RATE": rate,
        "MARKET_API_KEY": words.say(
            "an Api-Key token with the access to communication with buyers; in the seller's "
            "cabinet: Settings → API and modules."
        ),
        "MARKET_OAUTH_TOKEN": words.say("a token in one line, as it was given to you."),
        "MARKET_NOTIFICATION_SECRET": words.say(
            "the last part of the address that the Market calls: letters, digits, - and _, such as "
            "{example}.",
            example="n3xT-8fKqW2pZ",
        ),
        "MARKET_NOTIFICATION_SOURCES": networks,
        "HTTP_TRUSTED_PROXIES": networks,
        "HTTP_LISTEN": words.say(
            "host and port that are free, such as 127.0.0.1:8080; notifications and the webhook "
            "need it."
        ),
        "TELEGRAM_WEBHOOK_URL": words.say(
            "the public address of the relay, such as https://example.com/telegram/webhook."
        ),
        "MARKET_BUSINESS_ID": words.say(
            "the number of your cabinet, not of a shop; it stands in the address of the seller's "
            "cabinet."
        ),
        "MARKET_MAX_PARALLEL": words.say("a number from 1 to 100."),
        "POLL_INTERVAL": seconds,
        "REQUEST_TIMEOUT": seconds,
        "SETTLE_SECONDS": seconds,
        "FILES_DIR": words.say("a folder that the relay may write in, such as data/files."),
        "BACKUP_DIR": words.say("a folder that the relay may write in, such as data/backups."),
        "BACKUPS_KEPT": words.say("how many daily copies are kept, 0 to 365; 0 makes none."),
        "KEEP_TEXTS_DAYS": words.say("how many days texts are kept, 0 to 36500; 0 is for ever."),
        "QUOTE_REPLIES": words.say("true or false."),
        "LOCALE": words.say("ru or en."),
        "LOG_LEVEL": words.say("DEBUG, INFO, WARNING or ERROR."),
        "LOG_FORMAT": words.say("console or json."),
    }
