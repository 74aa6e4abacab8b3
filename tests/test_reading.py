"""One repository while its pages come in: what is asked next, and what is made of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.github.documents import FIRST_PAGE, Ask
from bot.github.reading import MAX_ROUNDS, Note, Reading, Wanted
from bot.status.facts import RepositoryFacts
from bot.status.ladder import Sig
from tests.readers import sig_of

GO = "open-telemetry/go"


def reading(*sigs: Sig, shown: Sequence[str] = ()) -> Reading:
    return Reading(Wanted(GO, sigs or (sig_of(GO),), frozenset(shown)))


def page(*nodes: Mapping[str, Any] | None, after: str | None = None) -> Mapping[str, Any]:
    """A page, with the cursor behind which there are more."""
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": after is not None, "endCursor": after}}


def milestone(number: int, title: str = "v0.1", *, done: int = 0, left: int = 0) -> Mapping[str, Any]:
    return {
        "number": number,
        "title": title,
        "state": "CLOSED" if done and not left else "OPEN",
        "url": f"https://github.com/{GO}/milestone/{number}",
        "openIssueCount": left,
        "closedIssueCount": done,
    }


def release(tag: str, *, draft: bool = False, prerelease: bool = False, name: str = "") -> Mapping[str, Any]:
    return {
        "id": f"RE_{name or tag}",
        "tagName": tag,
        "name": name,
        "isDraft": draft,
        "isPrerelease": prerelease,
        "isLatest": False,
        "publishedAt": None if draft else "2020-03-01T00:00:00Z",
        "updatedAt": "2020-03-01T00:00:00Z",
        "url": f"https://github.com/{GO}/releases/tag/{tag}",
    }


def answer(
    milestones: Mapping[str, Any] | None = None,
    releases: Mapping[str, Any] | None = None,
    **singles: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    """An answer of one repository; what was not asked for is not in it."""
    pages = {"milestones": milestones, "releases": releases}
    known = {"nameWithOwner": GO, "isPrivate": False}
    return known | {name: each for name, each in pages.items() if each} | singles


def test_the_first_question_is_for_both_first_pages() -> None:
    assert reading().next == Ask(GO, FIRST_PAGE, FIRST_PAGE)


def test_one_answer_that_holds_everything_ends_the_reading() -> None:
    go = reading()
    go.take(answer(page(milestone(1)), page(release("v1.0.0")), latestRelease=release("v1.0.0")))
    assert go.next is None
    facts = go.facts({Note("RE_v1.0.0", "2020-03-01T00:00:00Z"): "Notes"})
    assert [each.title for each in facts.milestones] == ["v0.1"]
    assert [(each.tag, each.body) for each in facts.releases] == [("v1.0.0", "Notes")]


def test_only_what_is_still_needed_is_asked_next() -> None:
    go = reading(shown=["v1.0.0", "v9.0.0", "v8.0.0"])
    go.take(answer(page(milestone(1), after="M100"), page(release("v1.0.0"), after="R100")))
    assert go.next == Ask(GO, "M100", None, ("v8.0.0", "v9.0.0"))
    go.take(answer(page(milestone(2)), tag0=None, tag1=release("v9.0.0")))
    assert {each.tag for each in go.facts({}).releases} == {"v1.0.0", "v9.0.0"}
    assert [each.number for each in go.facts({}).milestones] == [1, 2]


def test_a_release_that_github_marks_as_latest_spares_the_older_pages() -> None:
    go = reading()
    candidates = page(*(release(f"v2.0.0-rc.{number}", prerelease=True) for number in range(3)), after="R3")
    go.take(answer(page(), candidates, latestRelease=release("v1.0.0")))
    assert go.next is None


@pytest.mark.parametrize("first", [release("v2.0.0-rc.1", prerelease=True), release("nightly"), None])
def test_older_pages_are_asked_for_while_there_is_no_final_release(first: Mapping[str, Any] | None) -> None:
    go = reading()
    go.take(answer(page(), page(first, after="R100"), latestRelease=None))
    assert go.next == Ask(GO, None, "R100")


def test_releases_are_not_asked_for_without_end() -> None:
    go = reading()
    for number in range(MAX_ROUNDS):
        assert go.next is not None
        go.take(answer(page(), page(release(f"v1.0.0-rc.{number}", prerelease=True), after=f"R{number}")))
    assert go.next is None
    facts = go.facts({})
    assert (facts.error, len(facts.releases)) == (None, MAX_ROUNDS)


def test_milestones_beyond_the_last_page_that_is_read_make_an_error() -> None:
    go = reading()
    for number in range(MAX_ROUNDS):
        assert go.next is not None
        go.take(answer(page(milestone(number), after=f"M{number}")))
    assert (go.next, go.passing) == (None, False)
    assert go.facts({}) == RepositoryFacts(error="more than 1,000 milestones")


def test_a_release_that_slipped_onto_the_next_page_counts_once() -> None:
    go = reading(sig_of(GO, component="core"))
    go.take(answer(page(), page(release("sdk-1.1.0"), release("sdk-1.0.0"), after="R2")))
    go.take(answer(releases=page(release("sdk-1.0.0", name="edited meanwhile"), release("core-1.0.0"))))
    assert [(each.tag, each.name) for each in go.facts({}).releases] == [
        ("sdk-1.1.0", ""),
        ("sdk-1.0.0", "edited meanwhile"),
        ("core-1.0.0", ""),
    ]


def test_entries_that_are_null_are_passed_over() -> None:
    go = reading()
    go.take(answer(page(None, milestone(1)), page(None, release("v1.0.0")), latestRelease=None))
    assert (len(go.milestones), list(go.releases)) == (1, ["v1.0.0"])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_a_release_is_preferred_to_any_draft_of_its_tag(order: tuple[int, ...]) -> None:
    of_one_tag = (
        release("v1.0.0", draft=True, name="a draft"),
        release("v1.0.0", name="published"),
        release("v1.0.0", draft=True, name="another draft"),
    )
    go = reading()
    go.take(answer(page(), page(*(of_one_tag[number] for number in order))))
    assert [each.name for each in go.facts({}).releases] == ["published"]
    assert go.chosen_notes() == {Note("RE_published", "2020-03-01T00:00:00Z")}


def test_a_page_that_is_null_is_no_empty_page() -> None:
    go = reading()
    go.take({**answer(page(milestone(1))), "releases": None})
    assert go.facts({}) == RepositoryFacts(error="GitHub gave no releases")
    assert (go.next, go.passing) == (None, True)


def test_nothing_is_left_of_a_repository_that_failed_half_way() -> None:
    go = reading()
    go.take(answer(page(milestone(1), after="M100"), page(release("v1.0.0"))))
    go.fail("502", passing=True)
    assert go.next is None
    assert go.facts({}) == RepositoryFacts(error="502")


def test_the_present_name_is_told_only_where_it_is_another() -> None:
    same, other = reading(), reading()
    same.take(answer(page(), page()))
    other.take({**answer(page(), page()), "nameWithOwner": "open-telemetry/golang"})
    assert same.facts({}).full_name is None
    assert other.facts({}).full_name == "open-telemetry/golang"


def test_a_milestones_counts_and_state_are_githubs() -> None:
    go = reading()
    go.take(answer(page(milestone(1, done=3), milestone(2, "v0.2", done=3, left=2)), page()))
    assert [(each.state, each.open, each.closed, each.number) for each in go.facts({}).milestones] == [
        ("closed", 0, 3, 1),
        ("open", 2, 3, 2),
    ]
