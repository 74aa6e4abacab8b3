"""The page through years of real releases: after every tag it shows the right one.

Three repositories' histories stand beside this file, with the days on which people brought the real page
up to date. More evidence is replayed where it lies in the directory that ``EVIDENCE`` names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from packaging.version import Version

from bot.status import progress
from bot.status.facts import Release
from bot.status.ladder import Sig
from bot.status.progress import latest_release
from bot.status.versions import read_tag
from tests.replays import Tagged, history_of, replay, with_what_else_is_tagged

JAVA, SPECIFICATION = "opentelemetry-java", "opentelemetry-specification"
COLLECTOR = "opentelemetry-collector-releases"
REPOSITORIES = (COLLECTOR, JAVA, SPECIFICATION)
ROW = Sig("x", "a/b")

TAGGED_AFTER_ITS_PATCH = {(COLLECTOR, "v0.140.0"): "v0.140.1"}
"""A person took the page to the version that was tagged last, though a higher one was out already."""

TAG_MOVED = {(SPECIFICATION, "v1.18.0"), (COLLECTOR, "v0.78.0"), (COLLECTOR, "v0.141.0")}
"""The page was changed before the day that the tag bears now."""

PATCHED_WHILE_A_PERSON_WAITED = {
    (JAVA, "v1.60.0"): "v1.60.1",
    (COLLECTOR, "v0.115.0"): "v0.115.1",
    (COLLECTOR, "v0.116.0"): "v0.116.1",
    (COLLECTOR, "v0.123.0"): "v0.123.1",
    (COLLECTOR, "v0.132.1"): "v0.132.2",
    (COLLECTOR, "v0.140.0"): "v0.140.1",
    (COLLECTOR, "v0.150.0"): "v0.150.1",
}
"""By the end of the day on which a person merged the version, a higher one was out."""


@pytest.fixture(autouse=True)
def _tags_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay asks about all the tags again and again."""
    monkeypatch.setattr(progress, "read_tag", cache(read_tag))


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_every_change_that_people_made_by_hand_is_proposed_when_its_version_comes_out(
    repository: str, record_property: Callable[[str, object], None]
) -> None:
    history = history_of(repository)
    shown = {each.after.tag: each.tag for each in replay(with_what_else_is_tagged(history), ROW)}
    bumps = [tagged.tag for tagged in history for _ in tagged.merged]
    others = {(repository, tag): shown[tag] for tag in bumps if shown[tag] != tag}
    assert others == {key: tag for key, tag in TAGGED_AFTER_ITS_PATCH.items() if key[0] == repository}
    right = sum(shown[tag] == tag for tag in bumps)
    figure = f"{repository}: {right} of {len(bumps)} changes by hand are proposed at the moment of the tag"
    record_property(
        "figure", "; ".join((figure, *(f"not {tag}, for {now} is out" for (_, tag), now in others.items())))
    )


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_on_the_day_a_person_merged_a_version_the_page_shows_it_already(repository: str) -> None:
    history = history_of(repository)
    others = {}
    for bump, day in ((tagged, day) for tagged in history for day in tagged.merged):
        shown = latest_on(day, history)
        if shown != bump.tag:
            others[repository, bump.tag] = shown
            assert is_explained(repository, bump, day, shown)
    excused = {*TAG_MOVED, *PATCHED_WHILE_A_PERSON_WAITED}
    assert set(others) == {key for key in excused if key[0] == repository}


def latest_on(day: str, history: tuple[Tagged, ...]) -> str:
    shown, _ = latest_release(ROW, [Release(tag=each.tag) for each in history if each.day <= day])
    assert shown is not None
    return shown.tag


def is_explained(repository: str, bump: Tagged, day: str, shown: str) -> bool:
    """Whether a named exception is what its name says."""
    if (repository, bump.tag) in TAG_MOVED:
        return day < bump.day
    higher = PATCHED_WHILE_A_PERSON_WAITED[repository, bump.tag]
    return shown == higher and Version(bump.tag) < Version(higher)


@pytest.mark.parametrize("repository", REPOSITORIES)
@pytest.mark.parametrize("flagged", [False, True], ids=["no flags", "all flagged as pre-releases"])
def test_no_nightly_draft_or_other_component_is_ever_shown_and_no_step_goes_down(
    repository: str, *, flagged: bool
) -> None:
    before = Version("0")
    for shown in replay(with_what_else_is_tagged(history_of(repository)), ROW, flagged=flagged):
        if shown.tag is None:
            assert before == Version("0")
            continue
        assert "nightly" not in shown.tag
        assert "/" not in shown.tag
        assert not shown.tag.startswith("v99.")
        assert Version(shown.tag) >= before
        before = Version(shown.tag)
    assert before == max(Version(each.tag) for each in history_of(repository))


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_the_order_in_which_releases_are_told_changes_nothing(
    repository: str,
) -> None:
    told: list[Release] = []
    for shown in replay(with_what_else_is_tagged(history_of(repository)), ROW):
        told.insert(0, Release(tag=shown.after.tag, draft=shown.after.draft))
        latest, reason = latest_release(ROW, told)
        assert (None if latest is None else latest.tag) == shown.tag
        assert reason == shown.reason


def test_a_row_of_another_component_follows_that_component_alone() -> None:
    history = history_of(JAVA)
    row = Sig("x", "a/b", component="cmd/builder")
    shown = [each.tag for each in replay(with_what_else_is_tagged(history), row)]
    assert list(dict.fromkeys(shown)) == [
        None,
        *(f"cmd/builder/v{n}.0.0" for n in range(1, len(history) + 1)),
    ]


def test_a_deleted_release_gives_way_to_the_one_before() -> None:
    releases = [Release(tag=each.tag) for each in history_of(JAVA) if each.day <= "2026-03-07"]
    assert latest_release(ROW, releases)[0] == Release(tag="v1.60.1")
    assert latest_release(ROW, releases[:-1])[0] == Release(tag="v1.60.0")
