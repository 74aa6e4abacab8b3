"""The environment to ``Settings``: every fault reported at once, and no value of it ever shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import msgspec

from bot.addresses import fault_of_url, is_of_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]

GITHUB_API_URL = "https://api.github.com"
ENTERPRISE_REST = "/api/v3"
ENTERPRISE_GRAPHQL = "/api/graphql"
LARGEST_APP_ID = 2**53
SHORTEST_RESYNC_MINUTES = 0.01
"""For who tries the bot out: GitHub's limits are no matter then."""

QUOTES = ("'", '"')
KINDS: dict[type, str] = {int: "whole number", float: "number"}

Number = TypeVar("Number", int, float)
Choice = TypeVar("Choice", LogLevel, LogFormat)


class SettingsError(Exception):
    """The environment cannot be used; ``faults`` holds one sentence for each thing to mend."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says, checked.

    All ``webhook_secrets`` are accepted, so that one can be replaced without losing a delivery.
    ``public_url`` is ``None`` where the bot was not told how the world reaches it, and
    ``webhook_proxy_url`` where no deliveries are fetched from a channel. URLs carry no trailing slash.
    """

    app_id: int
    private_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    host: str = "0.0.0.0"  # noqa: S104 - application hosts reach the process from outside its container
    port: int = 8000
    public_url: str | None = None
    webhook_proxy_url: str | None = field(default=None, repr=False)
    api_url: str = GITHUB_API_URL
    log_level: LogLevel = "info"
    log_format: LogFormat = "text"
    resync_minutes: float = 30.0
    debounce_seconds: float = 2.0

    @property
    def resync_seconds(self) -> float:
        """The time from one full resync to the next."""
        return self.resync_minutes * 60

    @property
    def graphql_url(self) -> str:
        """The GraphQL end point that belongs to ``api_url``."""
        return graphql_url_of(self.api_url)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that may appear in no log, page or error."""
        channel = (self.webhook_proxy_url,) if self.webhook_proxy_url else ()
        return (self.private_key, *self.webhook_secrets, *channel)


def graphql_url_of(api_url: str) -> str:
    """The GraphQL end point beside a REST API: GitHub Enterprise Server keeps it outside ``/api/v3``."""
    rest = api_url.rstrip("/")
    if rest.endswith(ENTERPRISE_REST):
        return rest.removesuffix(ENTERPRISE_REST) + ENTERPRISE_GRAPHQL
    return f"{rest}/graphql"


def web_url_of(api_url: str) -> str:
    """Where people look at what is behind a REST API: ``https://github.com``, or the server itself."""
    rest = api_url.rstrip("/")
    if rest.endswith(ENTERPRISE_REST):
        return rest.removesuffix(ENTERPRISE_REST)
    scheme, _, host = rest.partition("://")
    return f"{scheme}://{host.partition('/')[0].removeprefix('api.')}"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the environment. A blank variable counts as not set: hosts hand on empty ones.

    Raises:
        SettingsError: with every fault; each names its variable, what is wrong and what to write.
    """
    reader = _Reader(environ)
    settings = Settings(
        app_id=reader.number("APP_ID", 0, (1, LARGEST_APP_ID), "the App ID from the app's settings page"),
        private_key=reader.private_key(),
        webhook_secrets=reader.webhook_secrets(),
        host=reader.text("HOST") or Settings.host,
        port=reader.number("PORT", Settings.port, (1, 65535)),
        public_url=reader.url("PUBLIC_URL", "https://status-bot.example.org"),
        webhook_proxy_url=reader.url("WEBHOOK_PROXY_URL", "https://smee.io/abc123"),
        api_url=reader.api_url(),
        log_level=reader.log_level(),
        log_format=reader.log_format(),
        resync_minutes=reader.number(
            "RESYNC_MINUTES", Settings.resync_minutes, (SHORTEST_RESYNC_MINUTES, 1440)
        ),
        debounce_seconds=reader.number("DEBOUNCE_SECONDS", Settings.debounce_seconds, (0, 60)),
    )
    if reader.faults:
        raise SettingsError(tuple(reader.faults))
    return settings


class _Reader:
    """Reads one variable after the other and collects the faults.

    After a fault a stand-in is returned, never to be used. No value is repeated in a fault: people
    mix variables up, and a secret in the wrong one is still a secret.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def text(self, name: str) -> str:
        """The variable without surrounding blanks; ``""`` where it is not set.

        Quotes around it are those of a ``.env`` that was read by somebody who takes them for part of the
        value, as ``docker run --env-file`` does.
        """
        text = self._environ.get(name, "").strip()
        quoted = len(text) > 1 and text[0] == text[-1] and text[0] in QUOTES
        return text[1:-1].strip() if quoted else text

    def number(
        self, name: str, default: Number, bounds: tuple[float, float], required_as: str | None = None
    ) -> Number:
        """A number of the default's type within bounds. ``required_as`` says what it is if it must be set."""
        text = self.text(name)
        if not text:
            if required_as:
                self.faults.append(f"{name} is not set: write {required_as}.")
            return default
        lowest, highest = bounds
        try:
            number = msgspec.convert(text, type(default), strict=False)
        except msgspec.ValidationError:
            pass
        else:
            if lowest <= number <= highest:  # which no "nan" and no "inf" is
                return number
        kind = KINDS[type(default)]
        wanted = required_as or f"a {kind} from {lowest} to {highest}"
        self.faults.append(f"{name} is no {kind} from {lowest} to {highest}: write {wanted}.")
        return default

    def log_level(self) -> LogLevel:
        """``LOG_LEVEL``, in any case."""
        return self._choice("LOG_LEVEL", get_args(LogLevel), Settings.log_level)

    def log_format(self) -> LogFormat:
        """``LOG_FORMAT``, in any case."""
        return self._choice("LOG_FORMAT", get_args(LogFormat), Settings.log_format)

    def _choice(self, name: str, choices: tuple[Choice, ...], default: Choice) -> Choice:
        text = self.text(name).lower()
        if not text:
            return default
        for choice in choices:
            if choice == text:
                return choice
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        self.faults.append(f"{name} is none of the known ones: write {listed}.")
        return default

    def webhook_secrets(self) -> tuple[str, ...]:
        """``WEBHOOK_SECRET``, one or several; an empty one would let anybody sign."""
        text = self.text("WEBHOOK_SECRET")
        secrets = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
        if not text:
            self.faults.append("WEBHOOK_SECRET is not set: write the secret from the app's settings page.")
        elif "" in secrets:
            self.faults.append(
                "WEBHOOK_SECRET holds an empty secret: write the secrets with one comma between two."
            )
        return secrets

    def url(self, name: str, example: str) -> str | None:
        """An ``https`` URL, or ``http`` to this machine; ``None`` where it is not set."""
        text = self.text(name).rstrip("/")
        if not text:
            return None
        fault = fault_of_url(text)
        if fault:
            self.faults.append(f"{name} {fault}: write one like {example}.")
        return text

    def api_url(self) -> str:
        """``GITHUB_API_URL``, which is not the address of GitHub's pages."""
        before = len(self.faults)
        text = self.url("GITHUB_API_URL", GITHUB_API_URL) or GITHUB_API_URL
        if len(self.faults) == before and is_of_pages(text):
            self.faults.append(
                f"GITHUB_API_URL is the address of pages, not of their API: write {GITHUB_API_URL},"
                f" or https://HOST{ENTERPRISE_REST} for GitHub Enterprise Server."
            )
        return text

    def private_key(self) -> str:
        """The PEM text of ``PRIVATE_KEY`` or of the file at ``PRIVATE_KEY_PATH``, loaded once to be sure."""
        written = self.text("PRIVATE_KEY").replace("\\n", "\n")
        path = self.text("PRIVATE_KEY_PATH")
        if not written and not path:
            self.faults.append(
                "PRIVATE_KEY is not set: write the app's private key (PEM),"
                " or the path of its file in PRIVATE_KEY_PATH."
            )
            return ""
        kept = self._key_file(path) if path else None
        if written and kept and _pem(written) != _pem(kept):
            self.faults.append(
                "PRIVATE_KEY and PRIVATE_KEY_PATH hold different keys: set only one of the two."
            )
        for name, key in (("PRIVATE_KEY", written), ("PRIVATE_KEY_PATH", kept)):
            fault = _fault_of_key(_pem(key)) if key else None
            if fault:
                self.faults.append(
                    f"{name} {fault}: write the private key (PEM) that GitHub made for the app."
                )
        return _pem(written or kept or "")

    def _key_file(self, path: str) -> str | None:
        if "PRIVATE KEY" in path:
            self.faults.append("PRIVATE_KEY_PATH holds a key, not a path: move it to PRIVATE_KEY.")
            return None
        try:
            text = Path(path).expanduser().read_bytes().decode(errors="replace")
        except (OSError, ValueError, RuntimeError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or "no such path"
            self.faults.append(
                f"PRIVATE_KEY_PATH names a file that cannot be read ({why}):"
                " write the path of the app's private key file."
            )
            return None
        if not text.strip():
            self.faults.append("PRIVATE_KEY_PATH names an empty file: write the app's private key into it.")
        return text


def _pem(text: str) -> str:
    """The same key is the same text, whatever its line ends and the blanks around it."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _fault_of_key(pem: str) -> str | None:
    """Why GitHub's signing algorithm, RS256, could not use the key; the text itself is not repeated."""
    # Loading it costs 30 ms of imports, which the commands without an app need not pay.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    if "ENCRYPTED" in pem:
        return "is protected by a passphrase"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "is no private key in PEM form"
    return None if isinstance(key, RSAPrivateKey) else "is no RSA key"
