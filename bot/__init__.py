"""market-relay: sellers on Yandex Market answer their buyers from a Telegram forum group."""

__version__ = "0.4.1"
