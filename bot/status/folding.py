"""Long texts in double quotes, broken into lines exactly where Prettier breaks them.

A text that a block scalar cannot hold (release notes with carriage returns, most often) would stand on
one line of thousands of columns, and ``proseWrap: always`` would break it anew. So each of its lines
gets a line of its own, and one that is too long is folded at its blanks as Prettier 3 does it: what
fits into 80 columns, with double width for wide characters.
"""

from __future__ import annotations

import re

LINE_WIDTH = 80
"""Prettier's ``printWidth``."""

UNPRINTABLE = (
    "\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\ud800-\uf8ff\ufeff\ufff9-\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
"""For a character class: controls but for the line feed, blanks but for the space, YAML 1.1's line
breaks, and marks that show nothing but turn the text around them. What Unicode may still assign counts
as printable, so that no output depends on the version of a character table. U+200C and U+200D join
letters and emoji."""

_SHORT_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\t", "\\t"), ("\r", "\\r"))
_ESCAPED = re.compile(f"[{UNPRINTABLE}]")
_SINGLE = "\xa1-\xa8\xaa-\xac\xaf-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u203b\u2190-\u2193"
_DOUBLE = (
    "\u2705\u2728\u274c\u2b50\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
    "\U0001f400-\U0001f43e\U0001f442-\U0001f4fc\U0001f550-\U0001f567\U0001f5fb-\U0001f64f\U0001f680-\U0001f6c5"
)
_OF_UNSURE_WIDTH = re.compile(f"[^\x00-\x7f{_SINGLE}{_DOUBLE}]")
"""Emoji of several characters, combining marks and whatever else Prettier's versions measure differently."""
_WIDE = re.compile(f"[{_DOUBLE}]")
_BLANK = "\\x20"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FOLD = re.compile(r"(?<! ) (?! )")
_UNIT = re.compile(r"\\(?:u[0-9A-F]{4}|U[0-9A-F]{8}|x[0-9A-F]{2}|.)|[^\\]")
"""One character as it stands between double quotes."""


def escaped(text: str) -> str:
    """The text between double quotes, on one line. YAML 1.1 and 1.2 read the escapes alike."""
    return _escaped_lines(text).replace("\n", "\\n")


def _escaped_lines(text: str) -> str:
    for character, escape in _SHORT_ESCAPES:
        text = text.replace(character, escape)
    return _ESCAPED.sub(_escape, text)


def greatest_width(text: str) -> int:
    """The columns that a text takes at most."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def folded(text: str, column: int, indent: int) -> str:
    r"""The text in double quotes on several lines, to stand at ``column`` on the line of its key.

    It begins with a line break where its first word does not fit beside the key and gains by that.
    ``indent`` is the key's. For files with the line end ``\n`` alone: Hugo misreads a fold at another.
    """
    margin = indent + 2
    chunks = _chunks(text, column + 1)
    first = chunks[0]
    if greatest_width(first) > LINE_WIDTH - column - 1:
        first = _OF_UNSURE_WIDTH.sub(_escape, first)
    beside = column <= margin or column + 1 + _width(_FOLD.split(first, 1)[0]) <= LINE_WIDTH
    lines = _fill(first, margin, column + 1 if beside else margin + 1)
    for chunk in chunks[1:]:
        if greatest_width(chunk) <= LINE_WIDTH - margin:
            lines.append(chunk)
        else:
            lines += _fill(_OF_UNSURE_WIDTH.sub(_escape, chunk), margin, margin)
    pad = "\n" + " " * margin
    return ("" if beside else pad) + '"' + pad.join(lines) + '"'


def _chunks(text: str, column: int) -> list[str]:
    """The text's lines as they stand between double quotes, at least two, with a line end escaped.

    Prettier's answer to where a text begins depends on ``proseWrap``, but for one with such a line
    end.
    """
    chunks = [line.replace("\n", "\\n") for line in _LINE.findall(_escaped_lines(text))]
    if len(chunks) == 1:
        chunks = _halved(chunks[0], column)
    # Blanks at either end of a line would be trimmed, and Hugo trims those after an escaped one too.
    chunks = [_with_blanks_escaped(chunk) if chunk.startswith(" ") else chunk for chunk in chunks]
    if chunks[-1].endswith(" "):
        chunks[-1] = chunks[-1][:-1] + _BLANK
    return [chunk + "\\" for chunk in chunks[:-1]] + chunks[-1:]


def _with_blanks_escaped(chunk: str) -> str:
    rest = chunk.lstrip(" ")
    return _BLANK * (len(chunk) - len(rest)) + rest


def _halved(chunk: str, column: int) -> list[str]:
    """What fits on a line that begins at ``column``, and the rest, be it the last character."""
    first, *words = _FOLD.split(chunk)
    if not words:
        cut = max(unit.start() for unit in _UNIT.finditer(first))
        return [first[:cut], first[cut:]]
    while len(words) > 1 and column + greatest_width(f"{first} {words[0]}{_BLANK}\\") <= LINE_WIDTH:
        first += " " + words.pop(0)
    return [first + _BLANK, " ".join(words)]


def _fill(chunk: str, margin: int, column: int) -> list[str]:
    """Fold a chunk that begins at ``column`` at its single blanks; later lines begin at ``margin``."""
    lines: list[str] = []
    room = LINE_WIDTH - column
    while len(chunk) > room or _width(chunk) > room:
        cut = _last_fold(chunk, _characters_within(chunk, room))
        if cut < 0:
            break
        lines.append(chunk[:cut])
        chunk = chunk[cut + 1 :]
        room = LINE_WIDTH - margin
    return [*lines, chunk]


def _last_fold(chunk: str, limit: int) -> int:
    """The last single blank that is no later than ``limit``, else the first one, else -1."""
    cut = chunk.rfind(" ", 0, limit + 1)
    while cut > 0 and " " in (chunk[cut - 1], chunk[cut + 1]):
        cut = chunk.rfind(" ", 0, cut)
    if cut > 0:
        return cut
    fold = _FOLD.search(chunk)
    return fold.start() if fold else -1


def _characters_within(chunk: str, columns: int) -> int:
    """How many of the chunk's first characters fit into so many columns, of which there may be none."""
    columns = count = max(columns, 0)
    for wide in _WIDE.finditer(chunk, 0, columns):
        if wide.end() + 1 > count:
            return min(wide.start(), count)
        count -= 1
    return count


def _width(text: str) -> int:
    """The columns that Prettier counts, for a text without characters of unsure width."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04X}" if match[0] <= "\uffff" else f"\\U{code:08X}"
