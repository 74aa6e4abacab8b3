"""Answers fit into a comment, whatever they have to tell; the stories of commands show their words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from bot.actions import LeaveAlone, Nothing, OpenPull
from bot.apply import Applied
from bot.commands import Request
from bot.desire import desire
from bot.github.model import SiteRef, SiteState, Tip
from bot.names import Found
from bot.observe import Observation
from bot.plan import Asked
from bot.reconcile import Outcome, Sight
from bot.replies import REPLY_ROOM, composed, done, explain, on_sites, preview, show, which
from bot.site import SiteConfig
from bot.status.datafile import read_source
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts
from tests.attacks import ATTACKS, CONTROLS, GITHUB, LIVE

NOON = datetime(2020, 4, 1, 12, tzinfo=UTC)
TIP = Tip("main", "c1", "t1", "", NOON)
URL = "https://github.com/o/site"
LONG = "é|`@x #1 <b>" * 12


@cache
def sight_of(rows: int, *, milestones: int = 1, body: str = "", label: str = "SIG") -> Sight:
    """A site with so many rows, none of which stands yet."""
    source = "columns: [label: v0.1, label: v0.2]\ndata:\n" + "".join(
        f"  - label: '{label} {number}'\n    sourceUrl: https://github.com/o/sig{number}\n"
        for number in range(rows)
    )
    facts = {
        f"o/sig{number}": RepositoryFacts(
            milestones=tuple(
                Milestone(
                    title=f"{LONG} {each}", state="open", open=1, closed=2, url=f"{URL}/milestone/{each}"
                )
                for each in range(milestones)
            ),
            releases=(Release(tag="v0.1.0", name=LONG, body=body, url=f"{URL}/releases/tag/v0.1.0"),),
        )
        for number in range(rows)
    }
    seen = Observation(
        state=SiteState(
            repository_id=1,
            full_name="o/site",
            url=URL,
            archived=False,
            private=False,
            default=TIP,
            base=TIP,
            branch=None,
            pulls=(),
        ),
        config=SiteConfig(),
        branch_name="status-bot/main",
        source=read_source(source),
        output=None,
        branch_output=None,
        facts=Facts(repositories=facts),
    )
    return Sight(seen, desire(seen), OpenPull(commit=True))


@pytest.mark.parametrize("room", [3_000, 20_000, REPLY_ROOM])
@pytest.mark.parametrize("rows", [1, 40, 400])
def test_a_page_of_any_size_is_shown_in_the_room_there_is(rows: int, room: int) -> None:
    reply = show(sight_of(rows, label=LONG), None, room)
    assert len(reply) <= room
    shown = GITHUB.render(reply).count("<tr>") - 1
    assert 0 < shown <= rows
    assert (f"… and {rows - shown} more." in reply) == (shown < rows)


@pytest.mark.parametrize("room", [6_000, REPLY_ROOM])
def test_rows_are_explained_in_the_room_there_is(room: int) -> None:
    sight = sight_of(100, milestones=40, label=LONG)
    assert sight.seen.source is not None
    reply = explain(sight, sight.seen.source.rows, room)
    assert len(reply) <= room
    assert "and 30 more. Rename them" in reply
    assert "\n… and " in reply


@pytest.mark.parametrize("room", [3_000, 20_000, REPLY_ROOM])
@pytest.mark.parametrize("body", ["line\n" * 30_000, "x" * 150_000, "```` @ada #1 <!-- \n" * 8_000])
def test_a_diff_of_any_size_is_shown_in_the_room_there_is(body: str, room: int) -> None:
    reply = preview(sight_of(2, body=body), room)
    assert room / 3 < len(reply) <= room or "more lines." not in reply
    assert len(reply) <= room
    assert [token.info for token in GITHUB.parse(reply) if token.type == "fence"] == ["diff"]
    assert not LIVE.search(reply)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
def test_no_text_of_others_takes_effect(attack: str) -> None:
    sight = sight_of(2, body=attack, milestones=2)
    request = Request(attack, None, attack)
    assert sight.seen.source is not None
    rows = sight.seen.source.rows
    named = tuple(replace(row, label=attack, repository=attack, component=attack) for row in rows)
    left_alone = LeaveAlone(f"because of {attack}", until=None)
    outcome = Outcome(
        SiteRef(1, 1, "o/site"), NOON, sight.seen, sight.wish, left_alone, Applied(attack, attack)
    )
    for words in (
        which(attack, Found(()), named),
        which(attack, Found(named), named),
        which(attack, Found((), named), named),
        show(replace(sight, action=left_alone), None, REPLY_ROOM),
        preview(replace(sight, action=left_alone), REPLY_ROOM),
        done(Asked.RECREATE, outcome),
        composed([(request, "one"), (request, "two")], 3),
        on_sites([(attack, "one"), ("", "two")]),
    ):
        assert not LIVE.search(words.replace("`@status-bot`", ""))
        assert not CONTROLS.search(words)
        assert len(words) <= REPLY_ROOM


def test_an_answer_without_room_is_left_out_and_the_others_are_not() -> None:
    request = Request("show", None)
    answers = [(request, "first"), (request, "x" * 70_000), (request, "last")]
    reply = composed(answers, 0)
    assert len(reply) < REPLY_ROOM
    assert [word in reply for word in ("first", "xxx", "last", "a comment of its own")] == [
        True,
        False,
        True,
        True,
    ]


def test_what_is_left_out_is_counted() -> None:
    one = [(Request("help", None), "The table.")]
    assert composed(one, 0) == "The table."
    assert "The last one is left out: give it" in composed(one, 1)
    assert "The last 7 are left out: give them" in composed(one, 7)


def test_several_pages_that_say_the_same_without_a_name_say_it_once() -> None:
    assert on_sites([("", "private"), ("o/site", "words"), ("", "private")]).count("private") == 1


def test_a_proposal_that_is_closed_by_a_refresh_is_told() -> None:
    sight = sight_of(1)
    closed = Applied("closed the proposal, for nothing is left to propose")
    outcome = Outcome(SiteRef(1, 1, "o/site"), NOON, sight.seen, sight.wish, Nothing(), closed)
    assert done(Asked.REFRESH, outcome) == "I closed the proposal, for nothing is left to propose."


def test_an_address_that_is_no_pull_request_is_not_linked() -> None:
    sight = sight_of(1)
    for url in (None, "https://github.com/o/site/issues/1", "javascript:alert(1)", f"{URL}/pull/1) [x](y"):
        applied = Applied("updated the proposal", url)
        outcome = Outcome(SiteRef(1, 1, "o/site"), NOON, sight.seen, sight.wish, Nothing(), applied)
        assert done(Asked.REFRESH, outcome) == "I updated the proposal."
