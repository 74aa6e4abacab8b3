"""The commands that look at a site on GitHub and write nothing there: ``preview`` and ``facts``."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.words import MISSING, give_up, say

if TYPE_CHECKING:
    from bot.look import Sight
    from bot.settings import Settings


@click.command()
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
        give_up(*map(str, wish.faults))
    _print_diff(sight.diff)
    for row in wish.page.rows:
        if row.unreadable is not None:
            say(f"kept as it stands: {row.sig.label} ({row.sig.repository}): {row.unreadable}")
        if row.held is not None:
            say(f"held: {row.sig.label}: {row.held}")
    for fault in wish.faults:
        say(str(fault))
    if not sight.diff:
        say(f"{site}: nothing to propose, the page is right as it stands.")
        return
    text = describe(
        wish.page,
        wish.changes,
        sight.seen.source.columns,
        site=sight.seen.state.full_name,
        config=sight.seen.config,
    )
    say(f"{site}: would propose: {text.title}")


@click.command()
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
        give_up(*map(str, sight.wish.faults))
    text = facts_json(sight)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"{output}: facts of {len(sight.seen.facts.repositories)} repositories.")


def _look(full_name: str) -> Sight:
    """Look at a site with whatever credentials there are."""
    from bot import look
    from bot.github.errors import GitHubError
    from bot.logs import configure_logs

    if full_name.count("/") != 1 or not all(full_name.split("/")):
        say(f"{full_name!r} is not a repository: write OWNER/SITE, such as open-telemetry/opentelemetry.io.")
        sys.exit(MISSING)
    personal = look.credentials(os.environ)
    configure_logs("warning", secrets=personal[1:] if personal else ())
    try:
        with _progress(f"Reading {full_name}") as progress:
            if personal is not None:
                return asyncio.run(look.look_with_token(*personal, full_name, progress))
            return asyncio.run(look.look_as_app(_settings_to_look(), full_name, progress))
    except GitHubError as error:
        give_up(str(error))


def _settings_to_look() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings({"WEBHOOK_SECRET": "not used to look", **os.environ})
    except SettingsError as error:
        say("Set GITHUB_TOKEN to a token that can read the repositories, or the app's own environment:")
        for fault in error.faults:
            say(f"  {fault}")
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
