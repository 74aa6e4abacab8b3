"""The comment commands: one table for the parser, the replies, the help page and the README."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token


class Who(StrEnum):
    """Who may give a command, in the words of the help table."""

    ANYONE = "anyone"
    SITE = "write on the site"
    REPOSITORY = "write on that repository"
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
    Command(
        "init",
        "init",
        "opens a pull request that makes a site of a repository",
        Who.REPOSITORY,
    ),
)

MAX_COMMANDS = 100
"""More in one comment are not even read."""


_SPOKEN_AFTER = {
    "text": 0,
    "text_special": 1,
    **dict.fromkeys(("code_inline", "html_inline", "link_open", "link_close"), 2),
}
"""After how many words of its line each kind of text may be part of a command."""

_UNSPOKEN = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Something stands here, though nothing that is spoken: a line that begins with it begins with no command."""
_LINE_END = re.compile(r"\r\n?|\n")
_COMMENT = re.compile(r"<!--(?:-?>|.*?(-->|\Z))", re.DOTALL)
_CODE_OR_QUOTE = re.compile(r"<(/?)(blockquote|code|kbd|pre|q|samp|tt)\b", re.IGNORECASE)
"""The tags of HTML that say the same as backticks and ``>``."""


@dataclass(frozen=True)
class Request:
    """A command as somebody wrote it; ``command`` is ``None`` where the bot knows no such word.

    ``word`` is in lower case. ``rest`` is what follows on the same line, as it was written but for
    its blanks, each run of which is one.
    """

    word: str
    command: Command | None
    rest: str = ""


@lru_cache(maxsize=64)
def parse(body: str, slug: str) -> tuple[Request, ...]:
    """The commands of a comment: ``/status <command>`` or ``@<app> <command>`` at the start of a line.

    What stands behind the mark of a list, a heading or a quote is no command, nor is what stands in
    code, a link, HTML or an HTML comment, or begins with a backslash; what follows a command on its
    line may be code. Markdown is read by a Markdown parser, so that "in code" means what GitHub means
    by it. Text that was made to be slow takes half a second: parse it in a thread. One comment is looked
    at several times until it is answered.
    """
    requests: list[Request] = []
    prefixes = ("/status", f"@{slug.lower()}", f"@{slug.lower()}[bot]")
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
    """The lines of a comment that are its author's own words and stand at the start of a line."""
    if not may_hold_command(body):
        return
    from markdown_it import MarkdownIt  # noqa: PLC0415 - few comments need it

    # What is escaped stays apart from plain text. A line that begins with a link begins with a bracket,
    # which is no command either: links and emphasis need not be read, and take longest in text made to
    # be slow.
    tokens = MarkdownIt("commonmark").disable(["text_join", "link", "image", "emphasis"]).parse(body)
    written = _LINE_END.split(body)
    opened = _Opened()
    for before, token in pairwise(tokens):
        opened.read(before)
        if token.type != "inline":
            continue
        spoken = tuple(_lines_of(token.children or (), opened))
        # A line below "===" or "---" is made a heading by what follows it, not by how it begins.
        if before.type == "paragraph_open" or before.markup in ("=", "-"):
            yield from spoken if before.level == 0 else _flush(spoken, written, token.map)


class _Opened:
    """What stands open where the reader is: quotes, and tags that stand for code or a quote."""

    def __init__(self) -> None:
        self._quotes = 0
        self._tags: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return self._quotes > 0 or self._tags.total() > 0

    def read(self, token: Token) -> None:
        """Take notice of what a token opens or closes."""
        if token.type in ("blockquote_open", "blockquote_close"):
            self._quotes += token.nesting
        elif token.type in ("html_block", "html_inline"):
            shown = _COMMENT.sub(_left_open, token.content)
            # A list that ends before its comment does leaves it open: nothing after it is seen.
            self._tags["<!--"] += shown.count("<!--")
            for closing, name in _CODE_OR_QUOTE.findall("" if self._quotes else shown):
                tag = name.lower()
                self._tags[tag] = max(0, self._tags[tag] + (-1 if closing else 1))


def _lines_of(children: Iterable[Token], opened: _Opened) -> Iterator[str]:
    line = "" if not opened else _UNSPOKEN
    for child in children:
        opened.read(child)
        if child.type in ("softbreak", "hardbreak"):
            yield line
            line = "" if not opened else _UNSPOKEN
        elif (enough := _SPOKEN_AFTER.get(child.type)) is not None and _has_words(line, enough):
            line += _as_written(child)
        else:
            line += _UNSPOKEN
    yield line


def _has_words(line: str, count: int) -> bool:
    # No more of the line is read than that takes: it may have thousands of parts, and is asked at each.
    return len(line.split(maxsplit=count)) >= count


def _left_open(comment: re.Match[str]) -> str:
    return "<!--" if comment[1] == "" else ""


def _as_written(token: Token) -> str:
    if token.type == "html_inline":
        return _COMMENT.sub("", token.content)
    return token.content or ("" if token.markup == "autolink" else token.markup)


def _flush(spoken: Iterable[str], written: Sequence[str], lines: Sequence[int] | None) -> Iterator[str]:
    """Those lines of a list that are not indented: Markdown counts them to the list, people do not."""
    begun = {line.split()[0] for line in written[slice(*lines or (0, 0))] if line[:1] in ("/", "@")}
    return (line for line in spoken if line.split()[:1] and line.split()[0] in begun)
