"""The comment commands: one table for the parser, the replies, the help page and the README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True)
class Command:
    """One command, in the words of the help table."""

    name: str
    usage: str
    what: str
    who: str


COMMANDS = (Command("help", "help", "shows this table", "anyone"),)

MAX_COMMANDS = 10
"""More in one comment are not read: nobody needs them, and each costs a reply."""


@dataclass(frozen=True)
class Request:
    """A command as somebody wrote it; ``command`` is ``None`` where the bot knows no such word."""

    word: str
    command: Command | None


def parse(body: str, slug: str) -> tuple[Request, ...]:
    """The commands of a comment: ``/status <command>`` or ``@<app> <command>`` at the start of a line.

    What stands in a list, a heading, a quote, code, a link, HTML or an HTML comment is no command, nor
    is what begins with a backslash. Markdown is read by a Markdown parser, so that "in code" means
    what GitHub means by it. Text that was made to be slow takes half a second: parse it in a thread.
    """
    requests: list[Request] = []
    prefixes = ("/status", f"@{slug.lower()}")
    for line in _spoken_lines(body):
        words = line.split()
        if words and words[0].lower() in prefixes:
            word = words[1].lower() if len(words) > 1 else "help"
            known = next((command for command in COMMANDS if command.name == word), None)
            requests.append(Request(word, known))
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
        elif child.type == "text" or (child.type == "text_special" and line.strip()):
            line += child.content
        else:
            # Something stands here, though nothing that is spoken: a line that begins
            # with it does not begin with a command.
            line += "\N{OBJECT REPLACEMENT CHARACTER}"
    yield line
