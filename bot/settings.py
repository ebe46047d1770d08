"""The only reader of the environment: every setting, its form and its default."""

from __future__ import annotations

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.relay.pacing import Rate
from bot.relay.ports import Words
from bot.remedies import problem

_TOKEN = re.compile(r"\d+:[\w-]{3,}")
_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
_RATE = re.compile(r"(\d+)\s*/\s*(\d+(?:\.\d+)?)")


def _ids(value: object) -> object:
    """`1, 2` → a set of numbers."""
    if not isinstance(value, str):
        return value
    return frozenset(int(part) for part in value.split(",") if part.strip())


def _rate(value: object) -> object:
    """`18/60` → 18 calls in 60 seconds."""
    if not isinstance(value, str):
        return value
    found = _RATE.fullmatch(value.strip())
    if found is None or not int(found[1]) or not float(found[2]):
        raise ValueError("not a rate")
    return Rate(int(found[1]), float(found[2]))


def _networks(value: object) -> object:
    """`10.0.0.0/8, ::1` → networks; an address is a network of one."""
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
Ids = Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)]
RateSetting = Annotated[Rate, NoDecode, BeforeValidator(_rate)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
# As the Market publishes them.
_SOURCES = "market_notification_sources"
_MARKETS_OWN = tuple(map(IPv4Network, ("5.45.207.0/25", "141.8.142.0/25", "5.255.253.0/25")))


class Settings(BaseSettings):
    """Names are those of the environment, in lower case. The environment wins over `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    telegram_bot_token: SecretStr
    telegram_group_id: int
    telegram_api_url: str = "https://api.telegram.org"
    telegram_admin_ids: Ids = frozenset()
    telegram_operator_ids: Ids = frozenset()
    telegram_group_rate: RateSetting = Rate(18, 60)
    telegram_total_rate: RateSetting = Rate(25, 1)

    market_oauth_token: SecretStr = SecretStr("")
    market_api_key: Annotated[SecretStr, Field(validate_default=True)] = SecretStr("")
    market_business_id: Annotated[int, Field(gt=0)]
    market_api_url: str = "https://api.partner.market.yandex.ru"
    market_max_parallel: Annotated[int, Field(ge=1, le=100)] = 4

    poll_interval: Seconds | None = None
    request_timeout: Seconds = 60
    settle_seconds: Seconds = 60

    market_notification_sources: Networks = _MARKETS_OWN
    market_notification_secret: Annotated[SecretStr, Field(validate_default=True)] = SecretStr("")
    telegram_webhook_url: str = ""
    http_trusted_proxies: Networks = ()
    http_listen: Annotated[str, Field(validate_default=True)] = ""

    database_url: str = "sqlite://data/market-relay.db"
    files_dir: Path = Path("data/files")
    backup_dir: Path = Path("data/backups")
    backups_kept: Annotated[int, Field(ge=0, le=365)] = 7
    keep_texts_days: Annotated[int, Field(ge=0, le=36500)] = 30
    quote_replies: bool = False
    locale: Literal["ru", "en"] = "ru"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("telegram_bot_token")
    @classmethod
    def _is_a_token(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("not a token")
        return token

    @field_validator("telegram_group_id")
    @classmethod
    def _is_a_supergroup(cls, group_id: int) -> int:
        if not str(group_id).startswith("-100"):
            raise ValueError("not a supergroup")
        return group_id

    @field_validator("market_api_key", "market_oauth_token")
    @classmethod
    def _fits_a_header(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]*", secret.get_secret_value()):
            raise ValueError("not a key")
        return secret

    @field_validator("market_api_key")
    @classmethod
    def _is_there_or_not_needed(cls, key: SecretStr, others: ValidationInfo) -> SecretStr:
        """The older OAuth token does instead; it stands above, so that it is known here."""
        token: SecretStr | None = others.data.get("market_oauth_token")
        if not key.get_secret_value() and token is not None and not token.get_secret_value():
            raise PydanticCustomError("missing", "neither a key nor a token")
        return key

    @field_validator("market_notification_secret")
    @classmethod
    def _is_part_of_an_address(cls, secret: SecretStr, others: ValidationInfo) -> SecretStr:
        """Needed by who names the sources of notifications."""
        said = secret.get_secret_value()
        if not re.fullmatch(r"[\w.~-]*", said, re.ASCII):
            raise ValueError("not a part of an address")
        if not said and others.data.get(_SOURCES, _MARKETS_OWN) != _MARKETS_OWN:
            raise PydanticCustomError("missing", "sources without a secret")
        return secret

    @field_validator("telegram_webhook_url")
    @classmethod
    def _is_the_webhooks(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?/telegram/webhook", url):
            raise ValueError("not the webhook's address")
        return url

    @field_validator("http_listen")
    @classmethod
    def _is_a_host_and_a_port(cls, listen: str, others: ValidationInfo) -> str:
        """Needed by who wants to be called; what wants it stands above, so it is known here."""
        if listen and not ((found := _LISTEN.fullmatch(listen)) and int(found[2]) < 65536):
            raise ValueError("not a host and a port")
        secret: SecretStr | None = others.data.get("market_notification_secret")
        is_wanted = others.data.get("telegram_webhook_url") or (
            secret and secret.get_secret_value()
        )
        if is_wanted and not listen:
            raise PydanticCustomError("missing", "nobody would listen")
        return listen

    @field_validator("telegram_api_url", "market_api_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
            raise ValueError("not an address")
        return url.rstrip("/")

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @property
    def listen(self) -> tuple[str, int] | None:
        """Host and port of the HTTP side, None where it is off."""
        found = _LISTEN.fullmatch(self.http_listen)
        return (found[1].strip("[]"), int(found[2])) if found else None

    @property
    def bot_id(self) -> int:
        return int(self.telegram_bot_token.get_secret_value().partition(":")[0])

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no log, message or error."""
        kept = (
            self.telegram_bot_token,
            self.market_api_key,
            self.market_oauth_token,
            self.market_notification_secret,
        )
        found = re.search(r"://[^:/@]*:(.*)@", self.database_url)
        password = found[1] if found else ""
        said = [*(secret.get_secret_value() for secret in kept), password, unquote(password)]
        return tuple(filter(None, said))


class SettingsWrong(Exception):
    """The configuration can't be used; a line a problem, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def language() -> str:
    """In which language to complain, before the settings are known to be right."""
    asked = os.environ.get("LOCALE") or _from_file("LOCALE")
    return "en" if asked == "en" else "ru"


def _from_file(name: str) -> str:
    if not (path := Path(".env")).is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = (re.fullmatch(rf"\s*{name}\s*=\s*['\"]?(\w*)['\"]?\s*", line) for line in lines)
    return next((match[1] for match in found if match), "")


def load(words: Words) -> Settings:
    """The settings, or `SettingsWrong` with every problem at once. No problem holds a value."""
    try:
        return Settings()
    except ValidationError as error:
        names = dict.fromkeys(str(found["loc"][0]).upper() for found in error.errors())
        missing = {str(e["loc"][0]).upper() for e in error.errors() if e["type"] == "missing"}
        raise SettingsWrong([problem(name, name in missing, words) for name in names]) from None
