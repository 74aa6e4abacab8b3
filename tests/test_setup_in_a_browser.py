"""The whole installation in a real browser, from the link that the bot prints to its first pull request.

The screenshots stay in ``.cache/artefacts/setup``. Chromium is looked for on the path; the pages of the bot
are checked with axe, in light and dark.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.sandbox import Sandbox
from tests.browsers import browse, empty_artefacts, find_chromium, find_modules
from tests.test_setup_command import link_of, started
from tests.world import BRANCH, ORGANIZATION, OUTPUT, SITE, build, free_port


@pytest.fixture
def clock() -> SystemClock:
    """The bot is a process of its own and lives by the machine's clock, and so must its GitHub."""
    return SystemClock()


@pytest.fixture
def chromium() -> str:
    return find_chromium()


@pytest.fixture
def modules() -> Path:
    return find_modules()


@pytest.fixture
def artefacts() -> Path:
    return empty_artefacts("setup")


@pytest.mark.browser
async def test_from_the_link_to_the_first_pull_request(
    github: Sandbox, chromium: str, modules: Path, artefacts: Path, tmp_path: Path
) -> None:
    build(github, "Python", "Java")
    github.create_organization(ORGANIZATION, owners=["ada"])
    github.repository(f"{ORGANIZATION}/python").create_release("v0.1.0", name="First")
    async with github.serve() as server:
        environ = {"GITHUB_API_URL": server.api_url, "PORT": str(free_port()), "DEBOUNCE_SECONDS": "0"}
        async with started(tmp_path, "setup", **environ) as bot:
            seen = await browse(
                "walk.cjs",
                link=await link_of(bot.stderr),
                organization=ORGANIZATION,
                site=SITE,
                chromium=chromium,
                modules=str(modules),
                artefacts=str(artefacts),
            )
            bot.send_signal(signal.SIGTERM)
            said = (await asyncio.wait_for(bot.stderr.read(), 30)).decode()
            assert await bot.wait() == 0, said
        [app] = github.state.apps.values()
        [pull] = github.repository(SITE).pulls(state="open")
        assert (pull.author, pull.head.ref) == (f"{app.slug}[bot]", BRANCH)
        assert "v0.1.0" in str(github.repository(SITE).file(OUTPUT, ref=BRANCH))
    pages = seen["pages"]
    ours = {name: page for name, page in pages.items() if not name.startswith("github-")}
    assert {name: page["heading"] for name, page in ours.items()} == {
        "setup": "Install",
        "no-organisation": "Install",
        "review": "Register the app",
        "registered": "The app is registered",
        "installed": "Installed",
        "sites": "Sites",
        "closed": "An app is configured",
    }
    assert {name: page["violations"] for name, page in ours.items() if page["violations"]} == {}
    assert [name for name, page in ours.items() if page["overflows"]] == []
    assert pages["github-pull-request"]["url"].endswith(f"/{SITE}/pull/{pull.number}")
    assert app.slug == "status-of-opentelemetry", "the name that was chosen on GitHub's page"
    refusals = ("422 (", "403 (")  # a form without a name, and the page that is closed in the end
    assert [line for line in seen["complaints"] if not any(one in line for one in refusals)] == []
    assert seen["key"].strip() == app.private_key.strip()
    assert app.webhook_secret not in said
    assert app.private_key.splitlines()[1] not in said
    pictures = sorted(path.name for path in artefacts.iterdir())  # noqa: ASYNC240 - it waits for nothing
    assert len(pictures) == len(pages)
