"""The environment before there is an app: what ``status-bot setup`` goes by, and what stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.addresses import is_loopback
from bot.settings import (
    GITHUB_API_URL,
    LogFormat,
    LogLevel,
    Settings,
    SettingsError,
    _Reader,
    load_settings,
    web_url_of,
)

LOOPBACK = "127.0.0.1"
OF_THE_APP = ("APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET")
"""The variables that a registration gives."""


class ConfiguredError(Exception):
    """There is an app already."""


@dataclass(frozen=True, kw_only=True)
class SetupSettings:
    """What the environment says besides the app, checked as in ``Settings``.

    ``proxy_url`` is where the app's deliveries go in place of ``public_url``, to be fetched from there.
    """

    host: str = LOOPBACK
    port: int = Settings.port
    public_url: str | None = None
    proxy_url: str | None = None
    api_url: str = GITHUB_API_URL
    log_level: LogLevel = "info"
    log_format: LogFormat = "text"

    @property
    def web_url(self) -> str:
        """GitHub's pages."""
        return web_url_of(self.api_url)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the bot."""
        return is_loopback(self.host)


def load_setup_settings(environ: Mapping[str, str]) -> SetupSettings:
    """Read the environment of a bot that has no app yet.

    Raises:
        ConfiguredError: It has one.
        SettingsError: With every fault; one of them where only a part of an app is configured.
    """
    reader = _Reader(environ)
    settings = SetupSettings(
        host=reader.text("HOST") or LOOPBACK,
        port=reader.number("PORT", Settings.port, (1, 65535)),
        public_url=reader.url("PUBLIC_URL", "https://status-bot.example.org"),
        proxy_url=reader.url("WEBHOOK_PROXY_URL", "https://smee.io/abc123"),
        api_url=reader.api_url(),
        log_level=reader.log_level(),
        log_format=reader.log_format(),
    )
    of_the_app, others = _faults(environ)
    begun = [name for name in OF_THE_APP if environ.get(name, "").strip()]
    faults = [*(_half_configured(begun, of_the_app) if begun else ()), *others, *reader.faults]
    if faults:
        raise SettingsError(tuple(dict.fromkeys(faults)))
    if begun:
        raise ConfiguredError
    return settings


def hint(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What to tell somebody who wants to serve a bot that has nothing of an app yet."""
    if any(environ.get(name, "").strip() for name in OF_THE_APP):
        return ()
    return ("There is no app yet? This registers one in a minute: status-bot setup",)


def _faults(environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What keeps the bot from being served: with its app, and with all else."""
    try:
        load_settings(environ)
    except SettingsError as error:
        of_the_app = [fault for fault in error.faults if fault.split(" ", 1)[0] in OF_THE_APP]
        return of_the_app, [fault for fault in error.faults if fault not in of_the_app]
    return [], []


def _half_configured(begun: list[str], faults: list[str]) -> list[str]:
    """What is the matter with the app that is there, after what to do about it; nothing where it is whole."""
    if not faults:
        return []
    what = f"{', '.join(begun)} {'is' if len(begun) == 1 else 'are'} set, but that is no whole app"
    return [f"{what}: mend it as said below, or take it out to register a new one.", *faults]
