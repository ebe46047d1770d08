"""Is the relay well? A verdict on its signs of life; pure, and nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.relay.pulse import Sign, Source

# R39: seconds without a success after which a source counts as lost
_LOST_AFTER_S = {Source.TELEGRAM_READS: 120, Source.MARKET_READS: 300}


def ills(signs: Mapping[Source, Sign], started_ms: int, now_ms: int) -> list[str]:
    """A sentence a source that must be read and is not; before the first success the time counts
    from the start."""
    found = []
    for source, seconds in _LOST_AFTER_S.items():
        silent_s = (now_ms - max(signs[source].worked_ms, started_ms)) // 1000
        if silent_s > seconds:
            found.append(f"{source} has not worked for {silent_s} s")
    return found


def is_ready(signs: Mapping[Source, Sign]) -> bool:
    """Were both services read, and can they be read now?"""
    return not any(signs[source].is_down for source in _LOST_AFTER_S)
