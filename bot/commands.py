"""The comment commands: one table for the parser, the replies, the help page and the README."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token


class Who(StrEnum):
    """Who may give a command, in the words of the help table."""

    ANYONE = "anyone"
    SITE = "write on the site"
    SITE_OR_SIG = "write on the site or on that SIG's repository"


@dataclass(frozen=True)
class Command:
    """One command, in the words of the help table.

    ``usage`` is the name and, in capitals, what is to follow it on the same line; in brackets what
    may be left out.
    """

    name: str
    usage: str
    what: str
    who: Who = Who.ANYONE


COMMANDS = (
    Command("help", "help", "shows this table"),
    Command(
        "show", "show [SIG]", "shows the row of a SIG, or the whole page, as it stands and as it would be"
    ),
    Command(
        "explain", "explain SIG", "gives every value of a SIG's row with its reason, the rule and the link"
    ),
    Command("preview", "preview", "shows the diff that would be proposed now, and writes nothing"),
    Command(
        "refresh",
        "refresh",
        "proposes at once, even what was declined or is not due yet",
        Who.SITE,
    ),
    Command("hold", "hold SIG [reason]", "keeps a SIG's row as it is", Who.SITE_OR_SIG),
    Command("resume", "resume SIG", "lets a SIG's row on hold move on", Who.SITE_OR_SIG),
    Command(
        "recreate",
        "recreate",
        "takes the branch over again after somebody else pushed to it",
        Who.SITE,
    ),
)

MAX_COMMANDS = 100
"""More in one comment are not even read."""


_SPOKEN_AFTER = {"text": 0, "text_special": 1, "code_inline": 2}
"""After how many words of its line each kind of text may be part of a command."""


@dataclass(frozen=True)
class Request:
    """A command as somebody wrote it; ``command`` is ``None`` where the bot knows no such word.

    ``word`` is in lower case. ``rest`` is what follows on the same line, as it was written but for
    its blanks, each run of which is one.
    """

    word: str
    command: Command | None
    rest: str = ""


def parse(body: str, slug: str) -> tuple[Request, ...]:
    """The commands of a comment: ``/status <command>`` or ``@<app> <command>`` at the start of a line.

    What stands in a list, a heading, a quote, code, a link, HTML or an HTML comment is no command, nor
    is what begins with a backslash; what follows a command on its line may be code. Markdown is read
    by a Markdown parser, so that "in code" means what GitHub means by it. Text that was made to be
    slow takes half a second: parse it in a thread.
    """
    requests: list[Request] = []
    prefixes = ("/status", f"@{slug.lower()}")
    for line in _spoken_lines(body):
        words = line.split()
        if words and words[0].lower() in prefixes:
            word = words[1].lower() if len(words) > 1 else "help"
            known = next((command for command in COMMANDS if command.name == word), None)
            requests.append(Request(word, known, " ".join(words[2:])))
    return tuple(requests[:MAX_COMMANDS])


def may_hold_command(body: str) -> bool:
    """A quick look that spares most comments the parser: false only where there is surely none."""
    return any(line.lstrip().lower().startswith(("/status", "@")) for line in body.splitlines())


def _spoken_lines(body: str) -> Iterator[str]:
    """The lines of a comment's own paragraphs, which lie in nothing else."""
    if not may_hold_command(body):
        return
    from markdown_it import MarkdownIt  # noqa: PLC0415 - few comments need it

    # What is escaped stays apart from plain text. A line that begins with a link begins with a bracket,
    # which is no command either: links need not be read, and take longest in text made to be slow.
    tokens = MarkdownIt("commonmark").disable(["text_join", "link", "image"]).parse(body)
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and opening.level == 0:
            yield from _lines_of(inline.children or ())


def _lines_of(children: Iterable[Token]) -> Iterator[str]:
    line = ""
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield line
            line = ""
        elif len(line.split()) >= _SPOKEN_AFTER.get(child.type, sys.maxsize):
            line += child.content
        else:
            # Something stands here, though nothing that is spoken: a line that begins
            # with it does not begin with a command.
            line += "\N{OBJECT REPLACEMENT CHARACTER}"
    yield line
