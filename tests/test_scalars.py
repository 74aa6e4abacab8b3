"""The safe-string rule: every text comes back as it was, written the way people and Prettier would."""

from __future__ import annotations

import re
import time

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.status.scalars import Place, Value, is_unmistakable, write_scalar

BESIDE_KEY = Place(column=24, indent=4)

ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            " \n\r\t\\\"'#-:|>\x00\x07\x85\xa0\xad\u2028\u2029\u202e\ufeff\ufffe🚀é漢\u0301\ufe0f\u200d"
        ),
    ),
    max_size=400,
)
LINK = "https://example.org/a/rather/long/link/that/fills/a/line"
PIECES = [
    "\n",
    "\r\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "* ",
    "---",
    "# ",
    "\\",
    '"',
    "é",
    "漢字",
    "🚀",
    "❤️",
    "👨‍👩‍👧",
    "x" * 90,
]
NOTES = st.lists(st.sampled_from(["word ", "a longer word ", LINK, *PIECES]), max_size=60).map("".join)


def as_file(value: Value, place: Place, *, below: str = "    next: 1\n") -> str:
    """A document in which the value stands behind a key of a row."""
    written = write_scalar(value, place)
    key = " " * place.indent + "k" * (place.column - place.indent - 2)
    gap = "" if written.head.startswith("\n") else " "
    end = place.line_end
    return f"rows:{end}  -{end}{key}:{gap}{written.head}{written.lines}{end}{below}"


def read_back(text: str) -> object:
    return next(iter(yaml.load(text, Loader=yaml.CSafeLoader)["rows"][0].values()))


def head(value: Value, **place: object) -> str:
    return write_scalar(value, Place(**{"column": 24, "indent": 4, **place})).head  # type: ignore[arg-type]


@given(st.one_of(ANY_TEXT, NOTES), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "'", '"']))
@example("|", "\n", "")
@example("\n", "\n", "")
@example(" leading\nsecond", "\n", "")
@example("word " * 40 + "\t", "\n", '"')
@example("x" * 100 + " \t", "\n", '"')
@example("x" * 100 + "\t\n", "\n", '"')
@example("a  b" * 40 + "\r", "\n", '"')
def test_any_text_comes_back_as_it_was(text: str, line_end: str, quote: str) -> None:
    place = Place(column=24, indent=4, line_end=line_end, quote=quote)
    assert read_back(as_file(text, place)) == text


@given(ANY_TEXT, st.sampled_from(["", "'", '"']))
def test_any_text_comes_back_from_a_single_line(text: str, quote: str) -> None:
    written = write_scalar(text, Place(column=0, indent=0, inline=True, quote=quote))
    assert not written.lines
    assert "\n" not in written.head
    assert yaml.safe_load(f"[{written.head}, {{k: {written.head}}}]") == [text, {"k": text}]


@given(NOTES, st.sampled_from(["", "    # deeper\n", "\n\n", "    \n\n"]))
def test_what_stands_below_stays_outside(text: str, below: str) -> None:
    place = Place(column=24, indent=4, block=below in {"", "\n\n"}, keep=False)
    assert read_back(as_file(text, place, below=below)) == text


@given(NOTES)
def test_no_line_is_too_wide_that_could_be_folded(text: str) -> None:
    head = write_scalar(text, BESIDE_KEY).head
    for line in (" " * BESIDE_KEY.column + head).split("\n") if "\n" in head else []:
        # The quote that closes the text may stand out by one.
        assert len(line.removesuffix('"')) <= 80 or not re.search(r"(?<! ) (?! )", line.strip())


@pytest.mark.parametrize("indent", [60, 78, 90, 200])
def test_far_to_the_right_every_word_that_does_not_fit_gets_a_line(indent: int) -> None:
    place = Place(column=indent + 20, indent=indent, block=False)
    text = f"{'word-of-more-than-nine ' * 5}\r\n"
    written = write_scalar(text, place)
    assert yaml.safe_load(f"{' ' * indent}a:{written.head}") == {"a": text}
    assert all(len(line.split()) <= 1 for line in written.head.split("\n"))


@pytest.mark.parametrize(
    ("value", "quote", "expected"),
    [
        (0, '"', "0"),
        (17, "", "17"),
        (True, '"', "true"),
        (False, '"', "false"),
        ("", "", '""'),
        ("n/a", '"', '"n/a"'),
        ("n/a", "", "n/a"),
        ("v0.2", "", "v0.2"),
        ("v0.2", "'", "'v0.2'"),
        ("beta", '"', '"beta"'),
        ("Release 0.3 (second)", "", "Release 0.3 (second)"),
        ("https://github.com/o/n", '"', '"https://github.com/o/n"'),
        ('say "hi"', '"', "'say \"hi\"'"),
        ('it\'s "it"', '"', "'it''s \"it\"'"),
        ("it's", "'", '"it\'s"'),
        ('a\\b "c"', '"', '"a\\\\b \\"c\\""'),
        ("tab\there", "", '"tab\\there"'),
        ("next\x85line", "", '"next\\u0085line"'),
        ("mark\ufeff", "'", '"mark\\uFEFF"'),
        ("tag\U000e0041", "", '"tag\\U000E0041"'),
        ("soft\u202ewrong", "", '"soft\\u202Ewrong"'),
        ("🚀 lift off", "", '"🚀 lift off"'),
        ("a: b", "", '"a: b"'),
        ("a #b", "", '"a #b"'),
        ("- a", "", '"- a"'),
        (" a", "", '" a"'),
        ("a ", "", '"a "'),
    ],
)
def test_a_value_is_written_in_the_style_of_what_stood_there_where_that_is_safe(
    value: Value, quote: str, expected: str
) -> None:
    assert head(value, quote=quote) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "n",
            "true",
            "False",
            "null",
            "NULL",
            "~",
            "nan",
            ".NaN",
            "inf",
            "-.inf",
        ),
        *(
            "0",
            "-1",
            "0x1",
            "0o17",
            "0b1",
            "012",
            "1_000",
            "1e3",
            "1E-3",
            "1.5",
            ".5",
            "5.",
            "1:30",
            "1:30:07.5",
        ),
        *("2020-04-01", "2020-4-1T10:00:00Z", "", "=", "<<"),
    ],
)
def test_what_some_reader_takes_for_something_else_is_quoted(text: str) -> None:
    assert not is_unmistakable(text)
    assert head(text, quote="") == f'"{text}"'


@pytest.mark.parametrize(
    "text", ["v0.1", "0.3.0", "1.0.0-rc.1", "beta", "release", "nano", "on hold", "12 monkeys"]
)
def test_what_every_reader_takes_for_a_text_is_known_as_such(text: str) -> None:
    assert is_unmistakable(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo", " |-\n      one\n      two"),
        ("one\ntwo\n", " |\n      one\n      two"),
        ("one\n\n", " |+\n      one\n"),
        ("one\n\n\ntwo\n", " |\n      one\n\n\n      two"),
        ("\none\n", " |\n\n      one"),
        ("  one\ntwo\n", " |2\n        one\n      two"),
        (
            "---\n...\n# not a comment\n%YAML 9.9\n",
            " |\n      ---\n      ...\n      # not a comment\n      %YAML 9.9",
        ),
        ("{{< shortcode >}}\n<b>&amp;</b>", " |-\n      {{< shortcode >}}\n      <b>&amp;</b>"),
        ("🚀 liftoff\n👨‍👩‍👧 and family", " |-\n      🚀 liftoff\n      👨‍👩‍👧 and family"),
    ],
)
def test_several_clean_lines_become_a_block(text: str, expected: str) -> None:
    written = write_scalar(text, BESIDE_KEY)
    assert f" {written.head}{written.lines}" == expected
    assert read_back(as_file(text, BESIDE_KEY)) == text


@pytest.mark.parametrize(
    "text",
    [
        "tab\there\n",
        "blank \nend",
        "blank at the end ",
        "carriage\r\nreturn",
        "nothing\x07here\n",
        "\n",
        "\n\n\n",
        "no\xa0break\n",
        "wide\u3000blank\n",
        "line\u2028separator\n",
        "\n  leading line and blanks\n",
    ],
)
def test_a_line_that_some_reader_would_change_keeps_its_text_out_of_a_block(text: str) -> None:
    assert head(text).startswith('"')


@pytest.mark.parametrize("text", ["one\n\n", " one\ntwo"])
def test_a_block_that_depends_on_what_follows_is_not_used_where_blank_lines_do(text: str) -> None:
    assert head(text).startswith("|")
    assert head(text, keep=False).startswith('"')


def test_no_block_is_used_where_it_would_swallow_what_follows() -> None:
    assert head("one\ntwo", block=False) == '"one\\ntwo"'


def test_a_clean_line_beyond_the_width_becomes_a_block_which_prettier_leaves_alone() -> None:
    text = "a release name " * 5
    assert write_scalar(text.strip(), BESIDE_KEY).head == "|-"
    assert head("x" * 200) == '"' + "x" * 200 + '"'


def test_a_comma_behind_a_text_takes_its_column() -> None:
    text = "word " * 10 + "end"
    assert 24 + len(f'"{text}"') == 79
    assert head(f"{text}s", block=False) == f'"{text}s"'
    assert head(text, block=False, comma=True) == f'"{text}"'
    assert head(f"{text}s", block=False, comma=True).startswith('"word word')
    assert "\n" in head(f"{text}s", block=False, comma=True)


def test_a_text_that_cannot_be_plain_gets_the_usual_quotes() -> None:
    assert head("v0.2", quote="", usual="'") == "v0.2"
    assert head("a: b", quote="", usual="'") == "'a: b'"
    assert head("it's: b", quote="", usual="'") == '"it\'s: b"'
    assert head("a: b", quote='"', usual="'") == '"a: b"'


def test_long_notes_with_carriage_returns_get_a_line_for_each_of_theirs() -> None:
    item = "* Something by @somebody in https://github.com/o/n/pull/1234 and more of it"
    text = f"## What's new\r\n{item}\r\n  * nested\r\n"
    assert head(text) == (
        "\"## What's new\\r\\n\\\n"
        "      * Something by @somebody in https://github.com/o/n/pull/1234 and more of\n"
        "      it\\r\\n\\\n"
        '      \\x20\\x20* nested\\r\\n"'
    )


def test_a_first_word_too_long_for_its_place_goes_below_the_key() -> None:
    written = head("x" * 70 + " and more\r\nthan that")
    assert written == '\n      "' + "x" * 70 + '\n      and more\\r\\n\\\n      than that"'


def test_a_single_long_line_is_halved_so_that_prettier_need_not_choose() -> None:
    assert head("word " * 14 + "\tend") == (
        '"word word word word word word word word word word\\x20\\\n      word word word word \\tend"'
    )
    assert head("x" * 90 + "  \t") == '\n      "' + "x" * 90 + '  \\\n      \\t"'


def test_emoji_of_unsure_width_are_escaped_only_where_a_line_must_be_folded() -> None:
    assert "❤️" in head("short ❤️\r\n" + "line\r\n" * 20)
    assert "\\u2764\\uFE0F" in head("long ❤️ " + "漢字 words " * 12 + "\r\nline")
    assert "漢字" in head("long ❤️ " + "漢字 words " * 12 + "\r\nline")


@pytest.mark.parametrize("piece", ["漢字 words ", "❤️ ", "é", "a \t", "🚀  ", "\x00"])
def test_notes_as_long_as_github_takes_them_are_written_in_no_time(piece: str) -> None:
    text = (piece * 125_000)[:125_000]
    begun = time.process_time()
    written = as_file(text, BESIDE_KEY)
    assert time.process_time() - begun < 2
    assert read_back(written) == text


def test_a_file_with_other_line_ends_has_no_folded_lines_because_hugo_misreads_them() -> None:
    assert "\n" not in head("word " * 40 + "\r\nmore", line_end="\r\n")
