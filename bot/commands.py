"""The comment commands: one table for the parser, the replies, the help page and the README."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


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

    What stands in code, quotes, lists of quotes, HTML or HTML comments is no command. Markdown is read
    by a Markdown parser, so that "in code" means what GitHub means by it.
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
    return "/status" in body.lower() or "@" in body


def _spoken_lines(body: str) -> Iterator[str]:
    """The lines of a comment's own paragraphs."""
    if not may_hold_command(body):
        return
    from markdown_it import MarkdownIt  # noqa: PLC0415

    depth = 0
    for token in MarkdownIt("commonmark").parse(body):
        if token.type == "blockquote_open":
            depth += 1
        elif token.type == "blockquote_close":
            depth -= 1
        elif token.type == "inline" and depth == 0:
            line = ""
            for child in token.children or ():
                if child.type in ("softbreak", "hardbreak"):
                    yield line
                    line = ""
                elif child.type == "text":
                    line += child.content
                else:
                    # Something stands here, though nothing that is spoken: a line that begins
                    # with it does not begin with a command.
                    line += "\N{OBJECT REPLACEMENT CHARACTER}"
            yield line
