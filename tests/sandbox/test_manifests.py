"""Apps are registered from a manifest and installed on the sandbox's pages, as on GitHub's."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession

from bot.sandbox import Sandbox
from tests.clocks import FakeClock

MANIFEST = {
    "name": "Octo App",
    "url": "https://example.org",
    "hook_attributes": {"url": "https://example.org/hook"},
    "redirect_url": "https://example.org/back",
    "setup_url": "https://example.org/next",
    "public": False,
    "default_permissions": {"contents": "read"},
    "default_events": ["push"],
}
ORGS = "/organizations/octo/settings/apps"


@pytest.fixture
def octo(github: Sandbox) -> Sandbox:
    github.create_organization("octo", owners=["ada"])
    return github


async def post(url: str, **form: str) -> tuple[int, str, str]:
    """Send a form; gives the status, where it leads, and the page."""
    async with ClientSession() as session, session.post(url, data=form, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def register(url: str, area: str = ORGS, name: str = "Octo App", **changed: object) -> str:
    """Create an app; gives where the browser is sent."""
    manifest = json.dumps({**MANIFEST, **changed})
    status, location, text = await post(f"{url}{area}/manifest", manifest=manifest, state="s 1", name=name)
    assert status == 302, text
    return location


def code_in(location: str) -> str:
    [code] = parse_qs(urlsplit(location).query)["code"]
    return code


async def convert(api_url: str, code: str, expect: int = 201) -> dict[str, object]:
    headers = {"User-Agent": "a plain client"}
    async with (
        ClientSession(headers=headers) as session,
        session.post(f"{api_url}/app-manifests/{code}/conversions") as answer,
    ):
        assert answer.status == expect
        found: dict[str, object] = await answer.json()
        return found


async def test_the_page_shows_the_manifest_and_lets_the_name_be_changed(octo: Sandbox) -> None:
    async with octo.serve() as server:
        status, _, text = await post(f"{server.url}{ORGS}/new?state=s", manifest=json.dumps(MANIFEST))
    assert status == 200
    assert 'value="Octo App"' in text
    assert "Create GitHub App for octo" in text


async def test_an_app_is_registered_and_its_credentials_are_had_once(octo: Sandbox) -> None:
    async with octo.serve() as server:
        location = await register(server.url)
        assert location.startswith("https://example.org/back?code=")
        assert parse_qs(urlsplit(location).query)["state"] == ["s 1"]
        found = await convert(server.api_url, code_in(location))
        await convert(server.api_url, code_in(location), expect=404)
    [app] = octo.state.apps.values()
    assert (found["id"], found["slug"], found["pem"]) == (app.id, "octo-app", app.private_key)
    assert (found["webhook_secret"], app.owner.login) == (app.webhook_secret, "octo")
    assert (app.public, app.webhook_url) == (False, "https://example.org/hook")


async def test_a_code_lives_for_an_hour(octo: Sandbox, clock: FakeClock) -> None:
    async with octo.serve() as server:
        location = await register(server.url)
        await clock.advance(timedelta(hours=1).total_seconds())
        await convert(server.api_url, code_in(location), expect=404)


async def test_without_a_webhook_there_is_no_secret(octo: Sandbox) -> None:
    async with octo.serve() as server:
        found = await convert(server.api_url, code_in(await register(server.url, hook_attributes=None)))
    assert found["webhook_secret"] is None


async def test_a_webhook_may_be_switched_off(octo: Sandbox) -> None:
    async with octo.serve() as server:
        off = {"url": "https://example.org/hook", "active": False}
        await register(server.url, hook_attributes=off)
    [app] = octo.state.apps.values()
    assert app.webhook_url is None
    assert app.webhook_secret


@pytest.mark.parametrize(
    "manifest",
    ["", "{", "[]", '{"name": "x"}', json.dumps(MANIFEST | {"hook_attributes": {"active": False}})],
)
async def test_what_is_no_manifest_is_refused(octo: Sandbox, manifest: str) -> None:
    async with octo.serve() as server:
        status, _, text = await post(f"{server.url}{ORGS}/new", manifest=manifest)
    assert (status, "Invalid GitHub App configuration" in text) == (422, True)


@pytest.mark.parametrize("name", ["octo app", "OCTO-APP", "", "x" * 35, "octo"])
async def test_a_name_that_cannot_be_had_is_asked_for_again(octo: Sandbox, name: str) -> None:
    async with octo.serve() as server:
        await register(server.url)
        form = {"manifest": json.dumps(MANIFEST), "state": "s"}
        status, _, text = await post(f"{server.url}{ORGS}/manifest", **form, name=name)
    assert (status, 'role="alert"' in text) == (422, True)
    assert len(octo.state.apps) == 1


async def test_only_owners_register_an_organisations_apps(octo: Sandbox) -> None:
    octo.sign_in("mallory")
    async with octo.serve() as server:
        for page in ("new", "manifest"):
            status, _, _ = await post(f"{server.url}{ORGS}/{page}", manifest=json.dumps(MANIFEST))
            assert status == 404
    assert octo.state.apps == {}


async def test_a_private_app_is_installed_on_its_owners_account_alone(octo: Sandbox) -> None:
    octo.create_organization("other", owners=["ada"])
    octo.create_repository("octo/one")
    octo.create_repository("octo/two")
    async with octo.serve() as server, ClientSession() as session:
        await register(server.url)
        page = f"{server.url}/apps/octo-app/installations"
        async with session.get(f"{page}/new") as answer:
            assert "Install Octo App on octo" in await answer.text()
        status, _, _ = await post(page, target="other", which="all")
        assert status == 404
        status, location, _ = await post(page, target="octo", which="some", **{"repository:two": "on"})
    [installation] = octo.state.installations.values()
    assert (status, installation.account.login) == (302, "octo")
    assert location == f"https://example.org/next?installation_id={installation.id}&setup_action=install"
    assert installation.selected == {octo.repository("octo/two").id}


async def test_a_public_app_is_installed_where_somebody_may(octo: Sandbox) -> None:
    octo.create_organization("other", owners=["ada"])
    octo.create_organization("foreign")
    async with octo.serve() as server, ClientSession() as session:
        await register(server.url, "/settings/apps", public=True)
        async with session.get(f"{server.url}/apps/octo-app/installations/new") as answer:
            text = await answer.text()
        assert [name for name in ("ada", "octo", "other", "foreign") if f"target={name}" in text] == [
            "ada",
            "octo",
            "other",
        ]
        async with session.get(f"{server.url}/apps/octo-app") as answer:
            assert "By ada" in await answer.text()
