"""Making other people's text harmless: nothing of it may notify, link, close or break the page.

Titles of milestones, tags, labels and reasons are somebody's text. GitHub reads a pull request's
body as Markdown and HTML, its title and commit messages as plain text, and any of them for
mentions, references, closing keywords and orders to its CI; a squash merge may turn the body into
a commit message. What would take effect is therefore broken by a zero-width space everywhere, also
inside code.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE_LIMIT = 80
TEXT_LIMIT = 400
HTML_LIMIT = 2_000
URL_LIMIT = 500

_BREAK = "\u200b"
_JOINERS = "\u200c\u200d"
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})

# Each matches what stands before the break; what follows it is only looked at.
_LIVE_IN_CODE = r"""
      @(?=[A-Za-z0-9_])                      # a mention, an e-mail address
    | \#(?=\d)                               # a reference: #1, owner/repository#1
    | (?<![0-9a-z])gh-(?=\d)                 # the same: GH-1
    | :(?=//[^\s/]{1,100}(?:/+[^\s/]{1,100}){0,6}/+(?:issues|pulls?|discussions|commits?)/)  # a URL of one
    | <(?=!--) | --(?=!?>)                   # the two ends of an HTML comment
    | \[(?=[^][]{0,40}?(?<![a-z0-9])(?:skip|no[ _-]?ci)(?![a-z0-9])[^][]{0,40}\])  # orders to any CI
    | skip-checks(?=:) | \*\*\*(?=no_ci)
"""
_LIVE_IN_TEXT = r"""
    | :(?=//) | www(?=\.)                    # any URL
    | (?<![0-9a-z])(?=\d*[a-f])(?=[a-f]*\d)(?P<commit>[0-9a-f]{7,40})(?![0-9a-z])
"""
_CODE = re.compile(_LIVE_IN_CODE, re.IGNORECASE | re.VERBOSE)
_TEXT = re.compile(_LIVE_IN_CODE + _LIVE_IN_TEXT, re.IGNORECASE | re.VERBOSE)

_QUOTED = re.compile(r"(`[^`]*`|https?://[^\s`]*[^\s`.,:;!?)])")
_NO_CODE_SPAN = re.compile(r"[`|]")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_BACKSLASHED = re.compile(r"[\\`*_\[\]~#]")
_LINE_START = re.compile(r"^(?:(?=[-+=])|(\d{1,9})(?=[.)](?:\s|$)))")
# A dollar sign begins a formula, also behind a backslash; GitHub documents this way around it.
_HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#x7c;", "$": "<span>$</span>"}

_URL = re.compile(
    r"(https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?)([/?#]\S*)?", re.IGNORECASE
)
_REFERENCE_URL = re.compile(r"/(?:issues|pulls?|discussions|commits?)/", re.IGNORECASE)


def visible(text: str, limit: int, *, escapes: bool = True) -> str:
    r"""One line of at most about ``limit`` characters, with nothing in it that cannot be seen.

    White space of any kind becomes single blanks. Control characters, bidirectional marks,
    zero-width characters and private ones are shown as escapes (``\u202e``), or dropped where
    ``escapes`` is false. Joiners stay, because emoji and some scripts need them.
    """
    line = " ".join(text.split(maxsplit=limit))
    if line.isprintable():
        return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    pieces: list[str] = []
    length = 0
    for piece in _pieces(line, escapes=escapes):
        length += len(piece)
        pieces.append(piece)
        if length > limit:
            while length > limit - 1:
                length -= len(pieces.pop())
            return "".join(pieces).rstrip(" " + _JOINERS) + "…"
    return "".join(pieces)


def _pieces(text: str, *, escapes: bool) -> Iterator[str]:
    for character in text:
        if character in _JOINERS or unicodedata.category(character) not in _INVISIBLE:
            yield character
        elif escapes:
            point = ord(character)
            yield f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004 - Unicode's first plane


def _defused(text: str, live: re.Pattern[str] = _TEXT) -> str:
    """The text with a break in whatever GitHub would act on: mentions, references, URLs, orders."""
    return live.sub(_broken, text)


def _broken(match: re.Match[str]) -> str:
    if match.groupdict().get("commit"):
        return _BREAK.join(match[0][start : start + 6] for start in range(0, len(match[0]), 6))
    return match[0] + _BREAK


def plain(value: object, limit: int = TEXT_LIMIT) -> str:
    """For titles and commit messages: one line of plain text that takes no effect anywhere.

    It has at most ``limit`` characters, the breaks among them.
    """
    shown = _defused(visible(str(value), limit, escapes=False))
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip(f" {_BREAK}{_JOINERS}") + "…"


def wrapped(value: object, indent: str = "  ") -> Markup:
    """Plain text in lines of at most 72 characters, all but the first indented: no line begins a trailer."""
    lines = textwrap.wrap(plain(value), 72 - len(indent), break_long_words=False, break_on_hyphens=False)
    return Markup(f"\n{indent}".join(lines))  # noqa: S704 - plain text has no markup


def text(value: object, limit: int = TEXT_LIMIT) -> Markup:
    """For a sentence inside Markdown: every character stands for itself, also in a table."""
    return _prose(visible(str(value), limit))


def _prose(shown: str) -> Markup:
    shown = _BACKSLASHED.sub(r"\\\g<0>", _defused(shown))
    shown = _LINE_START.sub(r"\g<1>\\", shown)
    return Markup(re.sub(r"[<>&|$]", lambda match: _HTML[match[0]], shown))  # noqa: S704 - escaped just here


def said(value: object, limit: int = TEXT_LIMIT) -> Markup:
    """A sentence of the bot's own that quotes others: what is between backticks becomes code, URLs too.

    So they take no effect, and can still be copied from there.
    """
    parts = enumerate(_QUOTED.split(visible(str(value), limit)))
    return Markup("").join(
        code(part.strip("`"), limit) if index % 2 else _prose(part) for index, part in parts
    )


def said_in_html(value: object, limit: int = TEXT_LIMIT) -> Markup:
    """The same for a page of the bot's own."""
    parts = enumerate(_QUOTED.split(visible(str(value), limit)))
    code_in_html = Markup("<code>{}</code>")
    return Markup("").join(
        code_in_html.format(part.strip("`")) if index % 2 else escape(part) for index, part in parts
    )


def code(value: object, limit: int = CODE_LIMIT) -> Markup:
    """A code span. Backticks and pipes would end it or its table cell: then it is an HTML one.

    In that one all punctuation is written as character references, since Markdown is read inside
    HTML elements too; hexadecimal ones, for ``&#96;`` holds a ``#96``.
    """
    shown = _defused(visible(str(value), limit), _CODE)
    if not shown:
        return Markup("<i>empty</i>")
    if not _NO_CODE_SPAN.search(shown):
        return Markup(f"`{shown}`")  # noqa: S704 - a code span without a backtick cannot end early
    return Markup(f"<code>{_PUNCTUATION.sub(_reference, shown)}</code>")  # noqa: S704 - no punctuation is left in it


def _reference(match: re.Match[str]) -> str:
    return f"&#x{ord(match[0]):x};"


def safe_url(url: object) -> str | None:
    """The URL with everything encoded that Markdown reads, or ``None`` where it may not be linked.

    Only http and https, no credentials, no white space, at most ``URL_LIMIT`` characters, and no
    issue, pull request, discussion or commit: GitHub would enter the link over there.
    """
    found = _URL.fullmatch(url) if isinstance(url, str) and len(url) <= URL_LIMIT else None
    if (
        found is None
        or _REFERENCE_URL.search(unquote(found[2] or ""))
        or visible(found[0], URL_LIMIT) != found[0]
    ):
        return None
    return found[1].lower() + quote(found[2] or "", safe="!#%&'*+,-./:;=?_~")


def href(url: object) -> Markup:
    """The URL for a link in Markdown or HTML, ``""`` where it may not be linked."""
    return Markup((safe_url(url) or "").replace("&", "&amp;"))  # noqa: S704 - encoded by safe_url


def bare_url(url: object) -> Markup:
    """The URL for plain text, ``""`` where it may not be linked."""
    return Markup(safe_url(url) or "")  # noqa: S704 - encoded by safe_url


def link(value: object, url: object, limit: int = CODE_LIMIT) -> Markup:
    """The value as code, linked where the URL is a good one."""
    return linked(code(value, limit), url)


def linked(shown: Markup, url: object) -> Markup:
    """Markdown that is harmless already, linked where the URL is a good one."""
    target = href(url)
    return Markup("[{}]({})").format(shown, target) if target else shown


def fenced(value: str, language: str = "text") -> Markup:
    """A block of code of any text; its lines stay, the fence is longer than any inside it."""
    lines = ["".join(_pieces(line.expandtabs(4), escapes=True)).rstrip() for line in value.splitlines()]
    longest = max((len(run) for run in re.findall("`+", value)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup("\n".join([fence + language, *(_defused(line, _CODE) for line in lines), fence]))  # noqa: S704 - nothing inside a fence is read


def yaml_quoted(value: str) -> Markup:
    """A double-quoted YAML scalar that reads back exactly, with what GitHub reads written as escapes."""
    written = re.sub(r'[\\"]', r"\\\g<0>", value)
    written = "".join(_pieces(written, escapes=True))
    written = _CODE.sub(
        lambda match: match[0][:-1] + f"\\x{ord(match[0][-1]):02x}", written.replace("`", "\\x60")
    )
    return Markup(f'"{written}"')  # noqa: S704 - stands in a fenced block
