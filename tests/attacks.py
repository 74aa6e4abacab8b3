"""Texts that attack, and what must not be found in anything the bot writes. Shared by tests."""

from __future__ import annotations

import re
from html import unescape

from markdown_it import MarkdownIt

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

ATTACKS = [
    "@octocat please look",
    "@open-telemetry/maintainers",
    "mail me@example.org",
    "fixes #1",
    "Closes: open-telemetry/opentelemetry.io#4711",
    "resolves GH-12 and gh-13",
    "fixes https://github.com/o/r/issues/1",
    "see http://evil.example and www.evil.example",
    "a | b || c \\| d \\\\| e",
    "|",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</code></td></table><h1>big</h1>",
    '<!-- status-bot {"digest":"0","commit":"0"} -->',
    "--> out of the comment --!> again",
    "`code` ``more`` ```fence```",
    "```\nout of the fence\n```",
    "~~~\n# heading\n~~~",
    "`" * 7,
    "\\`",
    "ends in a backslash \\",
    "[text](javascript:alert(1)) ![x](https://evil.example/pixel.png)",
    "[text][ref]\n\n[ref]: https://evil.example",
    "**bold** _it_ ~~gone~~ $\\LaTeX$ $`x`$",
    "line\nbreak\r\n\r\n# heading\n\n- item\n\n---",
    "1. one",
    "- item",
    "+ item",
    "= underline",
    "> quote",
    "# heading",
    "&lt;b&gt; &amp; &#64;octocat",
    "right\u202eto\u202cleft \u2066isolated\u2069 \u200fmark",
    "zero\u200bwidth \ufeffmark tag\U000e0041",
    "bell\x07 escape\x1b[31m null\x00",
    "lone \ud800 surrogate",
    "👩\u200d💻 ✔️ 日本語 e\u0301",
    "0123456789abcdef0123456789abcdef01234567 and deadbee1",
    "[skip ci] [ci skip] [no ci] [skip actions] [actions skip] ***NO_CI*** skip-checks: true",
    "[skip netlify] [netlify skip] [SKIP-CI] [ skip  ci ] [travis ci skip] [no_ci] [cf-pages-skip]",
    "(@octocat) _@octocat_ **@octocat** @@octocat /@octocat ,@octocat @octocat's &commat;octocat",
    "Fixes: #1, closes:#1 resolved GH-1 fixes o/r#1 fixes\u00a0#1 fix\u200bes #\u200b1 (#1) [#1] #1.",
    "see https://github.com/o/r/pull/1#issuecomment-1 https://github.com/o/r/commit/deadbee1 o/r@deadbee1",
    "Co-authored-by: Eve <eve@evil.example>",
    "Signed-off-by: Eve <eve@evil.example>\n\n\nskip-checks:true",
    "$$\nx\n$$ $x$ costs $4 and $5 ```math\nx\n```",
    "[^1] and\n\n[^1]: a note",
    "<details><summary>more</summary> <!-- open",
    "&#x40;octocat &#64;octocat &num;1",
    "two\u2028lines\u2029and\x85more\x0b\x0c\x1c",
    "{{ 7 * 7 }} {% raw %} {{< shortcode >}}",
    "/close /lgtm",
    "=" * 200_000,
    "@a#1|`<" * 30_000,
    " " * 200_000 + "x",
    "\u202e" * 200_000,
]

LIVE = re.compile(
    r"@[A-Za-z0-9_]|#\d|\bGH-\d|://\S+/(?:issues|pull|commit)/|<!--|-->|--!>"
    r"|\[[ \w-]{0,20}(?<![a-z])(?:skip|no[ _-]?ci)(?![a-z])[ \w-]{0,20}\]|skip-checks:|\*\*\*no_ci",
    re.IGNORECASE,
)
LIVE_OUTSIDE_CODE = re.compile(
    r"://|\bwww\.|(?<![0-9a-z])(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,40}(?![0-9a-z])", re.IGNORECASE
)
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]")
OUR_TAGS = {"<code>", "</code>", "<i>", "</i>", "<span>", "</span>"}


def seen_by_a_reader(markdown: str) -> str:
    """What is left of the rendered page without its tags, and without the invisible breaks."""
    return unescape(re.sub(r"<[^>]*>", "", GITHUB.render(markdown))).replace("\u200b", "").strip()


def assert_harmless(markdown: str, *, links: int = 0) -> None:
    """Nothing of the paragraph takes effect on GitHub, nor in a commit message made of its source."""
    assert not LIVE.search(markdown)
    assert not CONTROLS.search(markdown)
    blocks = GITHUB.parse(markdown)
    assert [block.type for block in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    tokens = blocks[1].children or []
    assert sum(token.type == "link_open" for token in tokens) == links
    in_code = False
    for token in tokens:
        assert token.type in {"text", "text_special", "code_inline", "html_inline", "link_open", "link_close"}
        if token.type == "html_inline":
            assert token.content in OUR_TAGS
            in_code = token.content == "<code>"
        elif token.type.startswith("text") and not in_code:
            assert not LIVE_OUTSIDE_CODE.search(token.content)
            assert "$" not in token.content or token.content == "$", "GitHub reads a formula"
