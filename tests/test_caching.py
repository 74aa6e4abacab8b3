"""What is kept to save asking again takes no more memory than it may, whatever it holds."""

from __future__ import annotations

import json
import tracemalloc

from bot.github.caching import BoundedCache, Recent, size_of
from bot.github.repository import NOTES_FOR_EACH_ROW, VERSIONS, FileReader
from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.world import BRANCH, OUTPUT, SITE, build, world

MEBIBYTE = 2**20


def comments(count: int) -> str:
    user = {f"{name}_url": f"https://api.github.com/users/ada/{name}" for name in range(15)}
    each = {"id": 1, "body": "Thanks! 🎉" * 20, "user": {"login": "ada", **user}, "reactions": {"total": 0}}
    return json.dumps([each | {"id": number} for number in range(count)])


def test_a_page_counts_for_about_what_it_takes() -> None:
    text = comments(100)
    tracemalloc.start()
    page = json.loads(text)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.7 < size_of(page) / taken < 1.5


def test_many_pages_stay_within_the_bound() -> None:
    cache: BoundedCache[int, object] = BoundedCache(2 * MEBIBYTE)
    text = comments(20)
    tracemalloc.start()
    for number in range(200):
        cache[number] = json.loads(text)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 10 < len(cache) < 200
    assert taken < 3 * MEBIBYTE


def test_what_would_fill_half_of_it_is_not_kept() -> None:
    cache: BoundedCache[str, str] = BoundedCache(1000)
    cache["large"], cache["small"] = "🎉" * 200, "🎉"
    assert list(cache) == ["small"]


async def test_of_a_file_only_the_newest_versions_are_kept(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Java")
    async with world(github, clock) as story:
        client = story.bot.service._github.reader(next(iter(story.bot.service.sites)).installation_id)
        reader = FileReader()
        base = story.site.tip("main")
        assert base is not None
        for number in range(3 * VERSIONS):
            story.sig("Java").create_release(f"v0.1.{number}")
            await story.rest()
            tip = story.site.tip(BRANCH)
            assert tip is not None
            assert await reader.read(client, SITE, OUTPUT, tip) == story.read(OUTPUT, BRANCH)
            assert await reader.read(client, SITE, "README.md", base) == "# site\n"
        kept = [path for _, path, _ in reader._files]
        assert kept.count(OUTPUT) == VERSIONS
        assert kept.count("README.md") == 1
        github.requests.clear()
        await reader.read(client, SITE, "README.md", base)
        await reader.read(client, SITE, OUTPUT, story.site.tip(BRANCH) or "")
        assert github.requests == []


async def test_of_a_repository_only_the_newest_notes_are_kept(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Java", "Python")
    async with world(github, clock) as story:
        story.sig("Python").create_release("v0.1.0", body="The first.")
        for number in range(3 * NOTES_FOR_EACH_ROW):
            story.sig("Java").create_release(f"v0.1.{number}", body=f"Notes {number}.")
            await story.rest()
        kept = {notes.decode() for notes in story.bot.service._observer._facts._notes.values()}
        newest = {f"Notes {number}." for number in range(2 * NOTES_FOR_EACH_ROW, 3 * NOTES_FOR_EACH_ROW)}
        assert kept == {"The first.", *newest}
        github.requests.clear()
        story.sig("Java").delete_release(f"v0.1.{3 * NOTES_FOR_EACH_ROW - 1}")
        await story.rest()
        assert story.proposed()["Java"]["releaseDescription"] == f"Notes {3 * NOTES_FOR_EACH_ROW - 2}."
        asked = [record for record in github.requests if record.path == "/graphql"]
        assert not [record for record in asked if "query Notes" in record.sent["query"]]


def test_who_wants_few_versions_takes_none_from_whoever_wants_many() -> None:
    recent: Recent[str, int] = Recent(10)
    assert recent.asked_for("page", [1, 2, 3, 4], keep=4) == ()
    assert recent.asked_for("page", [5], keep=1) == (4,)
    assert recent.asked_for("other", [6], keep=1) == ()
    assert recent.asked_for("other", [7], keep=1) == (6,)
    assert recent.asked_for("page", [1], keep=4) == ()
