"""The commands that run: ``serve``, ``setup``, ``demo`` and ``replay``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, NoReturn

import click

from bot.cli.words import CANNOT, give_up, say, settings

NO_WEBHOOK = "no webhook, no secret"
"""Stands in for the secret where nobody delivers anything."""


@click.command()
@click.option("--once", is_flag=True, help="Look at every site once and exit: no server, no webhook.")
@click.option("--site", metavar="OWNER/REPO", help="With --once: look at this site alone.")
def serve(site: str | None, *, once: bool) -> None:
    """Run the bot: webhook, work queue and pages.

    \b
    Environment:
      APP_ID             the GitHub App's id
      PRIVATE_KEY        its private key (PEM, "\\n" allowed), or PRIVATE_KEY_PATH
      WEBHOOK_SECRET     the webhook's secret; several, comma-separated, for rotation
      PORT, HOST         where to listen (8000, 0.0.0.0)
      PUBLIC_URL         how the world reaches the bot, for links to it
      WEBHOOK_PROXY_URL  a channel of smee.io to fetch deliveries from, to develop
      GITHUB_API_URL     https://api.github.com, or https://HOST/api/v3
      LOG_LEVEL          debug, info, warning, error (info)
      LOG_FORMAT         text or json (text)
      RESYNC_MINUTES     how often everything is looked at again (30)
      DEBOUNCE_SECONDS   how long it must be quiet before a site is reconciled (2)

    With --once, WEBHOOK_SECRET is not needed. The exit status is 1 where something was left undone.
    """  # noqa: D301 - click wants a real backspace before a paragraph that it must not wrap
    # To be told to stop while the rest is still being imported is no accident either.
    signal.signal(signal.SIGTERM, _end_unbegun)
    if site is not None and not once:
        raise click.UsageError("--site goes with --once: a bot that serves looks after every site.")
    if once:
        sys.exit(_serve_once(site))
    from bot.app import serve as run

    sys.exit(asyncio.run(run(settings())))


def _serve_once(site: str | None) -> int:
    if site is not None and (site.count("/") != 1 or not all(site.split("/"))):
        raise click.UsageError(f"{site!r} is not a repository: write OWNER/REPO.")
    from bot.logs import configure_logs
    from bot.once import Told, serve_once
    from bot.otel_settings import secrets_in

    secret = os.environ.get("WEBHOOK_SECRET", "").strip() or NO_WEBHOOK
    found = settings({**os.environ, "WEBHOOK_SECRET": secret})
    configure_logs(found.log_level, found.log_format, (*found.secrets, *secrets_in(os.environ)))

    def tell(told: Told) -> None:
        for sentence in told.done:
            click.echo(sentence)
        if not told.done and not told.undone:
            say("No site was found. Is the app installed, and has the site a .github/status-bot.yml?")
        for sentence in told.undone:
            say(f"not done: {sentence}")

    return asyncio.run(serve_once(found, site, tell))


@click.command()
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the credentials here.  [default: .env, where only this machine reaches the bot]",
)
def setup(env_file: Path | None) -> None:
    """Register the bot's GitHub App, in a browser, and go on to serve.

    Prints a link. HOST is 127.0.0.1 if left out; PUBLIC_URL is how others reach the bot.
    """
    from bot.setup_app import begin

    sys.exit(begin(os.environ, env_file, say))


@click.command()
@click.option("--once", is_flag=True, help="Play the day and exit, instead of staying up until Ctrl-C.")
@click.option("--port", default=0, help="Port of the sandbox GitHub; 0 takes any free one.")
def demo(*, once: bool, port: int) -> None:
    """Try the bot on a sandbox GitHub in this process: no account, no credentials.

    Plays a day of an organisation with nine SIGs and shows the pull request that comes of it.
    """
    from bot.demo import play

    sys.exit(asyncio.run(play(once=once, port=port)))


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--event", required=True, help="The event's name, as in X-GitHub-Event: release, milestone, …")
@click.option("--url", help="The bot's webhook.  [default: http://127.0.0.1:$PORT/webhook]")
@click.option(
    "--secret", envvar="WEBHOOK_SECRET", required=True, help="The webhook's secret.  [env: WEBHOOK_SECRET]"
)
def replay(file: BinaryIO, event: str, url: str | None, secret: str) -> None:
    """Send FILE (a recorded payload; - for standard input) to a running bot, signed as GitHub would."""
    import aiohttp

    from bot.replay import deliver

    url = url or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/webhook"
    try:
        answer = asyncio.run(deliver(url, event, file.read(), secret.partition(",")[0].strip()))
    except (aiohttp.ClientError, TimeoutError) as error:
        give_up(f"{url} does not answer ({str(error) or type(error).__name__}). Is the bot running there?")
    say(f"{event} delivered as {answer.delivery}: {answer.status} {answer.text}".rstrip())
    if answer.status >= HTTPStatus.BAD_REQUEST:
        sys.exit(CANNOT)


def _end_unbegun(_number: int, _frame: object) -> NoReturn:
    os._exit(0)
