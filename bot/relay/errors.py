"""The error tree. A class answers one question: what will the caller do next?

RelayError
├── Unreachable      certainly not done; try again later, log the outage once
│   ├── Throttled    likewise, but not before `retry_after` seconds are over
│   └── LedgerAway   it is our own database that is away, and neither of the services
├── AccessDenied     certainly not done; stop that shore, tell the owner what to mend
├── Refused          certainly not done, and trying again unchanged will not help
│   └── Gone         the thing spoken to is no longer there: make it again or close it
└── OutcomeUnknown   may or may not have been done; look for it, never repeat blindly

Adapters raise nothing else. No message ever holds a token, a key, or a buyer's words.
"""

from __future__ import annotations


class RelayError(Exception):
    """Something at one of the shores did not go as asked.

    `key` names the reason for the tables of words (`bot.relay.reasons`), `details` are the values
    those words may need, all of them strings.
    """

    certain = True  # certainly not done; only OutcomeUnknown says otherwise

    def __init__(self, key: str, **details: str) -> None:
        super().__init__(key, details)
        self.key = key
        self.details = details

    def __str__(self) -> str:
        said = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.key} ({said})" if said else self.key


class Unreachable(RelayError):
    """The service was not reached, or said that it can't work now. Nothing was done."""


class Throttled(Unreachable):
    """The service asks for a pause. `retry_after` is in seconds."""

    def __init__(self, key: str, retry_after: float, **details: str) -> None:
        super().__init__(key, **details)
        self.retry_after = retry_after


class LedgerAway(Unreachable):
    """The database can't be reached, or is full. Nothing was written that was not committed."""


class AccessDenied(RelayError):
    """The key, the token or a right is missing; a person has to mend it."""


class Refused(RelayError):
    """The service understood and said no."""


class Gone(Refused):
    """The topic, message or chat spoken to is no longer there."""


class OutcomeUnknown(RelayError):
    """The request went out, and what became of it did not come back."""

    certain = False
