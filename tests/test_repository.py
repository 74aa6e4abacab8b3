"""Facts and files of repositories: few requests, and what could not be read said as such."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.github.client import Client
from bot.github.errors import GitHubError, RateLimited, TooMuch, Unavailable
from bot.github.reading import Wanted
from bot.github.repository import FactsRead, FactsReader, FileReader
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.status.facts import RepositoryFacts
from bot.status.ladder import Sig
from bot.status.progress import latest_release
from tests.clocks import FakeClock
from tests.readers import Access, access, names_in, queries, query_in, sig_of, stage

ORGANIZATION = "open-telemetry"
PYTHON = f"{ORGANIZATION}/python"
BAD_GATEWAY = Response(502, {"message": "Bad Gateway"})
LIMITS_EXCEEDED = {
    "type": "RESOURCE_LIMITS_EXCEEDED",
    "message": "Resource limits for this query exceeded.",
}


@dataclass
class Desk(Access):
    """A reader of facts in front of an organisation's GitHub."""

    reader: FactsReader = field(default_factory=FactsReader)
    files: FileReader = field(default_factory=FileReader)

    def create(self, count: int, *, releases: bool = False) -> list[str]:
        """So many repositories of the organisation, each with a release if that is wished."""
        names = [f"{ORGANIZATION}/sig-{number:03}" for number in range(count)]
        for name in names:
            repository = self.github.create_repository(name)
            if releases:
                repository.create_release("v1.0.0", body=f"The first of {name}")
        return names

    async def read(self, *repositories: str, client: Client | None = None) -> FactsRead:
        """Read repositories, each for a row that says nothing special."""
        return await self.read_for(*map(sig_of, repositories), client=client)

    async def read_for(
        self, *sigs: Sig, shown: Sequence[str] = (), client: Client | None = None
    ) -> FactsRead:
        """Read the repositories of these rows, of which the page shows these tags."""
        wanted = [Wanted(sig.repository, (sig,), frozenset(shown)) for sig in sigs]
        return await self.reader.read(client or self.client, wanted)

    async def facts(
        self, sig: Sig, shown: Sequence[str] = (), client: Client | None = None
    ) -> RepositoryFacts:
        """What is read for one row."""
        read = await self.read_for(sig, shown=shown, client=client)
        return read.repositories[sig.repository]


@pytest.fixture
async def desk(github: Sandbox, clock: FakeClock) -> AsyncIterator[Desk]:
    github.create_organization(ORGANIZATION)
    async with access(github, clock, ORGANIZATION) as reached:
        yield Desk(**vars(reached))


@pytest.fixture
async def storm(clock: FakeClock) -> AsyncIterator[Desk]:
    """The same in front of a GitHub that is about to fail; what it says then is not GitHub's anyway."""
    async with access(Sandbox(clock), clock, ORGANIZATION) as reached:
        yield Desk(**vars(reached))


# -- what is read -----------------------------------------------------------------------------


async def test_everything_that_the_page_needs_is_read(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.create_milestone("v0.1", open=0, closed=3, state="closed")
    python.create_milestone("v0.2", open=2, closed=1)
    python.create_release("v0.1.0", name="First", body="Spans", published_at="2020-03-01T00:00:00Z")
    facts = await desk.facts(sig_of(PYTHON))
    assert [
        (milestone.title, milestone.state, milestone.open, milestone.closed, milestone.number)
        for milestone in facts.milestones
    ] == [("v0.1", "closed", 0, 3, 1), ("v0.2", "open", 2, 1, 2)]
    [release] = facts.releases
    assert (release.tag, release.name, release.body) == ("v0.1.0", "First", "Spans")
    assert (release.draft, release.prerelease, release.latest) == (False, False, True)
    assert release.published_at == "2020-03-01T00:00:00Z"
    assert str(release.url).endswith("/open-telemetry/python/releases/tag/v0.1.0")
    assert (facts.error, facts.full_name) == (None, None)


async def test_the_second_page_of_milestones_is_read(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    for number in range(130):
        python.create_milestone(f"Task {number}")
    facts = await desk.facts(sig_of(PYTHON))
    assert {milestone.number for milestone in facts.milestones} == set(range(1, 131))
    assert len(queries(desk.github, "Facts")) == 2


async def test_a_repository_with_more_milestones_than_are_read_is_not_guessed_at(desk: Desk) -> None:
    python, java = (desk.github.create_repository(f"{ORGANIZATION}/{name}") for name in ("python", "java"))
    java.create_milestone("v0.1")
    for number in range(1001):
        python.create_milestone(f"Task {number}")
    read = await desk.read(python.full_name, java.full_name)
    assert read.repositories[python.full_name] == RepositoryFacts(error="more than 1,000 milestones")
    assert read.passing_errors == frozenset(), "there will be no fewer in a minute"
    assert len(read.repositories[java.full_name].milestones) == 1


async def test_pages_of_releases_are_read_until_the_component_has_a_final_one(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    for number in range(230, 0, -1):
        match number:
            case 150:
                python.create_release("core-1.18.0", body="At last")
            case 10:
                python.create_release("core-1.19.0rc1", prerelease=True)
            case _:
                python.create_release(f"sdk-0.{231 - number}.0")
    sig = sig_of(PYTHON, component="core")
    facts = await desk.facts(sig)
    assert len(facts.releases) == 200, "the third page is not needed"
    chosen = latest_release(sig, facts.releases)[0]
    assert chosen is not None
    assert (chosen.tag, chosen.body) == ("core-1.18.0", "At last")


async def test_one_page_of_releases_does_where_it_holds_a_final_one(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    for number in range(230):
        python.create_release(f"v0.{number}.0")
    facts = await desk.facts(sig_of(PYTHON))
    assert len(facts.releases) == 100
    assert len(queries(desk.github, "Facts")) == 1


async def test_a_candidate_is_no_final_release_whatever_its_flag_says(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.create_release("v1.0.0", body="Final")
    for number in range(120):
        python.create_release(f"v2.0.0-rc.{number}")
    sig = sig_of(PYTHON)
    chosen = latest_release(sig, (await desk.facts(sig)).releases)[0]
    assert chosen is not None
    assert (chosen.tag, chosen.body) == ("v1.0.0", "Final")


async def test_one_page_does_for_a_row_that_asks_for_prereleases(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    for number in range(120):
        python.create_release(f"v2.0.0-rc.{number}", prerelease=True, body=f"Candidate {number}")
    sig = sig_of(PYTHON, prereleases=True)
    facts = await desk.facts(sig)
    chosen = latest_release(sig, facts.releases)[0]
    assert chosen is not None
    assert (chosen.body, len(facts.releases)) == ("Candidate 119", 100)


async def test_every_row_of_a_repository_gets_the_pages_that_it_needs(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.create_release("rare/v2.0.0", body="Rare")
    for number in range(120):
        python.create_release(f"v1.{number}.0", body=f"Common {number}")
    sigs = (sig_of(PYTHON), sig_of(PYTHON, component="rare"))
    read = await desk.reader.read(desk.client, [Wanted(PYTHON, sigs)])
    chosen = [latest_release(sig, read.repositories[PYTHON].releases)[0] for sig in sigs]
    assert [release.body for release in chosen if release] == ["Common 119", "Rare"]


async def test_a_release_that_the_page_shows_is_asked_for_by_its_tag(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.create_release("v2.0.0", body="The great one")
    for number in range(120):
        python.create_release(f"v1.{number}.0")
    sig = sig_of(PYTHON)
    facts = await desk.facts(sig, shown=["v2.0.0"])
    chosen = latest_release(sig, facts.releases)[0]
    assert chosen is not None
    assert (chosen.tag, chosen.body) == ("v2.0.0", "The great one")


async def test_a_release_that_was_deleted_is_not_brought_back(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.create_release("v2.0.0")
    for number in range(120):
        python.create_release(f"v1.{number}.0")
    python.delete_release("v2.0.0")
    facts = await desk.facts(sig_of(PYTHON), shown=["v2.0.0"])
    assert "v2.0.0" not in {release.tag for release in facts.releases}
    assert len(queries(desk.github, "Facts")) == 2, "it was asked for, once"


async def test_a_shown_release_on_the_first_page_is_not_asked_for_again(desk: Desk) -> None:
    desk.github.create_repository(PYTHON).create_release("v2.0.0")
    await desk.facts(sig_of(PYTHON), shown=["v2.0.0"])
    assert len(queries(desk.github, "Facts")) == 1


async def test_drafts_are_not_to_be_seen_with_the_apps_own_token(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.create_release("v1.0.0")
    python.create_release("v2.0.0", draft=True)
    facts = await desk.facts(sig_of(PYTHON), shown=["v2.0.0"])
    assert [release.tag for release in facts.releases] == ["v1.0.0"]


async def test_a_draft_that_a_persons_token_sees_proves_nothing(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.add_collaborator("ada", "admin")
    python.create_release("v1.0.0")
    python.create_release("v2.0.0", draft=True)
    sig = sig_of(PYTHON)
    facts = await desk.facts(sig, client=desk.client_of("ada"))
    assert {release.tag: release.draft for release in facts.releases} == {"v1.0.0": False, "v2.0.0": True}
    chosen = latest_release(sig, facts.releases)[0]
    assert chosen is not None
    assert chosen.tag == "v1.0.0"


async def test_a_draft_does_not_hide_the_release_of_the_same_tag(desk: Desk) -> None:
    python = desk.github.create_repository(PYTHON)
    python.add_collaborator("ada", "admin")
    python.create_release("v1.0.0", draft=True, name="left over")
    await desk.clock.advance(60)
    python.create_release("v1.0.0", name="the real one")
    await desk.clock.advance(60)
    python.create_release("v1.0.0", draft=True, name="a copy")
    python.create_release("v1.1.0", name="the latest")
    facts = await desk.facts(sig_of(PYTHON), client=desk.client_of("ada"))
    assert {(release.name, release.draft) for release in facts.releases} == {
        ("the latest", False),
        ("the real one", False),
    }


async def test_a_renamed_repository_is_followed_and_named(desk: Desk) -> None:
    desk.github.create_repository(f"{ORGANIZATION}/service").create_milestone("v0.1")
    desk.github.repository(f"{ORGANIZATION}/service").rename("collector")
    facts = await desk.facts(sig_of(f"{ORGANIZATION}/service"))
    assert facts.full_name == f"{ORGANIZATION}/collector"
    assert len(facts.milestones) == 1


# -- how few requests it takes ----------------------------------------------------------------


async def test_twenty_repositories_are_asked_for_at_once(desk: Desk) -> None:
    names = desk.create(45)
    read = await desk.read(*names)
    assert list(read.repositories) == names
    assert sorted(len(names_in(query)) for query in queries(desk.github, "Facts")) == [5, 20, 20]


async def test_all_second_pages_come_in_one_further_query(desk: Desk) -> None:
    names = desk.create(45)
    large = [names[0], names[25], names[44]]
    for name in large:
        repository = desk.github.repository(name)
        for number in range(101):
            repository.create_milestone(f"Task {number}")
    read = await desk.read(*names)
    assert [len(read.repositories[name].milestones) for name in large] == [101, 101, 101]
    further = queries(desk.github, "Facts")[3:]
    assert [names_in(query) for query in further] == [["sig-000", "sig-025", "sig-044"]]
    assert "releases(" not in further[0]["query"]


async def test_no_more_than_four_queries_run_at_once(desk: Desk) -> None:
    names = desk.create(101)
    running: set[RequestRecord] = set()
    most = 0

    def count(record: RequestRecord) -> None:
        nonlocal most
        if query_in(record, "Facts"):
            running.difference_update([known for known in running if known.status])
            running.add(record)
            most = max(most, len(running))

    desk.github.intercept(count)
    desk.github.latency(graphql_seconds=0.005)
    await desk.read(*names)
    assert most == 4


async def test_a_hundred_sigs_are_read_cold_in_a_handful_of_requests(desk: Desk) -> None:
    names = desk.create(100, releases=True)
    read = await desk.read(*names)
    assert all(facts.releases[0].body for facts in read.repositories.values())
    asked = [record for record in desk.github.requests if "access_tokens" not in record.path]
    assert len(asked) <= 8
    assert {record.path for record in asked} == {"/graphql"}
    assert sum(record.graphql_cost for record in asked) <= 12


async def test_progress_is_told_until_everything_is_read(desk: Desk) -> None:
    names = desk.create(45)
    told: list[tuple[int, int]] = []
    wanted = [Wanted(name, (sig_of(name),)) for name in names]
    await desk.reader.read(desk.client, wanted, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (45, 45)
    assert len(told) == 3


async def test_nothing_is_asked_where_nothing_is_wanted(desk: Desk) -> None:
    assert (await desk.read()).repositories == {}
    assert desk.github.requests == []


# -- the notes --------------------------------------------------------------------------------


async def test_only_the_notes_of_the_chosen_releases_are_read_and_in_one_query(desk: Desk) -> None:
    names = desk.create(3, releases=True)
    desk.github.repository(names[0]).create_release("v1.1.0", body="The second")
    read = await desk.read(*names)
    [query] = queries(desk.github, "Notes")
    assert len(query["variables"]["ids"]) == 3
    bodies = {release.tag: release.body for release in read.repositories[names[0]].releases}
    assert bodies == {"v1.1.0": "The second", "v1.0.0": None}


async def test_notes_are_not_read_again_until_they_are_edited(desk: Desk) -> None:
    names = desk.create(3, releases=True)
    await desk.read(*names)
    read = await desk.read(*names)
    assert len(queries(desk.github, "Notes")) == 1
    assert read.repositories[names[1]].releases[0].body == f"The first of {names[1]}"

    await desk.clock.advance(60)
    edited = desk.github.repository(names[1]).edit_release("v1.0.0", body="Better words")
    read = await desk.read(*names)
    assert queries(desk.github, "Notes")[1:] == [
        {"query": queries(desk.github, "Notes")[0]["query"], "variables": {"ids": [edited.node_id]}}
    ]
    assert read.repositories[names[1]].releases[0].body == "Better words"
    assert read.repositories[names[2]].releases[0].body == f"The first of {names[2]}"


async def test_a_release_without_notes_has_empty_ones(storm: Desk) -> None:
    storm.github.create_repository(PYTHON).create_release("v1.0.0")
    assert (await storm.facts(sig_of(PYTHON))).releases[0].body == ""


def notes_fail(github: Sandbox, answer: Response, *culprits: str, least: int = 1) -> None:
    """Answer so wherever the notes of these releases are asked for, or those of that many."""

    def staged(record: RequestRecord) -> Response | None:
        query = query_in(record, "Notes")
        if query is None:
            return None
        asked = query["variables"]["ids"]
        return answer if set(culprits) & set(asked) or len(asked) >= least > 1 else None

    github.intercept(staged)


@pytest.mark.parametrize(
    "answer",
    [BAD_GATEWAY, Response(200, {"data": {"nodes": [None]}, "errors": [LIMITS_EXCEEDED]})],
    ids=["too slow", "too much"],
)
async def test_notes_that_are_too_much_at_once_are_read_in_halves(storm: Desk, answer: Response) -> None:
    names = storm.create(5, releases=True)
    notes_fail(storm.github, answer, least=3)
    read = await storm.read(*names)
    assert [read.repositories[name].releases[0].body for name in names] == [
        f"The first of {name}" for name in names
    ]
    asked = [len(query["variables"]["ids"]) for query in queries(storm.github, "Notes")]
    assert sorted(asked) == [1, 2, 2, 3, 5]


async def test_notes_that_cannot_be_read_keep_only_their_own_repository_back(storm: Desk) -> None:
    names = storm.create(5, releases=True)
    culprit = storm.github.repository(names[2]).release("v1.0.0")
    notes_fail(storm.github, BAD_GATEWAY, culprit.node_id)
    read = await storm.read(*names)
    assert [name for name in names if read.repositories[name].error] == [names[2]]
    assert read.passing_errors == {names[2]}
    assert read.repositories[names[4]].releases[0].body == f"The first of {names[4]}"


async def test_a_release_that_vanishes_meanwhile_keeps_only_its_own_repository_back(desk: Desk) -> None:
    names = desk.create(3, releases=True)

    def delete_it(record: RequestRecord) -> None:
        if query_in(record, "Notes"):
            desk.github.repository(names[0]).delete_release("v1.0.0")

    forget = desk.github.intercept(delete_it)
    read = await desk.read(*names)
    forget()
    assert read.passing_errors == {names[0]}
    assert "notes" in str(read.repositories[names[0]].error)
    assert read.repositories[names[1]].releases[0].body == f"The first of {names[1]}"
    assert (await desk.read(names[0])).repositories[names[0]].releases == (), "the next look sees it gone"


async def test_github_going_down_before_the_notes_is_raised(storm: Desk) -> None:
    names = storm.create(60, releases=True)
    notes_fail(storm.github, BAD_GATEWAY, *(release_of(storm.github, name) for name in names))
    with pytest.raises(TooMuch):
        await storm.read(*names)
    assert len(queries(storm.github, "Notes")) < 20


def release_of(github: Sandbox, name: str) -> str:
    return github.repository(name).release("v1.0.0").node_id


# -- what cannot be read ----------------------------------------------------------------------


async def test_a_repository_that_is_gone_says_so_and_the_others_are_good(desk: Desk) -> None:
    names = desk.create(3, releases=True)
    desk.github.repository(names[1]).delete()
    read = await desk.read(*names)
    assert read.repositories[names[1]] == RepositoryFacts(error="404 Not Found")
    assert [len(read.repositories[name].releases) for name in (names[0], names[2])] == [1, 1]
    assert read.passing_errors == frozenset()


async def test_a_private_repository_that_the_token_may_not_see_is_as_good_as_gone(desk: Desk) -> None:
    desk.github.create_repository("elsewhere/secret", private=True).create_release("v1.0.0")
    read = await desk.read("elsewhere/secret")
    assert read.repositories["elsewhere/secret"] == RepositoryFacts(error="404 Not Found")


@pytest.mark.parametrize("culprit", [0, 7, 19])
async def test_a_batch_is_halved_until_its_one_culprit_remains(storm: Desk, culprit: int) -> None:
    names = storm.create(20, releases=True)
    stage(storm.github, "Facts", BAD_GATEWAY, f"sig-{culprit:03}")
    read = await storm.read(*names)
    assert [name for name in names if read.repositories[name].error] == [names[culprit]]
    assert "502" in str(read.repositories[names[culprit]].error)
    assert read.passing_errors == {names[culprit]}
    assert len(queries(storm.github, "Facts")) <= 11


async def test_a_culprit_at_the_head_of_every_batch_does_not_pass_for_an_outage(storm: Desk) -> None:
    names = storm.create(80)
    culprits = {names[start] for start in range(0, 80, 20)}
    stage(storm.github, "Facts", BAD_GATEWAY, *(name.partition("/")[2] for name in culprits))
    read = await storm.read(*names)
    assert {name for name in names if read.repositories[name].error} == culprits == read.passing_errors


async def test_a_few_culprits_side_by_side_do_not_pass_for_an_outage(storm: Desk) -> None:
    names = storm.create(20)
    stage(storm.github, "Facts", BAD_GATEWAY, *(name.partition("/")[2] for name in names[:4]))
    read = await storm.read(*names)
    assert read.passing_errors == set(names[:4])


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ([LIMITS_EXCEEDED], "Resource limits"),
        ([{**LIMITS_EXCEEDED, "path": ["r0", "releases"]}], "Resource limits"),
        ([{"message": "Something went wrong while executing your query."}], "Something went wrong"),
    ],
    ids=["limits", "limits at a path", "a time-out that comes as success"],
)
async def test_partial_data_is_not_used_but_asked_for_in_halves(
    storm: Desk, errors: list[dict[str, Any]], message: str
) -> None:
    names = storm.create(6, releases=True)
    nothing: dict[str, Any] = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    partial = {"nameWithOwner": names[0], "milestones": nothing, "latestRelease": None, "releases": nothing}
    data = {f"r{number}": partial for number in range(6)}
    stage(storm.github, "Facts", Response(200, {"data": data, "errors": errors}), "sig-004")
    read = await storm.read(*names)
    assert [len(read.repositories[name].releases) for name in names] == [1, 1, 1, 1, 0, 1]
    assert message in str(read.repositories[names[4]].error)
    assert read.passing_errors == {names[4]}


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        ({"type": "FORBIDDEN", "message": "Resource not accessible by integration"}, False),
        ({"type": "SERVICE_UNAVAILABLE", "message": "Try again"}, True),
        ({"message": "A flaw without a type"}, True),
    ],
)
async def test_an_error_of_one_repository_is_its_own(
    desk: Desk, error: dict[str, str], *, passing: bool
) -> None:
    names = desk.create(2, releases=True)
    good: dict[str, Any] = {}

    async def keep_the_good_part(record: RequestRecord) -> Response | None:
        if query_in(record, "Facts") is None or not good:
            return None
        errors = [{**error, "path": ["r0"]}]
        return Response(200, {"data": {"r0": None, "r1": good}, "errors": errors})

    desk.github.intercept(keep_the_good_part)
    await desk.read(*names)
    good |= desk.github.requests[-2].answered["data"]["r1"]
    read = await desk.read(*names)
    assert read.repositories[names[0]] == RepositoryFacts(error=error["message"])
    assert (names[0] in read.passing_errors) is passing
    assert read.repositories[names[1]].releases[0].body == f"The first of {names[1]}"


@pytest.mark.parametrize("part", [None, {"nameWithOwner": PYTHON, "milestones": None, "releases": None}])
async def test_a_part_that_is_missing_without_a_word_is_no_empty_one(storm: Desk, part: object) -> None:
    stage(storm.github, "Facts", Response(200, {"data": {"r0": part}}))
    read = await storm.read(PYTHON)
    assert "GitHub gave no" in str(read.repositories[PYTHON].error)
    assert read.passing_errors == {PYTHON}


@pytest.mark.parametrize(
    "part",
    [{}, 7, {"nameWithOwner": PYTHON, "isPrivate": False, "milestones": {"nodes": [{}]}, "releases": {}}],
    ids=["empty", "a number", "a milestone without a title"],
)
async def test_a_part_that_makes_no_sense_keeps_only_its_own_repository_back(
    desk: Desk, part: object
) -> None:
    names = desk.create(2, releases=True)
    good: dict[str, object] = {}

    async def spoil(record: RequestRecord) -> Response | None:
        if query_in(record, "Facts") is None or not good:
            return None
        return Response(200, {"data": {"r0": part, **good}})

    desk.github.intercept(spoil)
    await desk.read(*names)
    good["r1"] = desk.github.requests[-2].answered["data"]["r1"]
    read = await desk.read(*names)
    assert read.repositories[names[0]].error == "GitHub gave an answer that makes no sense"
    assert read.passing_errors == {names[0]}
    assert read.repositories[names[1]].releases[0].body == f"The first of {names[1]}"


# -- what stops everything --------------------------------------------------------------------


@pytest.mark.parametrize("count", [20, 130])
async def test_github_being_down_altogether_is_raised_and_not_asked_for_ever(storm: Desk, count: int) -> None:
    names = storm.create(count)
    stage(storm.github, "Facts", BAD_GATEWAY)
    with pytest.raises(TooMuch, match="502"):
        await storm.read(*names)
    assert len(queries(storm.github, "Facts")) < 60


async def test_a_refused_connection_is_raised_at_once(storm: Desk) -> None:
    names = storm.create(130)
    stage(storm.github, "Facts", Response(503, {"message": "Service Unavailable"}))
    with pytest.raises(Unavailable, match="503"):
        await storm.read(*names)
    assert len(queries(storm.github, "Facts")) <= 4


async def test_a_query_that_github_does_not_understand_is_raised(storm: Desk) -> None:
    names = storm.create(20)
    stage(storm.github, "Facts", Response(200, {"errors": [{"message": "Parse error on `}`"}]}))
    with pytest.raises(GitHubError, match="Parse error"):
        await storm.read(*names)


async def test_a_rate_limit_that_comes_as_success_is_raised_with_its_time(storm: Desk) -> None:
    names = storm.create(3)
    storm.github.set_rate_limit(storm.installation, resource="graphql", reset_seconds=900)
    with pytest.raises(RateLimited) as told:
        await storm.read(*names)
    assert told.value.retry_after_seconds == pytest.approx(900, abs=1)


# -- files ------------------------------------------------------------------------------------


async def read_file(desk: Desk, path: str, content: str | bytes) -> str | None:
    """A file as it is read after it was pushed."""
    repository = desk.github.create_repository(PYTHON)
    commit = repository.push({path: content})
    return await desk.files.read(desk.client, PYTHON, path, commit)


@pytest.mark.parametrize(
    "text",
    [
        "one\r\ntwo\r\n",
        "",
        "\n",
        "\ufeffmark\n",
        "naïve, 漢字 🎉\n",
        '{"json": [1, 2]}\n',
        "long\n" * 300_000,
    ],
    ids=["CRLF", "empty", "line end", "byte order mark", "not ASCII", "JSON", "1.5 MB"],
)
async def test_a_file_comes_as_it_is(desk: Desk, text: str) -> None:
    assert await read_file(desk, "data/progress.yaml", text) == text


@pytest.mark.parametrize(
    "path", ["data/C#.yaml", "data/what?.yaml", "a b/100%.yaml", "données/é+é.yaml", "{owner}/%23.yaml"]
)
async def test_a_file_is_found_whatever_its_name(desk: Desk, path: str) -> None:
    assert await read_file(desk, path, "here\n") == "here\n"


async def test_a_folder_in_the_place_of_a_file_is_no_file(desk: Desk) -> None:
    commit = desk.github.create_repository(PYTHON).push({"data/progress.yaml/README.md": "x\n"})
    assert await desk.files.read(desk.client, PYTHON, "data/progress.yaml", commit) is None


async def test_a_file_that_is_not_there_is_none(desk: Desk) -> None:
    commit = desk.github.create_repository(PYTHON).push({"a": "x\n"})
    assert await desk.files.read(desk.client, PYTHON, "b", commit) is None


async def test_a_file_that_is_not_utf_8_is_refused_with_the_place(desk: Desk) -> None:
    with pytest.raises(UnicodeDecodeError) as told:
        await read_file(desk, "data/progress.yaml", "caf\xe9\n".encode("latin-1"))
    assert told.value.start == 3


def described(text: bytes, **changed: object) -> dict[str, object]:
    """A file as GitHub describes it in JSON, its text in lines of base64."""
    told = {"type": "file", "path": "a", "size": len(text), "encoding": "base64", "sha": "0" * 40}
    return {**told, "content": encodebytes(text).decode(), **changed}


def describe(desk: Desk, answer: dict[str, object]) -> None:
    """Answer so whoever asks for a file."""
    desk.github.intercept(lambda record: Response(200, answer) if "/contents/" in record.path else None)


@pytest.mark.parametrize("text", ["", "naïve\r\n🎉", "long\n" * 10_000])
async def test_a_file_that_comes_described_is_read_all_the_same(storm: Desk, text: str) -> None:
    """Servers that know only the usual media type answer so, whatever was asked for."""
    describe(storm, described(text.encode()))
    assert await storm.files.read(storm.client, PYTHON, "a", "0" * 40) == text


@pytest.mark.parametrize(
    "answer",
    [
        described(b"x", encoding="none", content=""),
        described(b"x", content="é"),
        described(b"x", content=None),
        described(b"x", content="A"),
    ],
)
async def test_a_file_whose_text_is_left_out_is_not_taken_for_empty(
    storm: Desk, answer: dict[str, object]
) -> None:
    describe(storm, answer)
    with pytest.raises(Unavailable):
        await storm.files.read(storm.client, PYTHON, "a", "0" * 40)


async def test_what_is_described_and_is_not_utf_8_is_refused_with_the_place(storm: Desk) -> None:
    describe(storm, described("caf\xe9".encode("latin-1")))
    with pytest.raises(UnicodeDecodeError) as told:
        await storm.files.read(storm.client, PYTHON, "a", "0" * 40)
    assert told.value.start == 3


async def test_a_file_is_read_once_a_commit(desk: Desk) -> None:
    repository = desk.github.create_repository(PYTHON)
    first = repository.push({"a": "1\n"})
    second = repository.push({"a": "2\n"})
    for commit, text in [(first, "1\n"), (second, "2\n")] * 2:
        assert await desk.files.read(desk.client, PYTHON, "a", commit) == text
    missing = [await desk.files.read(desk.client, PYTHON, "b", second) for _ in range(2)]
    assert missing == [None, None]
    assert sum("/contents/" in record.path for record in desk.github.requests) == 3
