"""What every command has in common: how it speaks, how it ends, and where its settings come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from bot.settings import Settings

CANNOT = 1
"""Exit status: understood, but it could not be done."""
MISSING = 2
"""Exit status: the environment or the command line is not as it must be."""


def say(sentence: str) -> None:
    """Tell a person something, on standard error: standard output is for what was asked for."""
    click.echo(sentence, err=True)


def give_up(*sentences: str) -> NoReturn:
    """Say why it cannot be done, and end."""
    for sentence in sentences:
        say(sentence)
    sys.exit(CANNOT)


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The bot's settings; where something is missing or wrong, all of it is said, and that is the end."""
    from bot.settings import SettingsError, load_settings
    from bot.setup_settings import hint

    try:
        return load_settings(environ)
    except SettingsError as error:
        for line in ("The bot cannot start:", *map("  {}".format, error.faults), *hint(environ)):
            say(line)
        sys.exit(MISSING)
