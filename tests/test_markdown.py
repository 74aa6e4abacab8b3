"""Other people's text is harmless wherever it is put, and still says what it said."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.markdown import (
    URL_LIMIT,
    bare_url,
    code,
    fenced,
    href,
    link,
    linked,
    plain,
    safe_url,
    said,
    text,
    visible,
    wrapped,
    yaml_quoted,
)
from tests.attacks import (
    ATTACKS,
    CONTROLS,
    GITHUB,
    LIVE,
    LIVE_OUTSIDE_CODE,
    assert_harmless,
    seen_by_a_reader,
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
class TestAttacks:
    def test_as_code_takes_no_effect_and_reads_as_written(self, attack: str) -> None:
        assert_harmless(str(code(attack)))
        assert seen_by_a_reader(f"{code(attack)}") == visible(attack, 80)

    def test_as_prose_takes_no_effect_and_reads_as_written(self, attack: str) -> None:
        assert_harmless(str(text(attack)))
        assert seen_by_a_reader(f"{text(attack)}") == visible(attack, 400)

    def test_as_a_quoting_sentence_takes_no_effect(self, attack: str) -> None:
        assert_harmless(str(said(f"the title {attack} is `{attack}` no column")))

    def test_as_a_link_leads_only_where_it_should(self, attack: str) -> None:
        url = "https://github.com/o/r/milestone/1"
        assert_harmless(str(link(attack, url)), links=1)
        assert f'<a href="{url}">' in GITHUB.render(str(link(attack, url)))

    def test_as_the_target_of_a_link_leads_nowhere_else(self, attack: str) -> None:
        for target in (attack, f"https://example.org/{attack}"):
            shown = str(link("title", target))
            assert_harmless(shown, links=int(shown != "`title`"))
            found = re.search(r'href="([^"]*)"', GITHUB.render(shown))
            assert found is None or found[1].startswith(("https://example.org/", "http://", "https://"))

    def test_stays_within_its_cell_of_a_table(self, attack: str) -> None:
        row = f"| {code(attack)} | {text(attack)} | {link(attack, 'https://x.example/' + attack[:20])} |"
        html = GITHUB.render(f"| a | b | c |\n| --- | --- | --- |\n{row}\n\nafter")
        assert html.count("<table>") == html.count("</table>") == 1
        assert html.count("<td>") == 3
        assert html.rstrip().endswith("</table>\n<p>after</p>")
        cells = [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", html)]
        assert cells[0].replace("\u200b", "") == visible(attack, 80)
        assert cells[1].replace("\u200b", "") == visible(attack, 400)

    def test_stays_within_its_fence(self, attack: str) -> None:
        blocks = GITHUB.parse(f"before\n\n{fenced(attack)}\n\nafter")
        kinds = [block.type for block in blocks if block.type != "inline"]
        assert kinds == ["paragraph_open", "paragraph_close", "fence", "paragraph_open", "paragraph_close"]
        assert not LIVE.search(blocks[3].content)
        assert not CONTROLS.search(blocks[3].content)

    def test_as_a_title_is_one_plain_line_without_effect(self, attack: str) -> None:
        title = plain(attack)
        assert not LIVE.search(title)
        assert not LIVE_OUTSIDE_CODE.search(title)
        assert not CONTROLS.search(title)
        assert "\n" not in title
        assert title == title.strip()
        assert not re.search(r"skip-checks:|\*\*\*no_ci", title, re.IGNORECASE)

    def test_in_a_commit_message_begins_no_line_but_the_first(self, attack: str) -> None:
        lines = wrapped(f"x {attack}").split("\n")
        assert all(line.startswith("  ") for line in lines[1:])
        assert all(len(line) <= 72 for line in lines if len(line.split()) > 1)
        assert not LIVE.search("\n".join(lines))

    def test_as_yaml_reads_back_exactly(self, attack: str) -> None:
        title = attack[:500].replace("\ud800", "")  # no YAML file can hold a lone surrogate
        written = str(yaml_quoted(title))
        assert yaml.safe_load(written) == title
        assert not LIVE.search(written)
        assert "`" not in written


fragments = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [*"`|\\<>[]()!@#*_~$&\n\t-=+:/", "GH-1", "www.", "https://", "<!--", "-->", "a1", "```"]
        ),
    ),
    max_size=12,
).map("".join)


@given(fragments)
def test_nothing_that_can_be_put_together_takes_effect(attack: str) -> None:
    for shown in (code(attack), text(f"x{attack}"), said(f"x {attack} `{attack}`"), link(attack, attack)):
        assert_harmless(str(shown), links=str(shown).startswith("[`") or str(shown).startswith("[<"))
    assert seen_by_a_reader(f"{code(attack)}") == (visible(attack, 80) or "empty")
    assert seen_by_a_reader(f"x{text(attack)}") == f"x{visible(attack, 400)}".strip()


def test_an_empty_text_is_called_so() -> None:
    assert code("") == code(" \n") == "<i>empty</i>"


def test_ordinary_text_is_left_as_it_is() -> None:
    assert code("v0.4 (Oct 18 target)") == "`v0.4 (Oct 18 target)`"
    assert text("Milestone v0.4 is closed, so beta is next") == "Milestone v0.4 is closed, so beta is next"
    assert plain("Python reaches beta; C# 0.3.0 released in 20200331") == (
        "Python reaches beta; C# 0.3.0 released in 20200331"
    )
    assert text("0.3.0 is out") == "0.3.0 is out"
    assert plain("high-1 is no reference") == "high-1 is no reference"


def test_long_text_is_cut_with_a_sign_of_it() -> None:
    assert visible("a" * 100, 10) == "aaaaaaaaa…"
    assert visible("a" * 10, 10) == "a" * 10
    assert len(visible("\u202e" * 100, 20)) <= 20
    assert visible("👩\u200d💻" * 10, 4) == "👩\u200d💻…"


def test_plain_text_is_not_made_longer_by_its_breaks() -> None:
    assert plain("@a" * 100, 20) == "@\u200ba@\u200ba@\u200ba@\u200ba@\u200ba@\u200ba@…"
    assert len(plain("#1" * 500)) <= 400


def test_a_dollar_sign_begins_no_formula() -> None:
    assert text("costs $4 or $x$") == "costs <span>$</span>4 or <span>$</span>x<span>$</span>"
    assert code("$x$") == "`$x$`"


def test_what_cannot_be_seen_is_shown_as_an_escape_in_code_and_dropped_from_titles() -> None:
    assert code("a\u202eb\x07c") == r"`a\u202eb\u0007c`"
    assert plain("a\u202eb\x07c") == "abc"


def test_emoji_and_scripts_that_need_joiners_keep_them() -> None:
    assert code("👩\u200d💻") == "`👩\u200d💻`"


def test_code_in_a_sentence_stays_code() -> None:
    assert said("write `sourceUrl:` into the row") == "write `sourceUrl:` into the row"
    assert GITHUB.render(str(said("`a` and `b|c`"))) == "<p><code>a</code> and <code>b|c</code></p>\n"
    assert said("a lone ` stays") == r"a lone \` stays"


def test_an_address_that_somebody_should_copy_is_whole_in_code() -> None:
    assert said("write https://github.com/OWNER/REPO.") == "write `https://github.com/OWNER/REPO`."
    assert (
        said("`a: https://x.example` (https://y.example)") == "`a: https://x.example` (`https://y.example`)"
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT://x",
        "data:text/html,x",
        "ftp://example.org/x",
        "//example.org/x",
        "/relative",
        "https://",
        "https:///x",
        "https://user:secret@example.org/",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/\nb",
        "https://example.org/\u202eb",
        "https://example.org\\@evil.example/",
        "https://github.com/o/r/issues/1",
        "https://github.com/o/r/%69ssues/1",
        "https://github.com/o/r/pull/1",
        "https://github.com/o/r/discussions/1",
        "https://github.com/o/r/commit/0123456",
        "https://example.org/" + "a" * URL_LIMIT,
        "",
        None,
        7,
    ],
)
def test_an_address_that_may_not_be_linked_leaves_the_text_alone(url: object) -> None:
    assert safe_url(url) is None
    assert href(url) == bare_url(url) == ""
    assert link("title", url) == "`title`"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://github.com/o/r/releases/tag/v1.0", "https://github.com/o/r/releases/tag/v1.0"),
        ("HTTPS://Example.org/A", "https://example.org/A"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://github.com/o/r/releases/tag/@a/b@1.0", "https://github.com/o/r/releases/tag/%40a/b%401.0"),
        ('https://example.org/a(b)[c]<d>`e|f"g', "https://example.org/a%28b%29%5Bc%5D%3Cd%3E%60e%7Cf%22g"),
        ("https://example.org/%20?a=1&b=2#c", "https://example.org/%20?a=1&b=2#c"),
        ("https://example.org/ä", "https://example.org/%C3%A4"),
    ],
)
def test_a_good_address_is_linked_with_its_dangers_encoded(url: str, target: str) -> None:
    assert safe_url(url) == bare_url(url) == target
    html = GITHUB.render(str(link("x", url)))
    assert unescape(html) == f'<p><a href="{target}"><code>x</code></a></p>\n'


def test_an_address_is_escaped_once_in_html() -> None:
    assert href("https://example.org/?a=1&b=2") == Markup("https://example.org/?a=1&amp;b=2")


def test_prose_can_be_linked() -> None:
    shown = str(linked(text("Milestone [v0.4] is closed"), "https://example.org/"))
    assert GITHUB.render(shown) == '<p><a href="https://example.org/">Milestone [v0.4] is closed</a></p>\n'


def test_a_fence_is_longer_than_any_in_its_text() -> None:
    shown = str(fenced("a\n`````\nb\n", "diff"))
    assert shown == "``````diff\na\n`````\nb\n``````"


def test_the_lines_of_a_fence_stay_apart_and_lose_their_trailing_blanks() -> None:
    assert fenced("a  \n\n\tb") == "```text\na\n\n    b\n```"


def test_large_texts_take_little_time() -> None:
    started = time.perf_counter()
    for attack in ("@a#1|`<" * 30_000, "a" * 200_000, "://" * 70_000, "[skip " * 40_000, "-" * 200_000):
        for treat in (code, text, said, plain, wrapped, fenced, yaml_quoted, safe_url):
            treat(attack)
    assert time.perf_counter() - started < 5
