"""A file is only written where a file lies, or nothing: links, folders and submodules stay what they are."""

from __future__ import annotations

import pytest

from bot.sandbox import Repo, Sandbox
from bot.sandbox.actions import refs
from bot.sandbox.git import TreeEntry
from tests.clocks import FakeClock
from tests.world import BRANCH, CONFIG, OUTPUT, SITE, World, build, world

LINK, SUBMODULE, FILE, PROGRAM = "120000", "160000", "100644", "100755"
ELSEWHERE = "0123456789abcdef0123456789abcdef01234567"


def plant(repo: Repo, path: str, mode: str, content: str = "", *, instead_of: str = "") -> None:
    """Put something else than a plain file into the tree, as git on somebody's machine does."""
    store, tip = repo.record.store, repo.tip()
    assert tip is not None
    files = {
        name: entry
        for name, entry in store.files(store.commit(tip).tree).items()
        if not instead_of or not name.startswith(instead_of)
    }
    files[path] = TreeEntry(mode, ELSEWHERE if mode == SUBMODULE else store.write_blob(content))
    author = repo.state.signature("ada")
    commit = store.write_commit(store.write_files(files), (tip,), "Plant it", (author, author))
    refs.update(repo.state, repo.record, "heads/main", commit.sha, "ada")


def kind_at(story: World, path: str, ref: str = "main") -> str | None:
    repo = story.site
    tip = repo.tip(ref)
    assert tip is not None
    found = repo.record.store.find(repo.record.store.commit(tip).tree, path)
    return found.mode if found else None


@pytest.mark.parametrize(
    ("path", "mode", "content", "said"),
    [
        (OUTPUT, LINK, "../themes/docs/data/progress.yaml", f"`{OUTPUT}` is a symbolic link"),
        (OUTPUT, LINK, "../../../etc/passwd", f"`{OUTPUT}` is a symbolic link"),
        (OUTPUT, SUBMODULE, "", f"`{OUTPUT}` is a submodule"),
        (f"{OUTPUT}/kept.txt", FILE, "a person's work", f"`{OUTPUT}` is a folder"),
    ],
)
async def test_what_is_no_file_is_not_replaced_by_one(
    github: Sandbox, clock: FakeClock, path: str, mode: str, content: str, said: str
) -> None:
    build(github, "Python", files={CONFIG: f"# where to\noutput: {OUTPUT}\n"})
    plant(github.repository(SITE), path, mode, content)
    async with world(github, clock) as story:
        assert story.site.pulls(state="all") == []
        [report] = story.reports()
        assert said in str(report.body)
        assert f"{CONFIG}#L2" in str(report.body)
        assert kind_at(story, path) == mode
        assert story.site.tip(BRANCH) is None

        plant(story.site, "README.md", FILE, "mended", instead_of=OUTPUT)
        story.bot.service.search()
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.1"
        assert story.reports() == []


@pytest.mark.parametrize(
    ("mode", "what"), [(LINK, "a symbolic link"), (SUBMODULE, "a submodule"), (FILE, "a file")]
)
async def test_nor_is_what_lies_on_the_way_to_it(
    github: Sandbox, clock: FakeClock, mode: str, what: str
) -> None:
    build(github, "Python", files={CONFIG: "output: shared/status.yaml\n"})
    plant(github.repository(SITE), "shared", mode, "data")
    async with world(github, clock) as story:
        [report] = story.reports()
        assert f"`shared` is {what} on the base branch" in str(report.body)
        assert kind_at(story, "shared") == mode
        assert story.site.tip(BRANCH) is None


async def test_a_link_that_comes_while_a_proposal_stands_stops_it(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull, before = story.the_proposal(), story.site.tip(BRANCH)
        plant(story.site, OUTPUT, LINK, "progress_source.yaml")
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert story.site.tip(BRANCH) == before, "nothing more is committed"
        [comment] = pull.comments
        assert f"`{OUTPUT}` is a symbolic link" in comment.body


async def test_an_executable_file_is_a_file(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    plant(github.repository(SITE), OUTPUT, PROGRAM, "old\n")
    async with world(github, clock) as story:
        assert story.proposed()["Python"]["msLabel"] == "v0.1"
        assert kind_at(story, OUTPUT, BRANCH) == FILE


async def test_a_tree_is_looked_at_once_however_often_the_site_is(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        for version in ("v0.1.0", "v0.2.0"):
            story.sig("Python").create_release(version)
            await story.rest()
        listed = [record.path for record in github.requests if "/git/trees/" in record.path]
        assert len(listed) == 2, "the root and the folder"
        assert len(set(listed)) == 2
