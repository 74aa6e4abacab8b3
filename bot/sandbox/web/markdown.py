"""GitHub-flavoured Markdown as a page shows it, and whom and what a text refers to."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_PLAIN = (
    *(
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ),
    *(
        "hr",
        "i",
        "ins",
        "kbd",
        "li",
        "p",
        "picture",
        "pre",
        "q",
        "s",
        "samp",
        "span",
        "strike",
        "strong",
        "sub",
    ),
    *("summary", "sup", "table", "tbody", "tfoot", "thead", "tr", "tt", "ul", "var"),
)
_ALLOWED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_PLAIN, frozenset()),
    "a": frozenset({"href", "title"}),
    "details": frozenset({"open"}),
    "img": frozenset({"alt", "height", "src", "title", "width"}),
    "ol": frozenset({"start"}),
    "source": frozenset({"media", "srcset"}),
    "td": frozenset({"align", "colspan", "rowspan"}),
    "th": frozenset({"align", "colspan", "rowspan"}),
}
_VOID = {"br", "hr", "img", "source"}
_SWALLOWED = {"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"}
_LITERAL = {"a", "code", "pre", "kbd", "samp", "tt"}
_ADDRESS = re.compile(r"(?i)(https?://|mailto:|[/#?])")
_ALIGNED = re.compile(r"text-align:\s*(left|right|center)")
_ALERT = re.compile(r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br ?/?>)?\s*")
_TASK = re.compile(r"<li>(\s*(?:<p>)?)\[([ xX])\] ")
_LIVE = re.compile(
    r"(?P<url>https?://[^\s<>\"']+[^\s<>\"'.,:;!?)\]])"
    r"|(?<![\w@/.])@(?P<login>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))(?:/(?P<team>[\w-]+))?(?![\w@])"
    r"|(?<![\w/&])(?:(?P<repository>[\w.-]+/[\w.-]+)?\#|GH-)(?P<number>\d+)(?!\w)"
)
_ISSUE_URL = re.compile(r"/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class References:
    """Whom a text mentions and which issues it names; both would be told or linked."""

    logins: tuple[str, ...]
    issues: tuple[tuple[str | None, int], ...]


Link = Callable[[re.Match[str]], str | None]
"""Says where a mention or a reference leads; None leaves it as it is. It is also shown every URL."""


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only who looks at a page needs it

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def render(text: str | None, link: Link) -> Markup:
    """A text as HTML that can be put into a page: nothing in it runs, and few attributes survive."""
    rendered = str(_parser().render(text or ""))
    rendered = _TASK.sub(lambda task: f"<li>{task[1]}{'☐' if task[2] == ' ' else '☑'} ", rendered)
    rendered = _ALERT.sub(lambda alert: f"<blockquote><p><strong>{alert[1].title()}</strong><br>", rendered)
    cleaner = _Cleaner(link)
    cleaner.feed(rendered)
    cleaner.close()
    return Markup(cleaner.result())  # noqa: S704 - the cleaner escapes all but the tags it knows


def references(text: str | None) -> References:
    """Whom and what a text refers to, code and links left out as GitHub leaves them out."""
    logins: list[str] = []
    issues: list[tuple[str | None, int]] = []

    def note(match: re.Match[str]) -> None:
        if match["login"]:
            logins.append(match["login"])
        elif match["number"]:
            issues.append((match["repository"], int(match["number"])))
        elif named := _ISSUE_URL.search(match["url"]):
            issues.append((named[1], int(named[2])))

    render(text, note)
    return References(tuple(logins), tuple(issues))


class _Cleaner(HTMLParser):
    """Copies the harmless part of some HTML and closes what was left open."""

    def __init__(self, link: Link) -> None:
        super().__init__(convert_charrefs=True)
        self._link = link
        self._out: list[str] = []
        self._open: list[str] = []
        self._swallowing = 0

    def result(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SWALLOWED:
            self._swallowing += 1
        elif tag in _ALLOWED and not self._swallowing:
            if address := _LIVE.fullmatch(dict(attrs).get("href") or ""):
                self._link(address)
            kept = "".join(_attribute(tag, name, value or "") for name, value in attrs)
            self._out.append(f"<{tag}{kept}>")
            if tag not in _VOID:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SWALLOWED:
            self._swallowing = max(0, self._swallowing - 1)
        elif tag in self._open and not self._swallowing:
            while self._open:
                closed = self._open.pop()
                self._out.append(f"</{closed}>")
                if closed == tag:
                    break

    def handle_data(self, data: str) -> None:
        if self._swallowing:
            return
        if _LITERAL & set(self._open):
            self._out.append(html.escape(data))
            return
        end = 0
        for match in _LIVE.finditer(data):
            self._out.append(html.escape(data[end : match.start()]))
            target = self._link(match) or match["url"]
            words = html.escape(match[0])
            self._out.append(f'<a href="{html.escape(target)}">{words}</a>' if target else words)
            end = match.end()
        self._out.append(html.escape(data[end:]))


def _attribute(tag: str, name: str, value: str) -> str:
    if name == "style" and tag in ("td", "th") and (aligned := _ALIGNED.search(value)):
        return f' align="{aligned[1]}"'
    if name not in _ALLOWED[tag]:
        return ""
    if name in ("href", "src", "srcset") and not _ADDRESS.match(value):
        return ""
    return f' {name}="{html.escape(value)}"'
