"""One request to the Partner API: place, key, time limits, quota; what it means is `verdict`'s."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import aiohttp

from bot.market.operations import Operation
from bot.market.places import Places
from bot.market.quota import Quotas
from bot.market.verdict import Answer, judge
from bot.market.wire import Json, read_object
from bot.relay.errors import Throttled
from bot.relay.filenames import safe_name
from bot.relay.meter import Meter
from bot.relay.meter import outcome as word_of

CONNECT_TIMEOUT = 10.0  # seconds (R21)
FILE_FACTOR = 3
USER_AGENT = "market-relay"


@dataclass(frozen=True, slots=True)
class Access:
    """The key of the cabinet, or the older token where there is no key."""

    api_key: str = ""
    oauth_token: str = ""

    def __repr__(self) -> str:
        return "Access(***)"

    @property
    def headers(self) -> dict[str, str]:
        if self.api_key:
            return {"Api-Key": self.api_key}
        return {"Authorization": f"Bearer {self.oauth_token}"}

    @property
    def secrets(self) -> tuple[str, str]:
        return (self.api_key, self.oauth_token)


class Transport:
    """Makes each request once. `session` must have no base address and no access of its own."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        access: Access,
        places: Places,
        quotas: Quotas,
        request_timeout: float,
        meter: Meter,
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._access = access
        self._places = places
        self.quotas = quotas
        self._meter = meter
        self._timeouts = {
            is_file: _timeout(request_timeout * (FILE_FACTOR if is_file else 1))
            for is_file in (False, True)
        }

    async def call(
        self,
        operation: Operation,
        business_id: int,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> Json:
        """The JSON of an answer that says OK; else a `RelayError`."""
        self._respect_rest(operation)
        async with self._places.take(is_urgent=operation.is_urgent):
            self._respect_rest(operation)  # it may have begun while this call waited
            url = self._base_url + operation.path.format(business=business_id)
            form = None if file is None else _form(*file)
            outcome = await self._exchange(operation, url, query, body, form)
        rest = self.quotas.rest(operation.name)
        error = judge(operation, outcome, rest=rest, secrets=self._access.secrets)
        self._meter.requested("market", operation.name, word_of(error))
        if error is not None:
            # Raised out here, it has no context: aiohttp's errors carry the request's headers.
            raise error
        return outcome.body or {} if isinstance(outcome, Answer) else {}

    def _respect_rest(self, operation: Operation) -> None:
        rest = self.quotas.rest(operation.name)
        if rest > 0:
            raise Throttled("market_throttled", rest, method=operation.name)

    async def _exchange(
        self,
        operation: Operation,
        url: str,
        query: Mapping[str, str | int] | None,
        body: Json | None,
        form: aiohttp.FormData | None,
    ) -> Answer | Exception:
        try:
            async with self._session.request(
                operation.verb,
                url,
                params=query,
                json=body,
                data=form,
                headers=self._access.headers,
                timeout=self._timeouts[operation.is_file],
                # aiohttp would take the key along to the other host.
                allow_redirects=False,
            ) as response:
                self.quotas.note(operation.name, response.status, response.headers)
                return Answer(response.status, await _body(response))
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            return error


async def _body(response: aiohttp.ClientResponse) -> Json | None:
    try:
        return read_object(await response.read())
    except (aiohttp.ClientError, OSError):  # cut off, or too late; the status still counts
        return None


def _form(name: str, content: bytes) -> aiohttp.FormData:
    # Quoted fields would arrive as %D0%BA…, for the Market keeps the name as it is written.
    form = aiohttp.FormData(quote_fields=False)
    name = safe_name(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # Bytes themselves would be written in one piece, and hold up everything else meanwhile.
    form.add_field("file", BytesIO(content), filename=name, content_type=kind)
    return form


def _timeout(total: float) -> aiohttp.ClientTimeout:
    # Below the total, or a connection that was never made would look like a lost answer.
    return aiohttp.ClientTimeout(total=total, connect=min(CONNECT_TIMEOUT, total / 2))
