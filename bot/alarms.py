"""What speaks up by itself, wired: the third part of the composition root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from bot.relay.alarms.disk import Disk
from bot.relay.alarms.group import Crowd
from bot.relay.alarms.late import Late
from bot.relay.alarms.mending import Mending
from bot.relay.alarms.outages import Outages
from bot.relay.findings import Finding
from bot.works import Parts

_THRESHOLD_S = 60.0  # of an outage, where SETTLE_SECONDS is not less
_REST_S = 10.0


def alarms_of(
    parts: Parts, findings: Callable[[], AsyncIterator[Finding]]
) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
    """Each runs until it is cancelled. Who sets short times wants to hear soon."""
    threshold_s = min(_THRESHOLD_S, parts.settle_s)
    told: dict[str, Any] = {"ledger": parts.ledger, "words": parts.words, "clock": parts.clock}
    speaking = {**told, "forum": parts.forum}
    outages = Outages(**speaking, pulse=parts.pulse, threshold_ms=int(threshold_s * 1000))
    late = Late(**speaking, rest_s=min(_REST_S, threshold_s))
    mending = Mending(findings, **told, bell=parts.pulse.alarm, threshold_s=threshold_s)
    crowd = Crowd(parts.ledger, parts.words)
    disk = Disk(parts.ledger, parts.words, parts.clock)
    return [outages.run, late.run, mending.run, crowd.run, disk.run]
