"""What `check` finds: a line a probe, the remedy in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is for programs, `text` for people. `is_passing`: the service is away or asks for a
    pause, so there may be nothing to mend."""

    name: str
    is_ok: bool
    text: str
    is_passing: bool = False
