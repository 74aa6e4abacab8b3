"""The safe-string rule: writing a value so that every YAML reader, Hugo and Prettier leave it as it is.

Readers differ. YAML 1.1 takes ``yes`` for true, ``1:30`` for 90 and U+2028 for a line break, YAML 1.2
takes ``1e3`` for a number, and Hugo's reader takes ``1_000`` and ``012`` for numbers of its own. So a
plain scalar is written only where all of them agree, a block scalar only where no line has anything
that some reader trims, and double quotes with escapes in every other case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.status.folding import LINE_WIDTH, UNPRINTABLE, escaped, folded, greatest_width

Value = str | int | bool
"""A scalar of the output."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/+-]*(?: [A-Za-z0-9(][A-Za-z0-9._/+()-]*)*")
_WORDS_WITH_MEANING = frozenset(
    {"", "~", "=", "<<", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
)
_NUMBER = re.compile(
    r"[-+]?(?:0[xob][0-9a-f_]+|[0-9_]*\.?[0-9_]*(?:e[-+]?[0-9]*)?|[0-9_]+(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|\.?(?:inf|nan))"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*", re.DOTALL)

_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]")


@dataclass(frozen=True)
class Place:
    """Where a scalar is to stand.

    ``column`` is where it begins on its key's line, ``indent`` that of the key, both from 0;
    ``quote`` the style of what stood there (``""`` for a plain scalar), ``usual`` the quotes for a
    text that cannot be plain. ``inline`` keeps it on its line, unquoted only where it is no text;
    ``block`` and ``keep`` allow block scalars and those that end with blank lines; ``comma`` says
    that one follows.
    """

    column: int
    indent: int
    line_end: str = "\n"
    quote: str = '"'
    usual: str = '"'
    inline: bool = False
    block: bool = True
    keep: bool = True
    comma: bool = False


@dataclass(frozen=True)
class Written:
    """A scalar's text: what goes to its place, and the lines that follow the line it stands on."""

    head: str
    lines: str = ""


def write_scalar(value: Value, place: Place) -> Written:
    """The YAML of a value. A text must be free of lone surrogates, which no file can hold."""
    if isinstance(value, bool):
        return Written("true" if value else "false")
    if isinstance(value, int):
        return Written(str(value))
    if "\n" in value and not place.inline and _has_block(value, place):
        return _block(value, place)
    one_line = _one_line(value, place)
    # Prettier leaves a text without blanks where it is; it moves or folds one that passes the width.
    width = place.column + greatest_width(one_line) + place.comma
    fits = not re.search(r"[ \n]", value) or width <= LINE_WIDTH
    if place.inline or fits:
        return Written(one_line)
    if _has_block(value, place):
        return _block(value, place)
    return Written(folded(value, place.column, place.indent) if place.line_end == "\n" else one_line)


def is_unmistakable(text: str) -> bool:
    """Whether every reader takes the text for a text where it stands without quotes."""
    low = text.casefold()
    return low not in _WORDS_WITH_MEANING and not _NUMBER.fullmatch(low) and not _DATE.fullmatch(low)


def is_block_safe(text: str) -> bool:
    """Whether a block scalar holds the text unchanged for every reader."""
    trimmed = " \n" in text or text.endswith(" ")
    return bool(text.strip("\n")) and not trimmed and not _UNPRINTABLE.search(text)


def _has_block(text: str, place: Place) -> bool:
    """Whether a block scalar may hold the text here.

    One that needs to name its indentation is refused where blank lines stand around it: Hugo's
    reader fails on some.
    """
    if not place.block or not is_block_safe(text):
        return False
    hinted = text.lstrip("\n").startswith(" ")
    if hinted and text.startswith("\n"):
        return False
    return place.keep or not (hinted or text.endswith("\n\n"))


def _one_line(text: str, place: Place) -> str:
    if not place.quote and not place.inline and _PLAIN.fullmatch(text) and is_unmistakable(text):
        return text
    inside = escaped(text)
    if "\\" in inside.replace('\\"', ""):
        return f'"{inside}"'
    # As Prettier has it: the quotes that spare an escape, else those that stood there.
    if '"' in text or ((place.quote or place.usual) == "'" and "'" not in text):
        return "'" + text.replace("'", "''") + "'"
    return f'"{inside}"'


def _block(text: str, place: Place) -> Written:
    ending = len(text) - len(text.rstrip("\n"))
    chomping = "-" if ending == 0 else "" if ending == 1 else "+"
    lines = (text[:-1] if ending else text).split("\n")
    # A reader takes the indentation from the first line that is not empty.
    hint = "2" if text.startswith(" ") else ""
    pad = " " * (place.indent + 2)
    return Written(
        f"|{hint}{chomping}", "".join(place.line_end + (pad + line if line else "") for line in lines)
    )
