"""What a person has to mend is said once a problem, with the switch to press, and once that it is
mended; remembered over restarts. What is looked at, the caller knows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable

from bot.relay.alarms.voice import alarm
from bot.relay.changes import Change, Remember
from bot.relay.errors import RelayError
from bot.relay.findings import Finding
from bot.relay.ports import Clock, Ledger, Words

log = logging.getLogger(__name__)

_SAID = "to be mended"  # names of the problems that were said and are not mended
_USUALLY_S = 3600.0  # R30
_WHILE_WRONG_S = 180.0
_AT_LEAST_S = 10.0  # a flapping right must not use up the quota of asking
# Without these two nobody hears what is said in the group.
_VOICE = ("telegram_token", "telegram_group")
# The webhook is removed, and that said, by whoever meets it; a quota comes back by itself.
_NOT_OURS = ("telegram_webhook", "market_quota")


class Mending:
    """`findings`: one look at everything. `bell` rings when it is worth looking at once.
    `threshold_s`: no two looks within it, where it is short."""

    def __init__(
        self,
        findings: Callable[[], AsyncIterator[Finding]],
        *,
        ledger: Ledger,
        words: Words,
        clock: Clock,
        bell: asyncio.Event,
        threshold_s: float,
    ) -> None:
        self._findings = findings
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._bell = bell
        self._least_s = min(_AT_LEAST_S, threshold_s)
        self._logged: set[str] = set()

    async def run(self) -> None:
        while True:
            self._bell.clear()
            found = [one async for one in self._findings()]
            wrong = [one for one in found if not (one.is_ok or one.is_passing)]
            self._log(wrong)
            if not any(one.name in _VOICE and not one.is_ok for one in found):
                new = [one for one in wrong if one.name not in _NOT_OURS]
                await self._tell(new, [one for one in found if one.is_ok])
            await self._rest(_USUALLY_S if all(one.is_ok for one in found) else _WHILE_WRONG_S)

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(self._least_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()

    def _log(self, wrong: Collection[Finding]) -> None:
        for one in wrong:
            if one.text not in self._logged:
                log.error("%s", one.text)
        self._logged = {one.text for one in wrong}

    async def _tell(self, wrong: Iterable[Finding], fine: Iterable[Finding]) -> None:
        try:
            said = set((await self._ledger.recall(_SAID) or "").split())
            new = [one for one in wrong if one.name not in said]
            mended = [one for one in fine if one.name in said]
            if new or mended:
                names = said | {one.name for one in new}
                names -= {one.name for one in mended}
                said_now = Remember(_SAID, " ".join(sorted(names)))
                await self._ledger.commit(said_now, *self._alarms(new, mended))
        except RelayError as error:
            log.debug("What is to be mended can't be told now: %s", error)

    def _alarms(self, new: Iterable[Finding], mended: Collection[Finding]) -> Iterable[Change]:
        now = self._clock()
        for text, name in {one.text: one.name for one in new}.items():
            yield alarm("mending", f"{now}/{name}", f"❗ {text}")
        if mended:
            what = "\n".join(one.text for one in mended)
            text = self._words.say("✅ Mended:\n{what}", what=what)
            yield alarm("mending", f"{now}/mended", text)
