"""A proposal stays whole whatever others write in it, and is never longer than GitHub takes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise

import msgspec
import pytest
from markdown_it import MarkdownIt

from bot.markdown import yaml_quoted
from bot.marker import BODY_LIMIT, read_marker, with_marker
from bot.proposal import SACRIFICES, Limits, Places, describe
from bot.status.changes import Changes
from bot.status.datafile import Source, Value
from bot.status.facts import Milestone, Release, RepositoryFacts
from bot.status.faults import Fault
from bot.status.ladder import Column
from bot.status.page import Page, PageRow
from tests.attacks import ATTACKS, CONTROLS, LIVE
from tests.proposals import CONFIG, MARKER, described, pictures
from tests.spring_2020 import SITE, april_page, page_of


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
def test_no_text_of_others_breaks_the_page_or_takes_effect(attack: str) -> None:
    page, changes = attacked(attack)
    text = described(page, changes)
    body = with_marker(text.body, MARKER)
    assert len(body) <= BODY_LIMIT
    assert read_marker(body) == MARKER
    for part in (text.title, text.body, text.commit_message):
        assert not LIVE.search(part)
        assert not CONTROLS.search(part)
    assert shape(text.body) == calm_shape(min(len(attack), 200))
    assert len(text.title) <= 250
    assert "\n" not in text.title
    subject, blank, *lines = text.commit_message.split("\n")
    assert subject.startswith("Update status of ")
    assert not blank
    assert all(re.match(r"- |  \S", line) for line in lines)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
def test_nothing_that_others_write_leaves_the_words_of_the_picture(attack: str) -> None:
    page, changes, made = april_page()
    readable = attack.encode(errors="replace").decode()  # the page is written without lone surrogates
    columns = (Column(readable), *made.columns[1:])
    moved = page.text.replace("msLabel: v0.1", f"msLabel: {yaml_quoted(readable)}")
    assert moved != page.text
    places = Places(public_url="https://bot.example.org")
    text = describe(replace(page, text=moved), changes, columns, site=SITE, config=CONFIG, places=places)
    [(words, address)] = pictures(text.body)
    assert words.startswith("Progress of 9 SIGs: ")
    assert len(words) <= 450
    assert re.fullmatch(rf"https://bot\.example\.org/chart/{SITE}\.svg\?v=[0-9a-f]{{10}}", address)
    assert not LIVE.search(text.body)
    assert not CONTROLS.search(text.body)


@cache
def calm_shape(length: int) -> list[str]:
    """The blocks of the same page where everybody writes so many harmless letters."""
    return shape(described(*attacked("c" * length)).body)


def attacked(attack: str) -> tuple[Page, Changes]:
    """A page on which everything that others write is an attack."""
    page, changes, _ = april_page()
    milestone = Milestone(title=attack, state="open", open=1, closed=1, url=f"https://x.example/{attack}")
    rows = tuple(attacked_row(row, attack, milestone) for row in page.rows)
    values: Mapping[str, Value] = {
        "msLabel": attack,
        "percent": 1,
        "milestoneUrl": attack,
        "releaseTag": attack,
        "releaseUrl": attack,
    }
    changed = [
        replace(
            row, label=f"{index}{attack}", after=values, before=None if row.before is None else row.before
        )
        for index, row in enumerate(changes.rows)
    ]
    faults = (Fault("data/progress_source.yaml", 3, f"no column `{attack}`; {attack}"),)
    return replace(page, rows=rows, faults=faults), Changes(tuple(changed))


def attacked_row(row: PageRow, attack: str, milestone: Milestone) -> PageRow:
    sig = replace(row.sig, label=f"{row.sig.index}{attack}")
    if row.status is None:
        return replace(row, sig=sig, held=attack, unreadable=attack, renamed_to=attack)
    reason = replace(row.status.column_reason, text=f"x {attack}", url=attack)
    status = replace(row.status, column_reason=reason, release_reason=reason, unmatched=(milestone,))
    return replace(row, sig=sig, status=status)


def shape(body: str) -> list[str]:
    """The blocks of a page without its words."""
    kinds = [token.type for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)]
    return [kind for kind in kinds if kind != "inline"]


@cache
def crowded_page(count: int) -> tuple[Page, Changes, Source]:
    """A page of many SIGs, each with a release, an unmatched milestone with a long title, and counts."""
    return page_of(crowd(count, "x" * 200))


def crowd(count: int, title: str) -> dict[str, RepositoryFacts]:
    """The facts of such SIGs."""
    return {
        f"sig-{index}": RepositoryFacts(
            milestones=(
                Milestone(
                    title="v0.2",
                    state="open",
                    open=index % 7 + 1,
                    closed=3,
                    number=1,
                    url=f"https://x.example/{index}/1",
                ),
                Milestone(
                    title=f"{title} {index}",
                    state="open",
                    open=1,
                    closed=1,
                    number=2,
                    url=f"https://x.example/{index}/2",
                ),
            ),
            releases=(Release(tag=f"v0.1.{index}", url=f"https://x.example/{index}/v0.1"),),
            error="502 Bad Gateway" if index % 10 == 0 else None,
        )
        for index in range(count)
    }


class TestLength:
    """A body is never longer than GitHub takes."""

    @pytest.mark.parametrize("count", [30, 120, 400])
    def test_lists_are_cut_until_it_fits(self, count: int) -> None:
        page, changes, made = crowded_page(count)
        started = time.perf_counter()
        text = describe(page, changes, made.columns, site=SITE, config=CONFIG)
        assert time.perf_counter() - started < 5
        body = with_marker(text.body, MARKER)
        assert len(body) <= BODY_LIMIT
        assert read_marker(body) == MARKER
        assert ("more." in body) == (count > 30)
        assert len(text.commit_message) < 20_000
        assert len(text.title) <= 72

    def test_as_much_is_shown_as_fits(self) -> None:
        page, changes, made = crowded_page(400)
        body = describe(page, changes, made.columns, site=SITE, config=CONFIG).body
        assert len(body) > BODY_LIMIT // 3

    def test_what_changes_and_what_is_broken_goes_last(self) -> None:
        first, last = SACRIFICES[0], SACRIFICES[-1]
        assert first == Limits()
        assert all(value == 1 for name, value in vars(last).items() if name != "titles")
        for before, after in pairwise(SACRIFICES):
            assert all(vars(after)[name] <= value for name, value in vars(before).items())
        weighty = ("faults", "lines")
        for limits in SACRIFICES:
            light = [value for name, value in vars(limits).items() if name not in (*weighty, "titles")]
            untouched = all(getattr(limits, name) == getattr(first, name) for name in weighty)
            assert untouched or set(light) == {1}, "all else goes before anything of these"

    def test_a_change_is_not_left_out_for_the_sake_of_a_list(self) -> None:
        page, changes, made = page_of(crowd(150, "x" * 200))
        body = describe(page, changes, made.columns, site=SITE, config=CONFIG).body
        assert "more." in body, "not everything fits"
        table = body.partition("### Progress")[0].partition("<details")[0]
        assert "more." not in table
        assert table.count("\n| [") == 135 * 2 + 15, "column and release of each that could be read"

    def test_even_the_worst_texts_fit(self) -> None:
        attack = "|`<" * 3000
        page, changes = attacked(attack)
        crowded = replace(
            page,
            rows=page.rows * 25,
            faults=tuple(Fault(f"data/{attack}", line, attack) for line in range(200)),
        )
        body = described(crowded, Changes(changes.rows * 25)).body
        assert len(body) <= BODY_LIMIT - 1000

    def test_a_name_of_any_length_is_cut(self) -> None:
        page, changes, made = april_page()
        endless = "x" * 200_000
        unmatched = (Milestone(title="Sprint 7", state="open", open=1, closed=1),)
        rows = [(row, row.status) for row in page.rows]
        for label, column in ((endless, "v0.1"), ("Python", endless)):
            long = tuple(
                replace(
                    row,
                    sig=replace(row.sig, label=label),
                    status=replace(status, column=column, unmatched=unmatched) if status else None,
                )
                for row, status in rows
            )
            body = describe(replace(page, rows=long), changes, made.columns, site=SITE, config=CONFIG).body
            assert len(body) < BODY_LIMIT // 4
            assert "`Sprint 7`" in body

    def test_a_path_of_any_length_is_cut_in_titles(self) -> None:
        page, _, made = april_page()
        config = msgspec.structs.replace(CONFIG, source=f"data/{'@a' * 240}.yaml")
        text = describe(page, Changes(()), made.columns, site=SITE, config=config)
        assert text.title.startswith("Follow data/@\u200ba")
        assert len(text.title) <= 256
        assert len(text.commit_message.split("\n")[0]) <= 72
