"""Hidden markers survive what people and GitHub do to the texts around them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.marker import (
    BODY_LIMIT,
    HANDS_OFF_MARKER,
    Marker,
    answer_marker,
    read_answer,
    read_faults_digest,
    read_marker,
    with_marker,
    without_marker,
    write_faults_marker,
    write_marker,
)
from tests.attacks import ATTACKS

MARKER = Marker(digest="3f" * 32, commit="0123456789abcdef0123456789abcdef01234567", remarks="a1b2")


@pytest.mark.parametrize("marker", [MARKER, Marker("", ""), Marker("a", "b", withdrawn=True)])
def test_what_is_written_can_be_read(marker: Marker) -> None:
    assert read_marker(with_marker("A body.", marker)) == marker


def test_nobody_sees_a_marker() -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(with_marker("A body.\n", MARKER))
    assert html == f"<p>A body.</p>\n{write_marker(MARKER)}"


def test_windows_line_ends_and_edits_around_it_do_not_matter() -> None:
    body = with_marker("A body.\n\nMore of it.", MARKER)
    assert read_marker(body.replace("\n", "\r\n")) == MARKER
    assert read_marker(f"{body}\r\nA word from a person.\r\n") == MARKER
    assert (
        read_marker(body.replace("<!-- status-bot {", "<!--status-bot\r\n  {").replace("} -->", "}\r\n-->"))
        == MARKER
    )


def test_the_last_marker_that_can_be_read_counts() -> None:
    older = write_marker(Marker("older", "aa"))
    broken = '<!-- status-bot {"digest": 7} -->'
    assert read_marker(f"{older}\n{write_marker(MARKER)}\n{broken}\n<!-- status-bot {{ -->") == MARKER


def test_keys_of_a_later_version_do_not_matter() -> None:
    assert read_marker('<!-- status-bot {"digest":"a","commit":"b","later":[1]} -->') == Marker("a", "b")


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "no marker",
        "<!-- status-bot -->",
        "<!-- status-bot {} -->",
        "<!-- status-bot [] -->",
        '<!-- status-bot {"digest":"a"} -->',
        '<!-- status-bot {"digest":"a","commit":"not hexadecimal"} -->',
        '<!-- status-bot {"digest":"a b","commit":"b"} -->',
        '<!-- status-bot {"digest":"a","commit":"b","withdrawn":"yes"} -->',
        '<!-- other-bot {"digest":"a","commit":"b"} -->',
        '&lt;!-- status-bot {"digest":"a","commit":"b"} --&gt;',
        '<!-- status-bot {"digest":"a","commit":"b"}',
        HANDS_OFF_MARKER,
        write_faults_marker("a1b2"),
        answer_marker(7, "rocket"),
        *(attack for attack in ATTACKS if "status-bot {" not in attack),
    ],
    ids=lambda body: ascii(body)[:40],
)
def test_anything_else_is_no_marker(body: str | None) -> None:
    assert read_marker(body) is None


@pytest.mark.parametrize(
    "marker", [Marker("-->", "aa"), Marker("a" * 129, "aa"), Marker("a", "HEAD"), Marker("a\n", "aa")]
)
def test_what_could_not_be_read_is_not_written(marker: Marker) -> None:
    with pytest.raises(ValueError, match="no marker can hold"):
        write_marker(marker)


def test_a_body_that_a_person_has_filled_makes_room_for_the_marker() -> None:
    filled = with_marker("🚀" * BODY_LIMIT, MARKER)
    assert len(filled) == BODY_LIMIT
    assert read_marker(filled) == MARKER


def test_markers_can_be_taken_out() -> None:
    assert without_marker(with_marker("A body.\n", MARKER)) == "A body."
    assert without_marker(with_marker("A body.", MARKER).replace("\n", "\r\n")) == "A body."
    assert without_marker(None) == without_marker(write_marker(MARKER)) == ""


def test_a_report_names_its_faults() -> None:
    assert read_faults_digest(f"words\r\n\r\n{write_faults_marker('a1b2')}\r\n") == "a1b2"
    assert read_faults_digest(f"{write_faults_marker('a')} {write_faults_marker('b')}") == "b"
    assert read_faults_digest(with_marker("", MARKER)) is None
    assert read_faults_digest(None) is None


def test_an_answer_names_its_comment_and_the_reaction_that_it_deserves() -> None:
    said = f"Words.\r\n\r\n{answer_marker(12, '-1')}\r\n"
    assert read_answer(said, 12) == "-1"
    assert (
        read_answer(said, 1) is read_answer(said, 2) is read_answer("", 12) is read_answer(None, 12) is None
    )
    assert read_answer(f"{answer_marker(12, 'confused')} {said}", 12) == "-1"


@given(st.text())
def test_no_text_is_an_accident(body: str) -> None:
    read_marker(body)
    read_faults_digest(body)
    read_answer(body, 7)
    assert read_marker(with_marker(body, MARKER)) == MARKER


def test_a_hostile_body_takes_little_time() -> None:
    started = time.perf_counter()
    for piece in (
        "<!-- status-bot {",
        "\n",
        "<!--",
        " ",
        "<!-- status-bot {} ",
        "}",
        '<!-- status-bot {"digest":"',
    ):
        body = "<!-- status-bot {" + piece * (65_536 // len(piece))
        read_marker(body)
        read_faults_digest(body)
        without_marker(body)
        read_answer(body, 7)
    assert time.perf_counter() - started < 2
