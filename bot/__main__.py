"""The command line. Each command imports what it needs when it runs, so that starting stays quick."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NoReturn

import click

from bot import __version__

if TYPE_CHECKING:
    from bot.look import Sight
    from bot.settings import Settings

CANNOT = 1
"""Exit status: understood, but it could not be done."""
MISSING = 2
"""Exit status: the environment or the command line is not as it must be."""

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="status-bot")
@click.pass_context
def main(context: click.Context) -> None:
    """Keep an organisation's project status page current.

    The bot listens for release and milestone events, works out how far each SIG is and what it
    released last, and keeps one pull request open on the site with what changed.

    Try it without an account: status-bot demo
    """
    # A folder that somebody else has filled must not say where a person's own token goes.
    personal = ("preview", "facts") if os.environ.get("GITHUB_TOKEN", "").strip() else ()
    if context.invoked_subcommand not in ("compute", "demo", *personal):
        _add_env_file()


@main.command()
def serve() -> None:
    """Run the bot: webhook, work queue and pages.

    \b
    Environment:
      APP_ID             the GitHub App's id
      PRIVATE_KEY        its private key (PEM, "\\n" allowed), or PRIVATE_KEY_PATH
      WEBHOOK_SECRET     the webhook's secret; several, comma-separated, for rotation
      PORT, HOST         where to listen (8000, 0.0.0.0)
      PUBLIC_URL         how the world reaches the bot, for links to it
      GITHUB_API_URL     https://api.github.com, or https://HOST/api/v3
      LOG_LEVEL          debug, info, warning, error (info)
      LOG_FORMAT         text or json (text)
      RESYNC_MINUTES     how often everything is looked at again (30)
      DEBOUNCE_SECONDS   how long it must be quiet before a site is reconciled (2)
    """  # noqa: D301 - click wants a real backspace before a paragraph that it must not wrap
    # To be told to stop while the rest is still being imported is no accident either.
    signal.signal(signal.SIGTERM, _end_unbegun)
    from bot.app import serve as run

    settings = _settings()
    sys.exit(asyncio.run(run(settings)))


@main.command()
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

    sys.exit(begin(os.environ, env_file, _say))


@main.command()
@click.option("--once", is_flag=True, help="Play the day and exit, instead of staying up until Ctrl-C.")
@click.option("--port", default=0, help="Port of the sandbox GitHub; 0 takes any free one.")
def demo(*, once: bool, port: int) -> None:
    """Try the bot on a sandbox GitHub in this process: no account, no credentials.

    Plays a day of an organisation with nine SIGs and shows the pull request that comes of it.
    """
    from bot.demo import play

    sys.exit(asyncio.run(play(once=once, port=port)))


@main.command()
@click.argument("site", metavar="OWNER/SITE")
def preview(site: str) -> None:
    """Show what would be proposed on a site, as a diff. Writes nothing.

    Reads with GITHUB_TOKEN where it is set, as the app otherwise. A repository without
    .github/status-bot.yml is looked at as if it had an empty one.
    """
    from bot.proposal import describe

    sight = _look(site)
    wish = sight.wish
    if wish.page is None or sight.seen.source is None:
        _give_up(*map(str, wish.faults))
    _print_diff(sight.diff)
    for row in wish.page.rows:
        if row.unreadable is not None:
            _say(f"kept as it stands: {row.sig.label} ({row.sig.repository}): {row.unreadable}")
        if row.held is not None:
            _say(f"held: {row.sig.label}: {row.held}")
    for fault in wish.faults:
        _say(str(fault))
    if not sight.diff:
        _say(f"{site}: nothing to propose, the page is right as it stands.")
        return
    text = describe(
        wish.page,
        wish.changes,
        sight.seen.source.columns,
        site=sight.seen.state.full_name,
        config=sight.seen.config,
    )
    _say(f"{site}: would propose: {text.title}")


@main.command()
@click.argument("site", metavar="OWNER/SITE")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Save here instead of printing."
)
def facts(site: str, output: Path | None) -> None:
    """Save what GitHub says of a site's repositories: the facts file that compute reads.

    Reads with GITHUB_TOKEN where it is set, as the app otherwise.
    """
    from bot.look import facts_json

    sight = _look(site)
    if sight.seen.source is None:
        _give_up(*map(str, sight.wish.faults))
    text = facts_json(sight)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        _say(f"{output}: facts of {len(sight.seen.facts.repositories)} repositories.")


@main.command()
@click.option("--source", type=FILE, required=True, help="The site's source file.")
@click.option("--facts", "facts_file", type=FILE, required=True, help="The facts file.")
@click.option(
    "--previous", type=FILE, help="The output that stands now: what cannot be read is kept from it."
)
@click.option("--header", help="The output's first comment, in place of the bot's own.")
@click.option("--explain", "explained", is_flag=True, help="Print every value's reason as JSON instead.")
def compute(
    source: Path, facts_file: Path, previous: Path | None, header: str | None, *, explained: bool
) -> None:
    """Compute the output file from a source and a facts file, with no network.

    Faults go to standard error with file and line; every healthy row is computed all the same. The
    exit status is 1 only where a file cannot be used at all.
    """
    from bot import offline
    from bot.status.datafile import OutputMismatchError
    from bot.status.faults import FileFaultError

    try:
        page = offline.compute(source, facts_file, previous, header).page
    except FileFaultError as error:
        _give_up(*map(str, error.faults))
    except OutputMismatchError as error:
        _give_up(
            f"{source}: {error}. This is a mistake of status-bot's own: please report it, with the file."
        )
    for fault in page.faults:
        _say(str(fault))
    click.echo(f"{offline.explain(page)}\n" if explained else page.text, nl=False)


@main.command()
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text")
def check(path: Path, style: Literal["text", "json", "github"]) -> None:
    """Check the configuration, the source and the output of a site's working copy, with no network.

    Each fault is told with its file and line, and the exit status is 1 if there is any. The format
    github marks the lines in a pull request when it runs in GitHub Actions. Addresses on the host of
    GITHUB_API_URL are good ones too.
    """
    from bot import check_files
    from bot.look import hosts_of
    from bot.settings import GITHUB_API_URL

    verdict = check_files.check(path, hosts_of(os.environ.get("GITHUB_API_URL") or GITHUB_API_URL))
    click.echo(check_files.told(verdict, path, style))
    if verdict.conclusion == "failure":
        sys.exit(CANNOT)


@main.command()
@click.argument("file", type=click.Choice(["config", "source"]))
def schema(file: Literal["config", "source"]) -> None:
    """Print the JSON Schema of a site's configuration or source, for editors."""
    from bot.schemas import schema_text

    click.echo(schema_text(file), nl=False)


@main.command()
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
        _give_up(f"{url} does not answer ({str(error) or type(error).__name__}). Is the bot running there?")
    _say(f"{event} delivered as {answer.delivery}: {answer.status} {answer.text}".rstrip())
    if answer.status >= HTTPStatus.BAD_REQUEST:
        sys.exit(CANNOT)


def _end_unbegun(_number: int, _frame: object) -> NoReturn:
    os._exit(0)


def _add_env_file() -> None:
    """Let ``.env`` say what the environment does not."""
    from bot.env_file import EnvFileError, environment

    try:
        os.environ.update(environment(os.environ))
    except EnvFileError as error:
        _say(str(error))
        sys.exit(MISSING)


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings
    from bot.setup_settings import hint

    try:
        return load_settings(os.environ)
    except SettingsError as error:
        for line in ("The bot cannot start:", *map("  {}".format, error.faults), *hint(os.environ)):
            _say(line)
        sys.exit(MISSING)


def _look(full_name: str) -> Sight:
    """Look at a site with whatever credentials there are."""
    from bot import look
    from bot.github.errors import GitHubError
    from bot.logs import configure_logs

    if full_name.count("/") != 1 or not all(full_name.split("/")):
        _say(f"{full_name!r} is not a repository: write OWNER/SITE, such as open-telemetry/opentelemetry.io.")
        sys.exit(MISSING)
    personal = look.credentials(os.environ)
    configure_logs("warning", secrets=personal[1:] if personal else ())
    try:
        with _progress(f"Reading {full_name}") as progress:
            if personal is not None:
                return asyncio.run(look.look_with_token(*personal, full_name, progress))
            return asyncio.run(look.look_as_app(_settings_to_look(), full_name, progress))
    except GitHubError as error:
        _give_up(str(error))


def _settings_to_look() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings({"WEBHOOK_SECRET": "not used to look", **os.environ})
    except SettingsError as error:
        _say("Set GITHUB_TOKEN to a token that can read the repositories, or the app's own environment:")
        for fault in error.faults:
            _say(f"  {fault}")
        sys.exit(MISSING)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, where somebody sees it."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_diff(diff: str) -> None:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff.splitlines():
        click.secho(line, fg=colours.get(line[:1]), bold=line[:3] in ("+++", "---"))


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _give_up(*sentences: str) -> NoReturn:
    for sentence in sentences:
        _say(sentence)
    sys.exit(CANNOT)


if __name__ == "__main__":
    main(prog_name="status-bot")
