"""A site is observed as it stands: the right branch, the right files, and no more facts than needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.github.errors import GitHubError, NotFound
from bot.github.model import SiteRef
from bot.github.site_state import read_last_change
from bot.observe import NotASiteError, Observation, Observer
from bot.sandbox import Repo, Response, Sandbox
from bot.site import SiteConfig
from bot.status.facts import RepositoryFacts
from bot.status.progress import latest_release
from tests.clocks import FakeClock
from tests.readers import Access, access, names_in, queries, stage
from tests.world import BRANCH, CONFIG, ORGANIZATION, OUTPUT, SITE, SOURCE, build, row_of, source_of

PYTHON = f"{ORGANIZATION}/python"
JAVA = f"{ORGANIZATION}/java"
LATIN_1 = "caf\xe9\n".encode("latin-1")


@dataclass
class Lookout(Access):
    """An observer in front of the organisation's GitHub."""

    observer: Observer = field(default_factory=Observer)

    @property
    def site(self) -> Repo:
        return self.github.repository(SITE)

    async def look(self, *changed: str, everything: bool = False) -> Observation:
        """Look at the site, where an event spoke of these repositories, or at everything anew."""
        ref = SiteRef(self.installation.id, self.site.id, SITE)
        return await self.observer.observe(self.client, ref, None if everything else frozenset(changed))

    def asked_for(self) -> list[str]:
        """The repositories that were asked for since the last time."""
        names = [name for query in queries(self.github, "Facts") for name in names_in(query)]
        self.github.requests.clear()
        return names


@pytest.fixture
async def lookout(github: Sandbox, clock: FakeClock) -> AsyncIterator[Lookout]:
    build(github, "Python", "Java")
    async with access(github, clock, ORGANIZATION) as reached:
        yield Lookout(**vars(reached))


def faults_of(seen: Observation) -> list[str]:
    return list(map(str, seen.faults))


# -- branches ---------------------------------------------------------------------------------


async def test_a_site_is_seen_on_its_default_branch(lookout: Lookout) -> None:
    seen = await lookout.look()
    assert seen.state.base is not None
    assert (seen.state.base.name, seen.branch_name) == ("main", BRANCH)
    assert seen.state.base.sha == lookout.site.tip("main")
    assert (seen.faults, seen.output, seen.branch_output, seen.output_rows) == ((), None, None, ())
    assert set(seen.facts.repositories) == {PYTHON, JAVA}
    assert (seen.state.private, seen.state.archived, seen.config) == (False, False, SiteConfig())


async def test_a_default_branch_of_another_name_is_found_and_remembered(lookout: Lookout) -> None:
    lookout.site.push({"data/extra.md": "x\n", SOURCE: source_of("Python")}, branch="trunk")
    lookout.site.set_default_branch("trunk")
    for questions in (2, 1):
        lookout.github.requests.clear()
        seen = await lookout.look()
        assert seen.state.base is not None
        assert (seen.state.base.name, seen.branch_name) == ("trunk", "status-bot/trunk")
        assert set(seen.facts.repositories) == {PYTHON}
        assert len(queries(lookout.github, "Site")) == questions


async def test_a_configured_base_is_where_source_and_output_are_read(lookout: Lookout) -> None:
    lookout.site.push({OUTPUT: "data: []\n", SOURCE: source_of("Java")}, branch="gh-pages")
    lookout.site.push({CONFIG: "base: gh-pages\n"})
    seen = await lookout.look()
    assert seen.state.base is not None
    assert (seen.state.base.sha, seen.branch_name) == (lookout.site.tip("gh-pages"), "status-bot/gh-pages")
    assert (set(seen.facts.repositories), seen.output) == ({JAVA}, "data: []\n")
    assert seen.state.default.name == "main", "the configuration is that of the default branch"


async def test_a_base_that_does_not_exist_is_a_fault_until_it_does(lookout: Lookout) -> None:
    lookout.site.push({CONFIG: "base: gh-pages\n"})
    seen = await lookout.look()
    assert faults_of(seen) == [f"{CONFIG}: the base branch 'gh-pages' does not exist"]
    assert (seen.state.base, seen.source, seen.output) == (None, None, None)
    assert seen.names == frozenset()
    lookout.site.push({"README.md": "# pages\n"}, branch="gh-pages")
    assert (await lookout.look()).faults == ()


async def test_proposals_are_those_of_the_bots_branch_to_the_base(lookout: Lookout) -> None:
    lookout.site.push({OUTPUT: "data: []\n"}, branch=BRANCH)
    lookout.site.push({"x": "x\n"}, branch="release")
    elsewhere = lookout.site.create_pull(BRANCH, base="release", title="To another branch")
    first = lookout.site.create_pull(BRANCH, title="First")
    lookout.site.close_pull(first.number)
    await lookout.clock.advance(60)
    second = lookout.site.create_pull(BRANCH, title="Second")
    seen = await lookout.look()
    assert seen.state.open_pull is not None
    assert seen.state.last_pull is not None
    assert (seen.state.open_pull.number, seen.state.last_pull.number) == (second.number, first.number)
    assert elsewhere.number not in {pull.number for pull in seen.state.pulls}
    assert seen.branch_output == "data: []\n"
    assert seen.state.branch is not None
    assert seen.state.branch.sha == lookout.site.tip(BRANCH)
    assert not seen.state.branch.is_by("status-bot")


# -- what keeps a site from being one ---------------------------------------------------------


async def test_an_empty_repository_is_no_site(lookout: Lookout) -> None:
    empty = lookout.github.create_repository(f"{ORGANIZATION}/empty", files={})
    ref = SiteRef(lookout.installation.id, empty.id, empty.full_name)
    with pytest.raises(NotFound, match="no commit"):
        await lookout.observer.observe(lookout.client, ref)


async def test_a_repository_that_is_gone_is_no_site(lookout: Lookout) -> None:
    lookout.site.delete()
    ref = SiteRef(lookout.installation.id, 1, SITE)
    with pytest.raises(NotFound, match=SITE):
        await lookout.observer.observe(lookout.client, ref)


async def test_a_repository_without_configuration_is_no_site(lookout: Lookout) -> None:
    lookout.site.push({CONFIG: None})
    with pytest.raises(NotASiteError, match=CONFIG):
        await lookout.look()
    assert queries(lookout.github, "Facts") == [], "no facts are read for it"


async def test_somebody_may_look_at_a_repository_without_configuration(lookout: Lookout) -> None:
    lookout.site.push({CONFIG: None})
    lookout.observer = Observer(without_config=True)
    seen = await lookout.look()
    assert (seen.config, set(seen.facts.repositories)) == (SiteConfig(), {PYTHON, JAVA})


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {"data": {"repository": None}, "errors": [{"type": "FORBIDDEN", "message": "SAML"}]}),
        Response(200, {"data": {"repository": {}}, "errors": [{"path": ["repository"], "message": "SAML"}]}),
        Response(200, {"data": {"repository": None}}),
    ],
    ids=["refused", "partial", "silent"],
)
async def test_a_site_that_github_does_not_answer_for_is_not_taken_for_gone(
    lookout: Lookout, answer: Response
) -> None:
    stage(lookout.github, "Site", answer)
    with pytest.raises(GitHubError, match=r"SAML|no answer") as told:
        await lookout.look()
    assert not isinstance(told.value, NotFound)


# -- faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({CONFIG: "base: main\nbsae: gh-pages\n"}, f"{CONFIG}:2: `bsae` is no key"),
        ({CONFIG: LATIN_1}, f"{CONFIG}: is not UTF-8 text (byte 3)"),
        ({SOURCE: None}, f"{SOURCE}: there is no such file; create it, or name another by source:"),
        ({SOURCE: None, f"{SOURCE}/README.md": "x\n"}, f"{SOURCE}: there is no such file"),
        ({SOURCE: LATIN_1}, f"{SOURCE}: is not UTF-8 text (byte 3)"),
        ({SOURCE: "columns:\n\t- x\n"}, f"{SOURCE}:2: "),
        ({CONFIG: "source: data/other.yaml\n"}, "data/other.yaml: there is no such file"),
    ],
)
async def test_a_fault_names_its_file(
    lookout: Lookout, files: Mapping[str, str | bytes | None], fault: str
) -> None:
    lookout.site.push({OUTPUT: "data: []\n"})
    lookout.site.push(files)
    seen = await lookout.look()
    [said] = faults_of(seen)
    assert said.startswith(fault)
    assert (seen.source, seen.facts.repositories) == (None, {})
    assert seen.output == "data: []\n", "what the site shows is known all the same"


async def test_a_fork_that_cannot_be_used_is_a_fault_beside_all_that_can_be_read(lookout: Lookout) -> None:
    lookout.site.push({CONFIG: "propose:\n  fork: bots/pages\n"})
    seen = await lookout.look()
    [said] = faults_of(seen)
    assert said.startswith(f"{CONFIG}:2: the app is not installed on any repository `bots/pages`")
    assert set(seen.facts.repositories) == {PYTHON, JAVA}


async def test_a_broken_configuration_counts_as_an_empty_one_until_it_is_mended(lookout: Lookout) -> None:
    lookout.site.push({CONFIG: "base: gh-pages\npropose: {counts: never}\n"})
    seen = await lookout.look()
    assert (seen.config, seen.branch_name) == (SiteConfig(), BRANCH)


@pytest.mark.parametrize("output", [LATIN_1, "data: [\n", b""], ids=["no text", "no YAML", "empty"])
async def test_an_output_that_cannot_be_read_shows_no_rows(lookout: Lookout, output: str | bytes) -> None:
    lookout.site.push({OUTPUT: output})
    seen = await lookout.look()
    assert (seen.output_rows, seen.faults) == ((), ())
    assert set(seen.facts.repositories) == {PYTHON, JAVA}


async def test_the_rows_that_the_site_shows_are_known(lookout: Lookout) -> None:
    lookout.site.push({OUTPUT: source_of("Python")})
    [row] = (await lookout.look()).output_rows
    assert (row.label, row.repository, row.values["msLabel"]) == ("Python", PYTHON, "v0.1")


async def test_a_file_can_be_looked_up_at_any_commit(lookout: Lookout) -> None:
    texts: list[str | None] = []
    for content in ("old\n", "new\n", LATIN_1, None):
        commit = lookout.site.push({"notes.md": content})
        texts.append(await lookout.observer.file_at(lookout.client, SITE, "notes.md", commit))
    assert texts == ["old\n", "new\n", None, None]


async def test_the_last_change_of_a_file_is_that_on_the_branch_that_is_looked_at(lookout: Lookout) -> None:
    changed = []
    for content in ("old\n", "new\n"):
        await lookout.clock.advance(60)
        lookout.site.push({"notes.md": content})
        changed.append(lookout.clock.now())
    old, new = (commit.sha for commit in reversed(lookout.site.log("main")[:2]))
    await lookout.clock.advance(60)
    lookout.site.push({"other.md": "x\n"})
    tip = str(lookout.site.tip("main"))

    async def last_change(path: str, commit: str) -> datetime | None:
        return await read_last_change(lookout.client, SITE, path, commit)

    assert [await last_change("notes.md", commit) for commit in (old, new, tip)] == [*changed, changed[1]]
    assert await last_change("missing.md", tip) is None


# -- facts ------------------------------------------------------------------------------------


async def test_only_what_changed_is_read_again(lookout: Lookout) -> None:
    await lookout.look()
    assert lookout.asked_for() == ["python", "java"]
    lookout.github.repository(JAVA).create_release("v0.1.0")
    seen = await lookout.look(JAVA)
    assert lookout.asked_for() == ["java"]
    assert [release.tag for release in seen.facts.repositories[JAVA].releases] == ["v0.1.0"]
    assert seen.facts.repositories[PYTHON] == RepositoryFacts()
    await lookout.look("somebody/else")
    assert lookout.asked_for() == []
    await lookout.look(everything=True)
    assert lookout.asked_for() == ["python", "java"]


async def test_where_another_output_stands_than_this_process_knows_everything_is_read_again(
    lookout: Lookout,
) -> None:
    await lookout.look()
    lookout.asked_for()
    for branch in ("main", BRANCH):
        lookout.site.push({OUTPUT: f"# of {branch}\n"}, branch=branch)
        await lookout.look(JAVA)
        assert lookout.asked_for() == ["python", "java"]
        await lookout.look(JAVA)
        assert lookout.asked_for() == ["java"]
    lookout.observer.wrote(lookout.site.id, "# mine\n")
    lookout.site.push({OUTPUT: "# mine\n"}, branch=BRANCH)
    await lookout.look()
    lookout.site.push({OUTPUT: "# mine\n"})
    lookout.site.delete_branch(BRANCH)
    await lookout.look()
    assert lookout.asked_for() == []


async def test_upper_and_lower_case_make_no_difference(lookout: Lookout) -> None:
    lookout.site.push({SOURCE: source_of("Python").replace("/python", "/PYTHON")})
    seen = await lookout.look()
    assert list(seen.facts.repositories) == [f"{ORGANIZATION}/PYTHON"]
    assert seen.names == {PYTHON}
    lookout.asked_for()
    await lookout.look(PYTHON)
    assert lookout.asked_for() == ["PYTHON"]


@pytest.mark.parametrize("spoken_of", ["java", "kotlin"])
async def test_a_renamed_repository_is_read_again_by_either_name(lookout: Lookout, spoken_of: str) -> None:
    lookout.github.repository(JAVA).rename("kotlin")
    seen = await lookout.look()
    assert seen.names == {PYTHON, JAVA, f"{ORGANIZATION}/kotlin"}
    lookout.asked_for()
    await lookout.look(f"{ORGANIZATION}/{spoken_of}")
    assert lookout.asked_for() == ["java"]


async def test_what_failed_is_read_again_next_time(lookout: Lookout) -> None:
    stage(lookout.github, "Facts", Response(502), "java")
    seen = await lookout.look()
    assert seen.passing_errors == {JAVA}
    assert seen.facts.repositories[PYTHON].error is None
    lookout.github.intercept(None)
    lookout.asked_for()
    seen = await lookout.look()
    assert lookout.asked_for() == ["java"]
    assert (seen.passing_errors, seen.facts.repositories[JAVA].error) == (frozenset(), None)


async def test_what_was_known_is_not_passed_off_as_read(lookout: Lookout) -> None:
    await lookout.look()
    stage(lookout.github, "Facts", Response(502), "java")
    seen = await lookout.look(JAVA)
    assert "502" in str(seen.facts.repositories[JAVA].error)


async def test_a_new_row_is_read_without_being_told(lookout: Lookout) -> None:
    await lookout.look()
    lookout.asked_for()
    lookout.github.create_repository(f"{ORGANIZATION}/rust")
    lookout.site.push({SOURCE: source_of("Python", "Java") + row_of("Rust")})
    await lookout.look()
    assert lookout.asked_for() == ["rust"]


async def test_two_rows_of_one_repository_are_read_once_with_the_notes_of_both(lookout: Lookout) -> None:
    python = lookout.github.repository(PYTHON)
    python.create_release("core-1.0.0", body="Core notes")
    python.create_release("sdk-2.0.0", body="SDK notes")
    core, sdk = (
        row_of("Python").replace("label: Python", f"label: {label}\n    component: {label.lower()}")
        for label in ("Core", "SDK")
    )
    lookout.site.push({SOURCE: source_of() + core + sdk})
    seen = await lookout.look()
    assert lookout.asked_for() == ["python"]
    assert notes_of(seen) == {"Core": "Core notes", "SDK": "SDK notes"}


def notes_of(seen: Observation) -> dict[str, str | None]:
    """The notes that each row would show."""
    assert seen.source is not None
    releases = {
        sig.label: latest_release(sig, seen.facts.repositories[sig.repository].releases)[0]
        for sig in seen.source.sigs
    }
    return {label: release.body if release else None for label, release in releases.items()}


@pytest.mark.parametrize(
    ("option", "notes"), [("component: sdk", "SDK notes"), ("prereleases: true", "Candidate notes")]
)
async def test_a_row_that_asks_for_another_release_gets_its_notes(
    lookout: Lookout, option: str, notes: str
) -> None:
    python = lookout.github.repository(PYTHON)
    python.create_release("sdk-2.0.0", body="SDK notes")
    python.create_release("v1.1.0-rc.1", prerelease=True, body="Candidate notes")
    python.create_release("v1.0.0", body="Core notes")
    lookout.site.push({SOURCE: source_of("Python")})
    assert notes_of(await lookout.look()) == {"Python": "Core notes"}
    row = row_of("Python").replace("label: Python", f"label: Python\n    {option}")
    lookout.site.push({SOURCE: source_of() + row})
    assert notes_of(await lookout.look()) == {"Python": notes}
    lookout.asked_for()
    await lookout.look()
    assert lookout.asked_for() == [], "that is known from now on"


async def test_a_release_that_a_person_wrote_into_the_output_is_looked_up_once(lookout: Lookout) -> None:
    python = lookout.github.repository(PYTHON)
    python.create_release("v2.0.0", body="The great one")
    for number in range(101):
        python.create_release(f"v1.{number}.0", body=f"Back-port {number}")
    lookout.site.push({SOURCE: source_of("Python")})
    assert notes_of(await lookout.look()) == {"Python": "Back-port 100"}
    shown = source_of() + row_of("Python") + '    releaseTag: "v2.0.0"\n'
    lookout.site.push({OUTPUT: shown})
    assert notes_of(await lookout.look()) == {"Python": "The great one"}

    lookout.site.push({OUTPUT: shown.replace("v2.0.0", "v3.0.0")})
    await lookout.look()
    lookout.asked_for()
    await lookout.look()
    assert lookout.asked_for() == [], "there is none of that tag, which is known by now"


async def test_a_site_that_was_forgotten_is_read_as_a_whole(lookout: Lookout) -> None:
    await lookout.look()
    lookout.observer.forget(lookout.site.id)
    lookout.observer.forget(lookout.site.id)
    lookout.asked_for()
    await lookout.look()
    assert lookout.asked_for() == ["python", "java"]


# -- what is private --------------------------------------------------------------------------


async def test_what_is_private_is_not_published_on_a_public_site(lookout: Lookout) -> None:
    java = lookout.github.repository(JAVA)
    java.create_milestone("A secret plan")
    await lookout.look()
    java.make_private()
    seen = await lookout.look(JAVA)
    assert seen.facts.repositories[JAVA] == RepositoryFacts(error="it is private, and this site is public")
    assert seen.passing_errors == frozenset()
    java.make_public()
    assert len((await lookout.look(JAVA)).facts.repositories[JAVA].milestones) == 1


async def test_a_private_site_shows_what_is_private_until_it_is_published(lookout: Lookout) -> None:
    lookout.site.make_private()
    lookout.github.repository(JAVA).make_private()
    seen = await lookout.look()
    assert seen.state.private
    assert seen.facts.repositories[JAVA].error is None
    lookout.site.make_public()
    assert (await lookout.look()).facts.repositories[JAVA].error is not None
