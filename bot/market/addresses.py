"""Addresses of files: which of them may be asked, and whose host it is; no traffic here.

Where a name leads to is checked by `networks` when it is connected to.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from yarl import URL

from bot.market.networks import is_public
from bot.relay.errors import Refused

# Hosts of the Market where files were seen, or may be; what lies below them is the Market's too.
OWN_DOMAINS = ("market.yandex.ru", "messenger.yandex.net", "messenger.yandex.ru")

# A name whose last part is a number is none: system libraries read 127.1, 0x7f000001 and the like
# as addresses.
_IN_DIGITS = re.compile(r":|(^|\.)(\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE)
_AS_WRITTEN = re.compile(r"[!-~]+")


class Owner(Enum):
    API = auto()  # the very scheme, host and port of MARKET_API_URL
    API_HOST = auto()  # its host, and perhaps another program
    API_HOST_IN_CLEAR = auto()  # its host without the encryption that MARKET_API_URL has
    MARKET = auto()  # another host of the Market
    FOREIGN = auto()


class Addresses:
    """What may be asked, as seen from `base_url` (MARKET_API_URL). Every method raises
    `Refused("file_unsafe")` for an address that may not."""

    def __init__(self, base_url: str) -> None:
        self._base = _origin(base_url)

    @property
    def own_host(self) -> str:
        """The host that may lie anywhere, also in a network of one's own; empty for none."""
        return (self._base.raw_host or "") if self._base else ""

    def read(self, text: str) -> URL:
        """The address of a file, as the Market wrote it; without a host, it is on the API's.
        Raises `Refused("file_nowhere")` where there is none."""
        if not text.strip():
            raise Refused("file_nowhere")
        return self.follow(self._base or URL(), text)

    def follow(self, url: URL, location: str) -> URL:
        """Where a redirect at `url` leads."""
        try:
            found = _joined(url, URL(location.strip(), encoded=True))
        except ValueError:
            found = None
        # Raised out here: the error of the library quotes the address.
        if found is None or not self._may_ask(found):
            raise Refused("file_unsafe")
        return found

    def owner(self, url: URL) -> Owner:
        base = self._base
        if base is not None and url.raw_host == base.raw_host:
            if url.origin() == base.origin():
                return Owner.API
            is_worse = url.scheme == "http" and base.scheme == "https"
            return Owner.API_HOST_IN_CLEAR if is_worse else Owner.API_HOST
        if url.scheme == "https" and _is_own(url.raw_host or ""):
            return Owner.MARKET
        return Owner.FOREIGN

    def _may_ask(self, url: URL) -> bool:
        host = url.raw_host
        if not host:
            return False
        if host == self.own_host:
            return url.scheme in ("http", "https")
        return url.scheme == "https" and (not _IN_DIGITS.search(host) or is_public(host))


def _joined(url: URL, given: URL) -> URL:
    if "@" in given.raw_authority:
        raise ValueError("a user in an address")
    if given.scheme and not given.raw_host:
        raise ValueError("a scheme without a host")
    return _exact(str(url.join(given)))


def _exact(text: str) -> URL:
    """The host as the library understands it; path and query to the letter, for they may be
    signed."""
    read = URL(text)
    if not _AS_WRITTEN.fullmatch(text):
        return read.with_user(None).with_fragment(None)
    return URL(f"{read.origin()}{URL(text, encoded=True).raw_path_qs}", encoded=True)


def _is_own(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in OWN_DOMAINS)


def _origin(base_url: str) -> URL | None:
    try:
        return URL(base_url).origin()
    except ValueError:
        return None
