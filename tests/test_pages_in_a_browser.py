"""The bot's pages in a real browser: axe, the keyboard, what sticks out; light and dark, three widths.

They show a day of spring 2020, and a site with rows of any kind. The screenshots stay in
``.cache/artefacts/pages``. One Chromium looks at all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox import Sandbox, spring_2020
from tests.attacks import ATTACKS
from tests.browsers import browse, empty_artefacts, find_chromium, find_modules
from tests.clocks import FakeClock
from tests.pictures import chart
from tests.spring_day import lived
from tests.test_pages import SITE as A_SITE
from tests.test_pages import House
from tests.world import CHECKING, CONFIG, ORGANIZATION, SITE, SOURCE, row_of, source_of, world

WIDTHS = (320, 768, 1280)
PICTURES = ("320 light", "768 dark", "1280 light")
LONG = (
    "A name as long as somebody thought it had to be, with Donaudampfschifffahrtsgesellschaftskapitänsmütze"
)
RIGHT_TO_LEFT = "مشروع القياس عن بعد"
STRANGE = f"{ORGANIZATION}/strange"
TEXTS = [LONG, RIGHT_TO_LEFT, *(attack for attack in ATTACKS if len(attack) < 200 and attack.isprintable())][
    :16
]


def strange_source() -> str:
    """A source with many rows of any kind, of which most cannot be read."""
    columns = (*(f"v0.{number}" for number in range(1, 10)), "a stage with a long name", "v1.0")
    rows = [
        row_of(f"SIG{number}").replace(f"label: SIG{number}", f"label: {quoted(label)}")
        for number, label in enumerate(TEXTS)
    ]
    held = row_of("Held") + f"    hold: {quoted(LONG)}\n"
    return source_of(columns=columns) + "".join([*rows, held, row_of("Faulty").replace("https:", "what:")])


def quoted(label: str) -> str:
    """A YAML scalar of any printable text."""
    return "'" + label.replace("'", "''") + "'"


@pytest.mark.browser
async def test_the_pages_are_sound_in_a_browser(github: Sandbox, clock: FakeClock) -> None:
    chromium, modules = find_chromium(), find_modules()
    artefacts = empty_artefacts("pages")
    spring_2020.build(github)
    strange = github.create_repository(STRANGE, files={CONFIG: "", SOURCE: strange_source()})
    for number, title in enumerate(TEXTS):
        repository = github.create_repository(f"{ORGANIZATION}/sig{number}", files={"README.md": "# x\n"})
        repository.create_milestone("v0.2", open=number, closed=3)
        repository.create_milestone(title)
    hidden = github.create_repository(
        f"{ORGANIZATION}/hidden", files={CONFIG: "", SOURCE: source_of("Python")}
    )
    hidden.make_private()
    empty = House()
    # As many as an organisation of organisations has; their charts are of the bot beside them.
    many = House(tuple(replace(A_SITE, full_name=f"o/site-{number}", chart=None) for number in range(40)))
    setting = world(github, clock, public_url="https://bot.example.org", permissions=CHECKING)
    async with setting as story, empty.client, many.client:
        await lived(story)
        here = story.bot.url
        urls = {
            "sites": f"{here}/",
            "site": f"{here}/sites/{SITE}",
            "strange": f"{here}/sites/{STRANGE}",
            "commands": f"{here}/help",
            "installed": f"{here}/setup",
            "not-found": f"{here}/sites/{ORGANIZATION}/hidden",
            "no-site": str(empty.client.make_url("/")),
            "many": str(many.client.make_url("/")),
        }
        seen = await browse(
            "pages.cjs",
            chromium=chromium,
            modules=str(modules),
            artefacts=str(artefacts),
            widths=WIDTHS,
            jobs=[{"name": name, "url": url, "pictures": PICTURES} for name, url in urls.items()],
        )
        assert strange.pulls(state="open"), "it has rows that are proposed"
        async with ClientSession() as session, session.get(f"{here}/chart/{SITE}.svg") as response:
            assert await response.text() == chart(), "the documentation shows what is served"
    assert seen.keys() == urls.keys()
    for name, page in seen.items():
        assert_sound(name, page)
    assert [stop["name"] for stop in seen["sites"]["stops"]][:5] == [
        "A Skip to the content",
        "A status-bot",
        "A Sites",
        "A Commands",
        "A Install",
    ]
    assert len(list(artefacts.iterdir())) == len(urls) * len(PICTURES)


def assert_sound(name: str, page: dict[str, Any]) -> None:
    """Nothing sticks out, axe finds nothing, nothing runs, and the keyboard goes through it in order."""
    not_found = name == "not-found"
    assert page["status"] == (404 if not_found else 200)
    complaints = [one for one in page["complaints"] if not (not_found and "404" in one)]
    assert (name, page["violations"], page["axe"]) == (name, [], 4)
    assert (name, page["sticksOut"]) == (name, [])
    assert (name, complaints, page["broken"], page["scripts"]) == (name, [], [], 0)
    places = [stop["at"] for stop in page["stops"]]
    assert places == sorted(places), name
    assert len(places) >= len(("skip", "home", "sites", "commands", "install"))
    assert [stop["name"] for stop in page["stops"] if not (stop["visible"] and stop["inView"])] == [], name
