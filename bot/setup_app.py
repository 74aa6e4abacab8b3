"""Wire the process that registers the app: its doors, the file that keeps the credentials, and the way on."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import structlog

from bot.addresses import local_url
from bot.app import CANNOT_LISTEN, listening, serve, told_to_stop
from bot.clock import Clock, SystemClock
from bot.env_file import ENV_FILE, EnvFileError, add, environment, read, refuse
from bot.github.errors import GitHubError
from bot.github.registration import NewApp, redeem
from bot.logs import configure_logs
from bot.registering import Registration
from bot.render import render
from bot.settings import GITHUB_API_URL, Settings, SettingsError, load_settings
from bot.setup_settings import ConfiguredError, SetupSettings, load_setup_settings
from bot.web.setup import SetupPages, build_setup

CANNOT = 1
MISSING = 2
"""The exit statuses of the command line."""
NOT_KEPT = "Nothing was written, because the bot does not run for this machine alone."
COPY = "Copy what stands below into the environment of the bot, stop it, and start: status-bot serve."
OF_ANOTHER_FILE = "The next start reads .env alone: put what stands in that file into its environment then."

log = structlog.get_logger(__name__)


@dataclass
class Keeper:
    """Puts a new app's credentials into a file; ``settings`` is what to serve with, once they are there.

    ``path`` is ``None`` where nothing is to be written.
    """

    setup: SetupSettings
    environ: Mapping[str, str]
    path: Path | None
    settings: Settings | None = None

    def __call__(self, app: NewApp) -> tuple[str, bool]:
        """Where they are, in a sentence, and whether the bot can go on with them."""
        if self.path is None:
            return f"{NOT_KEPT} {COPY}", False
        values = _variables(app)
        try:
            add(self.path, {**values, **self._server(self.path)})
        except EnvFileError as error:
            return f"{error} {COPY}", False
        loaded = load_settings({**self.environ, **values})
        self.settings = replace(loaded, host=self.setup.host, port=self.setup.port)
        where = self.path.absolute()
        later = "" if where == ENV_FILE.absolute() else f" {OF_ANOTHER_FILE}"
        kept = f"They are in {where}, which only you can read (mode 0600), and the bot goes on with them."
        return f"{kept}{later}", True

    def _server(self, path: Path) -> dict[str, str]:
        """Which server the app is on, where that is not the usual one and the file does not say it."""
        known = self.setup.api_url == GITHUB_API_URL or read(path).get("GITHUB_API_URL", "").strip()
        return {} if known else {"GITHUB_API_URL": self.setup.api_url}


def _variables(app: NewApp) -> dict[str, str]:
    return {
        "APP_ID": str(app.app_id),
        "PRIVATE_KEY": app.private_key,
        "WEBHOOK_SECRET": app.webhook_secret,
    }


def _usable(app: NewApp) -> NewApp:
    """The app with a webhook secret, which GitHub makes only where there is a webhook.

    Raises ``GitHubError`` where the bot could not run with what GitHub gave.
    """
    app = app if app.webhook_secret else replace(app, webhook_secret=secrets.token_hex(20))
    try:
        loaded = load_settings(_variables(app))
    except SettingsError:
        raise GitHubError("The bot cannot use these credentials.") from None
    if loaded.webhook_secrets != (app.webhook_secret,):
        raise GitHubError("The bot cannot use this webhook secret.")
    return app


def begin(environ: Mapping[str, str], named: Path | None, say: Callable[[str], None]) -> int:
    """Run the setup, unless there is an app, or something is wrong; gives the exit status.

    ``named`` is the file that somebody wants the credentials in.
    """
    try:
        environ = environment(environ, named) if named else environ
        settings = load_setup_settings(environ)
    except EnvFileError as error:
        say(str(error))
        return MISSING
    except ConfiguredError:
        say("An app is configured already. Start the bot: status-bot serve")
        return CANNOT
    except SettingsError as error:
        say("The setup cannot start:")
        for fault in error.faults:
            say(f"  {fault}")
        return MISSING
    # A host that others reach keeps its environment elsewhere, and often no file at all.
    path = named or (ENV_FILE if settings.is_local else None)
    try:
        if path is not None:
            refuse(path)
    except EnvFileError as error:
        if named:
            say(f"{error} Mend that, or name another file.")
            return MISSING
        say(f"{error} So the credentials will be shown in the browser alone.")
    return asyncio.run(run(settings, environ, path, say))


async def run(
    settings: SetupSettings,
    environ: Mapping[str, str],
    path: Path | None,
    say: Callable[[str], None],
    clock: Clock | None = None,
) -> int:
    """Serve the setup until there is an app, then the bot; gives the exit status.

    ``environ`` is what the bot will be served with besides the app; ``path`` the file for its
    credentials, ``None`` for none; ``say`` is told where to go on, in a line each.
    """
    configure_logs(settings.log_level, settings.log_format)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop, number, stop)
    keeper = Keeper(settings, environ, path)
    try:
        async with registering(settings, keeper, clock or SystemClock()) as (registration, address):
            say("To register the bot's GitHub App, open this link. It works once, in one browser:")
            say(f"    {address}")
            if (here := address_here(settings, registration.link)) is not None:
                say("On this machine it is also, wherever the bot is to run in the end:")
                say(f"    {here}")
            say("Until an app is registered nothing is changed anywhere. Ctrl-C ends this.")
            await _first_of(stop, registration.goes_on)
    except OSError as error:
        log.error("cannot listen", host=settings.host, port=settings.port, why=str(error))  # noqa: TRY400 - no fault of ours to trace
        return CANNOT_LISTEN
    if stop.is_set() or keeper.settings is None:
        return 0
    return await serve(keeper.settings)


@asynccontextmanager
async def registering(
    settings: SetupSettings, keeper: Keeper, clock: Clock
) -> AsyncIterator[tuple[Registration, str]]:
    """Serve the setup while the context lasts; gives the registration and the link to it.

    Raises ``OSError`` where it cannot listen.
    """
    async with aiohttp.ClientSession() as session:

        async def exchange(code: str) -> NewApp:
            return _usable(await redeem(session, settings.api_url, code))

        registration = Registration(clock, exchange, keeper)
        doors = build_setup(SetupPages(render, settings, registration))
        async with listening(doors, settings) as url:
            yield registration, f"{settings.public_url or url}/setup?link={registration.link}"


def address_here(settings: SetupSettings, link: str) -> str | None:
    """The link as this machine reaches it, where it is another: nothing may answer at the public URL yet."""
    if settings.public_url is None or not settings.is_local:
        return None
    return f"{local_url(settings.host, settings.port)}/setup?link={link}"


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
