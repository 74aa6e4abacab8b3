"""What is sent to GitHub to register the app, and where to: for every GitHub, and wherever the bot runs."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest

from bot import install_link
from bot.addresses import is_same_place, local_url
from bot.github.errors import Unavailable
from bot.install_link import InstallLink
from bot.registering import Wanted
from bot.settings import web_url_of
from bot.setup_settings import SetupSettings
from bot.web.manifest import REASONS, read_manifest
from bot.web.registration import (
    LONGEST_NAME,
    address_to_send_to,
    install_url_of,
    manifest_to_send,
    organization_in,
    origin_of,
    step_in,
)

LOCAL = "http://127.0.0.1:8000"
PUBLIC = "https://bot.example.org"


@pytest.mark.parametrize(
    ("api_url", "web_url"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://github.example.org/api/v3", "https://github.example.org"),
        ("https://github.example.org:8443/api/v3/", "https://github.example.org:8443"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("http://127.0.0.1:3000/api/v3", "http://127.0.0.1:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_githubs_pages_are_found_beside_its_api(api_url: str, web_url: str) -> None:
    assert web_url_of(api_url) == web_url
    assert origin_of(f"{web_url}/organizations/o/settings/apps/new?state=s") == web_url


def test_it_is_sent_to_the_organisation_or_to_the_person() -> None:
    web = "https://github.com"
    organisation = address_to_send_to(web, Wanted("open-telemetry"), "s&t")
    assert organisation == f"{web}/organizations/open-telemetry/settings/apps/new?state=s%26t"
    assert address_to_send_to(web, Wanted(), "s") == f"{web}/settings/apps/new?state=s"


@pytest.mark.parametrize(
    ("settings", "base", "url", "active"),
    [
        (SetupSettings(public_url=PUBLIC), PUBLIC, f"{PUBLIC}/webhook", True),
        (SetupSettings(public_url=PUBLIC), LOCAL, f"{PUBLIC}/webhook", True),
        (SetupSettings(proxy_url="https://smee.io/a"), LOCAL, "https://smee.io/a", True),
        (SetupSettings(proxy_url="https://smee.io/a", public_url=PUBLIC), PUBLIC, "https://smee.io/a", True),
        (SetupSettings(), LOCAL, read_manifest().hook_attributes.url, False),
        (SetupSettings(), "http://localhost:8000", read_manifest().hook_attributes.url, False),
        (SetupSettings(api_url="http://127.0.0.1:3000/api/v3"), LOCAL, f"{LOCAL}/webhook", True),
    ],
)
def test_the_webhook_is_where_github_can_reach_it_or_switched_off(
    settings: SetupSettings, base: str, url: str, *, active: bool
) -> None:
    hook = manifest_to_send(settings, Wanted(), base).hook_attributes
    assert (hook.url, hook.active) == (url, active)


def test_github_leads_back_to_the_browsers_address_and_later_to_the_public_one() -> None:
    sent = manifest_to_send(SetupSettings(public_url=PUBLIC), Wanted(), LOCAL)
    assert (sent.redirect_url, sent.setup_url, sent.url) == (
        f"{LOCAL}/setup/registered",
        f"{PUBLIC}/setup",
        PUBLIC,
    )


@pytest.mark.parametrize("from_fork", [False, True])
def test_it_asks_for_what_app_yml_says_and_from_a_fork_for_less(*, from_fork: bool) -> None:
    manifest = read_manifest()
    sent = json.loads(msgspec.json.encode(manifest_to_send(SetupSettings(), Wanted("o", from_fork), LOCAL)))
    less = {"contents": "read"} if from_fork else {}
    assert sent["default_permissions"] == {**manifest.default_permissions, **less}
    assert sent["default_events"] == list(manifest.default_events)
    assert sent["public"] is from_fork
    assert "secret" not in json.dumps(sent), "GitHub makes it itself, and refuses one"


def test_every_permission_has_its_reason() -> None:
    assert read_manifest().default_permissions.keys() <= REASONS.keys()


@pytest.mark.parametrize(
    ("organization", "name"),
    [("", "status-bot"), ("o", "status-bot-o"), ("o" * 99, None), ("a" * 22 + "-b", None)],
)
def test_the_name_says_whose_it_is_and_is_none_too_long(organization: str, name: str | None) -> None:
    sent = manifest_to_send(SetupSettings(), Wanted(organization), LOCAL).name
    assert name in (None, sent)
    assert len(sent) <= LONGEST_NAME
    assert not sent.endswith("-")


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("https://github.com/apps/a", "https://github.com/apps/a"),
        ("https://github.com/github-apps/a", "https://github.com/github-apps/a"),
        ("", "https://github.com/apps/a"),
        ("https://github.com.evil.example/apps/a", "https://github.com/apps/a"),
        ("javascript:alert(1)", "https://github.com/apps/a"),
    ],
)
def test_the_link_to_the_installation_leads_to_github_whatever_an_answer_says(page: str, link: str) -> None:
    assert install_url_of(page, "https://github.com", "a") == f"{link}/installations/new"


@pytest.mark.parametrize(
    ("page", "web", "link"),
    [
        ("", "https://git.example.org", "https://git.example.org/github-apps/a"),
        (
            "https://git.example.org/github-apps/a",
            "https://Git.example.org",
            "https://git.example.org/github-apps/a",
        ),
        ("", "https://octo.ghe.com", "https://octo.ghe.com/apps/a"),
    ],
)
def test_every_github_has_its_own_place_for_apps(page: str, web: str, link: str) -> None:
    assert install_url_of(page, web, "a") == f"{link}/installations/new"


class Known:
    page = "https://github.com/apps/a"

    async def slug(self) -> str:
        return "a"


class Down(Known):
    async def slug(self) -> str:
        raise Unavailable("down")


class Slow(Known):
    async def slug(self) -> str:
        await asyncio.Event().wait()
        return "a"


async def test_a_page_is_not_kept_waiting_for_github(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install_link, "PATIENCE_SECONDS", 0.01)
    told: list[int] = []
    links = [
        await InstallLink(github, "https://github.com", lambda: told.append(1))(back)
        for github, back in ((Known(), True), (Down(), False), (Slow(), True))
    ]
    assert links == ["https://github.com/apps/a/installations/new", "", ""]
    assert len(told) == 2


@pytest.mark.parametrize(
    "typed",
    [
        "open-telemetry",
        "@open-telemetry",
        "https://github.com/open-telemetry/",
        "https://github.com/orgs/open-telemetry/repositories",
        "github.com/open-telemetry",
        "https://www.GitHub.com/open-telemetry/opentelemetry.io?tab=readme",
        "https://github.com/organizations/open-telemetry/settings/apps",
    ],
)
def test_an_organisation_is_known_by_any_of_its_addresses(typed: str) -> None:
    assert organization_in(typed, "https://github.com") == "open-telemetry"


@pytest.mark.parametrize("typed", ["https://evil.example/o", "https://github.com/", "https://github.com//o"])
def test_an_address_of_no_organisation_is_none(typed: str) -> None:
    assert organization_in(typed, "https://github.com") is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - read only
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("bot.internal", "http://bot.internal:8000"),
    ],
)
def test_the_link_that_is_printed_leads_to_where_the_bot_listens(host: str, url: str) -> None:
    assert local_url(host, 8000) == url


@pytest.mark.parametrize(
    ("host", "url", "same"),
    [
        ("bot.example.org", "https://bot.example.org", True),
        ("bot.example.org", "https://bot.example.org:443/path", True),
        ("bot.example.org:443", "https://Bot.example.org", True),
        ("bot.example.org:8443", "https://bot.example.org", False),
        ("bot.example.org", "https://bot.example.org:8443", False),
        ("[", "https://bot.example.org", False),
        ("bot.example.org:x", "https://bot.example.org", False),
    ],
)
def test_the_usual_port_may_be_said_or_left_out(host: str, url: str, *, same: bool) -> None:
    assert is_same_place(host, url) is same


@pytest.mark.parametrize(
    ("query", "step"),
    [
        ({"setup_action": "install", "installation_id": "1"}, "installed"),
        ({"setup_action": "update"}, "installed"),
        ({"setup_action": "request"}, "requested"),
        ({"setup_action": "x"}, ""),
        ({}, ""),
    ],
)
def test_what_somebody_has_done_on_github_is_told(query: dict[str, str], step: str) -> None:
    assert step_in(query) == step
