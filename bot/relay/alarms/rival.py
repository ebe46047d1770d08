"""Another program that reads with the bot's token: said when it is met and when it is gone (R5)."""

from __future__ import annotations

import logging

from bot.relay.alarms.voice import alarm
from bot.relay.changes import Remember
from bot.relay.ports import Clock, Ledger, Words

log = logging.getLogger(__name__)

_MET = "rival met"
# Two programs that poll throw each other out at every turn: that one poll went well says nothing.
_GONE_AFTER_MS = 600_000


class Rival:
    def __init__(self, ledger: Ledger, words: Words, clock: Clock) -> None:
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._last_ms = clock()  # at the start it may be there still

    async def met(self, *, has_webhook: bool) -> None:
        """It took updates, by polling or by a webhook that it set and we removed."""
        self._last_ms = self._clock()
        if await self._ledger.recall(_MET):
            return
        log.error("Another program uses the bot's token%s", " by a webhook" * has_webhook)
        met = Remember(_MET, str(self._last_ms))
        said = self._by_webhook() if has_webhook else self._by_polling()
        await self._ledger.commit(met, alarm("rival", f"{self._last_ms}", said))

    async def not_met(self) -> None:
        """Updates were read undisturbed."""
        now = self._clock()
        if now < self._last_ms + _GONE_AFTER_MS:
            return
        self._last_ms = now
        if await self._ledger.recall(_MET):
            log.warning("Nobody else uses the bot's token any more")
            text = self._words.say("🟢 No other program reads the bot's messages any more.")
            await self._ledger.commit(Remember(_MET, ""), alarm("rival", f"{now}/gone", text))

    def _by_polling(self) -> str:
        return self._words.say(
            "⚠️ Another program reads this bot's messages: what it takes, the bot does not get. "
            "Stop that program. If nobody knows it: @BotFather → /mybots → API Token → Revoke, and "
            "put the new token into TELEGRAM_BOT_TOKEN. Until then, look whether your messages get "
            "their 👍."
        )

    def _by_webhook(self) -> str:
        return self._words.say(
            "⚠️ Another program had this bot's messages sent to itself (by a webhook). The bot has "
            "removed the webhook and reads again. If it comes back and nobody knows the program: "
            "@BotFather → /mybots → API Token → Revoke, and put the new token into "
            "TELEGRAM_BOT_TOKEN. Look whether your messages have their 👍."
        )
