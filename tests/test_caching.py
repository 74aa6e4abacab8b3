"""What is kept to save asking again takes no more memory than it may, whatever it holds."""

from __future__ import annotations

import json
import tracemalloc

from bot.github.caching import BoundedCache, size_of
from bot.github.repository import VERSIONS, FileReader
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
