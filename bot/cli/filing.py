"""The commands that work on files, with no network: ``compute``, ``check`` and ``schema``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

import click

from bot.cli.words import CANNOT, give_up, say

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
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
        give_up(*map(str, error.faults))
    except OutputMismatchError as error:
        give_up(f"{source}: {error}. This is a mistake of status-bot's own: please report it, with the file.")
    for fault in page.faults:
        say(str(fault))
    click.echo(f"{offline.explain(page)}\n" if explained else page.text, nl=False)


@click.command()
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


@click.command()
@click.argument("file", type=click.Choice(["config", "source"]))
def schema(file: Literal["config", "source"]) -> None:
    """Print the JSON Schema of a site's configuration or source, for editors."""
    from bot.schemas import schema_text

    click.echo(schema_text(file), nl=False)
