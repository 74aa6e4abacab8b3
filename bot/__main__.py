"""The command line: what is common to all commands, and which there are."""

from __future__ import annotations

import os
import sys

import click

from bot import __version__
from bot.cli import filing, looking, running
from bot.cli.words import MISSING, say

WITHOUT_ENVIRONMENT = ("check", "compute", "demo", "schema")
"""The commands that need nothing of it: no file of a site's working copy may get into their way."""


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
    if context.invoked_subcommand not in (*WITHOUT_ENVIRONMENT, *personal):
        _add_env_file()


def _add_env_file() -> None:
    """Let ``.env`` say what the environment does not."""
    from bot.env_file import EnvFileError, environment

    try:
        os.environ.update(environment(os.environ))
    except EnvFileError as error:
        say(str(error))
        sys.exit(MISSING)


for command in (
    *(running.serve, running.setup, running.demo),
    *(looking.preview, looking.facts),
    *(filing.compute, filing.check, filing.schema),
    running.replay,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="status-bot")
