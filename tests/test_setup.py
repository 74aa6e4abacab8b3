"""From ``/setup`` to an app through GitHub's manifest flow, and everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import make_mocked_request
from dotenv import dotenv_values
from structlog.testing import capture_logs

from bot.app import running
from bot.registering import MOST_STATES
from bot.render import render
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.settings import load_settings
from bot.setup_app import address_here
from bot.setup_settings import SetupSettings
from bot.web.manifest import REASONS, read_manifest
from bot.web.registration import LONGEST_NAME
from bot.web.setup import COOKIE, SetupPages
from tests.clocks import FakeClock
from tests.setup_desk import KEY_BEGINS, Desk, Shown, desk
from tests.staged import FORK, FORKS_OWNER, build_with_fork
from tests.world import BRANCH, CONFIG, ORGANIZATION, SITE, World, build, source_of, world

HOUR = 3600


@pytest.fixture
async def setup(github: Sandbox, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(github, clock, tmp_path) as found:
        yield found


def title_of(page: Shown) -> str:
    [title] = re.findall(r"<h1>(.*)</h1>", page.text)
    return str(title)


def policy_of(page: Shown) -> dict[str, str]:
    parts = page.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


# -- the way through --------------------------------------------------------------------------


async def test_the_page_shows_every_permission_with_its_reason_and_every_event(setup: Desk) -> None:
    page = await setup.open("/setup")
    manifest = read_manifest()
    assert manifest.default_permissions.keys() <= REASONS.keys()
    for name in manifest.default_permissions:
        assert name.replace("_", " ").capitalize() in page.text
        assert REASONS[name].replace("'", "&#39;") in page.text
    for event in manifest.default_events:
        assert f"<code>{event}</code>" in page.text


async def test_an_app_is_registered_for_an_organisation_as_app_yml_says(setup: Desk) -> None:
    done = await setup.agree(await setup.review())
    app, manifest = setup.the_app, read_manifest()
    assert (done.status, title_of(done)) == (200, "The app is registered")
    assert app.owner.login == ORGANIZATION
    assert app.permissions == manifest.default_permissions
    assert tuple(app.events) == manifest.default_events
    assert (app.public, app.description) == (False, manifest.description)
    assert (app.webhook_url, app.setup_url) == (f"{setup.url}/webhook", f"{setup.url}/setup")


async def test_the_credentials_are_shown_and_written_where_only_their_owner_reads_them(setup: Desk) -> None:
    done = await setup.agree(await setup.review())
    app = setup.the_app
    assert app.private_key.strip() in done.text
    assert f"<code>{app.webhook_secret}</code>" in done.text
    assert f"<code>{app.id}</code>" in done.text
    assert done.headers["Cache-Control"] == "no-store"
    assert str(setup.env_file) in done.text
    assert "The next start reads .env alone" in done.text, "for it is another folder's"
    assert stat.S_IMODE(setup.env_file.stat().st_mode) == 0o600
    settings = load_settings(
        {k: v or "" for k, v in dotenv_values(setup.env_file, interpolate=False).items()}
    )
    assert (settings.app_id, settings.private_key) == (app.id, app.private_key)
    assert settings.webhook_secrets == (app.webhook_secret,)
    assert settings.api_url == setup.settings.api_url, "which server it is on is no usual one"


async def test_from_there_it_leads_to_where_the_app_is_installed(setup: Desk, github: Sandbox) -> None:
    github.create_repository(SITE)
    done = await setup.agree(await setup.review())
    assert f'href="{github.state.url}/apps/{setup.the_app.slug}/installations/new"' in done.text
    installed = await setup.install(setup.the_app, ORGANIZATION)
    assert title_of(installed) == "Installed"
    [installation] = github.state.installations.values()
    assert installation.account.login == ORGANIZATION


async def test_an_app_is_registered_for_a_person(setup: Desk) -> None:
    review = await setup.review(account="personal", organization="ignored")
    assert f"{setup.github.state.url}/settings/apps/new?state=" in str(review.form.action)
    await setup.agree(review)
    assert setup.the_app.owner.login == "ada"


@pytest.mark.parametrize("typed", [f"@{ORGANIZATION}", f" {ORGANIZATION} ", "{github}/open-telemetry/"])
async def test_an_organisation_is_known_however_it_is_written(setup: Desk, typed: str) -> None:
    review = await setup.review(organization=typed.format(github=setup.github.state.url))
    assert f"/organizations/{ORGANIZATION}/settings/apps/new" in str(review.form.action)


async def test_forms_may_be_sent_to_the_configured_github_and_nowhere_else(setup: Desk) -> None:
    assert policy_of(await setup.open(setup.link))["form-action"] == "'self'"
    review = await setup.send(setup.seen[-1], organization=ORGANIZATION)
    assert policy_of(review)["form-action"] == setup.github.state.url
    assert str(review.form.action).startswith(f"{setup.github.state.url}/")


async def test_the_suggested_name_is_one_that_github_takes(setup: Desk) -> None:
    setup.github.create_organization("o" * 39, owners=["ada"])
    review = await setup.review(organization="o" * 39)
    name = json.loads(review.form.values["manifest"])["name"]
    assert len(name) == LONGEST_NAME
    assert (await setup.agree(review, name)).status == 200


async def test_a_name_that_is_taken_is_chosen_anew_on_githubs_own_page(setup: Desk) -> None:
    setup.github.create_app("status-bot")
    refused = await setup.agree(await setup.review())
    assert (refused.status, "Name is already taken." in refused.text) == (422, True)
    done = await setup.send(refused, name="Another")
    assert "<b>another</b> is registered" in done.text


async def test_the_bot_goes_on_with_the_new_app_and_opens_the_first_pull_request(
    github: Sandbox, clock: FakeClock, tmp_path: Path
) -> None:
    build(github, "Python")
    async with github.serve():
        async with desk(github, clock, tmp_path) as setup:
            await setup.agree(await setup.review())
            await asyncio.wait_for(setup.registration.goes_on.wait(), 5)
            settings, app = setup.keeper.settings, setup.the_app
            assert settings is not None
            assert (settings.host, settings.port) == ("127.0.0.1", setup.settings.port)
        async with running(settings, clock) as bot:
            told = World(github, bot, clock)
            await told.rest()
            github.install(app, ORGANIZATION)
            await told.rest()
            assert told.the_proposal().head.ref == BRANCH
            assert told.the_proposal().author == f"{app.slug}[bot]"
            async with ClientSession() as session:
                async with session.get(f"{bot.url}/setup?setup_action=install") as answer:
                    text = await answer.text()
                    assert (answer.status, "<form" in text, "The app is installed." in text) == (
                        200,
                        False,
                        True,
                    )
                    assert f"/apps/{app.slug}/installations/new" in text
                async with session.get(f"{bot.url}/setup/registered?code=a&state=b") as answer:
                    assert answer.status == 403
                async with session.post(f"{bot.url}/setup", data={"organization": "o"}) as answer:
                    assert answer.status == 403


async def test_a_bot_without_a_webhook_looks_when_somebody_comes_back_from_installing_it(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story, ClientSession() as session:
        github.hold_webhooks()
        elsewhere = github.create_repository(
            "makers/site", files={"data/progress_source.yaml": source_of("Python"), CONFIG: ""}
        )
        [app] = github.state.apps.values()
        github.install(app, "makers")
        for _ in range(3):
            github.requests.clear()
            await session.get(f"{story.bot.url}/setup?installation_id=7&setup_action=install")
            await story.rest()
            assert [pull.head.ref for pull in elsewhere.pulls()] == [BRANCH]
        assert [one for one in github.requests if one.path == "/app/installations"] == [], "but now and then"
        await session.get(f"{story.bot.url}/setup")
        await clock.advance(HOUR)
        github.requests.clear()
        await session.get(f"{story.bot.url}/setup")
        await story.rest()
        assert [one for one in github.requests if one.path == "/app/installations"] == []


# -- the variant for a fork -------------------------------------------------------------------


async def test_the_variant_for_a_fork_asks_the_site_for_no_write_access_to_contents(setup: Desk) -> None:
    review = await setup.review(writes="fork")
    done = await setup.agree(review)
    assert setup.the_app.permissions == {**read_manifest().default_permissions, "contents": "read"}
    assert setup.the_app.public, "or the fork's account could not install it"
    assert "propose.fork" in done.text


async def test_the_variant_proposes_from_the_fork_as_its_page_tells(
    github: Sandbox, clock: FakeClock, tmp_path: Path
) -> None:
    build_with_fork(github, "Python")
    async with github.serve():
        async with desk(github, clock, tmp_path) as setup:
            await setup.agree(await setup.review(writes="fork"))
            app, settings = setup.the_app, setup.keeper.settings
            await setup.install(app, ORGANIZATION)
            app.permissions["contents"] = "write"  # in the app's settings; the organisation does not agree
            github.sign_in(FORKS_OWNER)
            await setup.install(app, FORKS_OWNER)
            assert settings is not None
        async with running(settings, clock) as bot:
            told = World(github, bot, clock)
            await told.rest()
            assert told.the_proposal().head.label == f"{FORKS_OWNER}:{BRANCH}"
            assert told.site.branches == ["main"]
            assert told.reports() == []
    minted = [record for record in github.requests if record.path.endswith("/access_tokens")]
    fork = github.repository(FORK)
    writing = [record.sent for record in minted if record.sent["permissions"].get("contents") == "write"]
    assert writing
    assert {tuple(sent["repository_ids"]) for sent in writing} == {(fork.id,)}


async def test_a_private_app_cannot_be_installed_on_the_forks_account(setup: Desk) -> None:
    await setup.agree(await setup.review())
    setup.github.sign_in(FORKS_OWNER)
    address = f"{setup.github.state.url}/apps/{setup.the_app.slug}/installations/new?target={FORKS_OWNER}"
    assert (await setup.open(address)).status == 404


# -- who may ----------------------------------------------------------------------------------


async def test_without_the_link_there_is_no_form_and_no_door(setup: Desk) -> None:
    page = await setup.open("/setup")
    assert page.status == 200
    assert page.form.action is None
    assert "the bot printed a link" in page.text
    async with setup.browser.post(f"{setup.url}/setup", data={"organization": ORGANIZATION}) as refused:
        assert refused.status == 403
    assert (await setup.open("/setup/registered?code=abc&state=def")).status == 403
    assert setup.github.requests == []


async def test_a_wrong_link_lets_nobody_in(setup: Desk) -> None:
    page = await setup.open("/setup?link=guessed")
    assert (page.status, title_of(page)) == (403, "Open the link that the bot printed")
    assert COOKIE not in page.headers.get("Set-Cookie", "")


async def test_the_link_leaves_the_address_and_works_for_one_browser_alone(setup: Desk) -> None:
    assert (await setup.open(setup.link)).query == {}
    assert (await setup.open(setup.link)).form.action is not None, "in the same one it still works"
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as other:
        assert (await other.get(setup.link)).status == 403


async def test_whoever_only_asks_whether_the_link_is_there_does_not_use_it_up(setup: Desk) -> None:
    async with setup.browser.head(setup.link) as answer:
        assert answer.status == 405
    assert (await setup.open(setup.link)).form.action is not None


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites_forms(setup: Desk) -> None:
    async with setup.browser.get(setup.link, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("token", [None, "", "of another"])
async def test_a_form_from_another_page_is_refused(setup: Desk, token: str | None) -> None:
    page = await setup.open(setup.link)
    refused = await setup.send(page, organization=ORGANIZATION, form_token=token)
    assert (refused.status, title_of(refused)) == (403, "That form is not from here")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.168.1.7", "[", ""])
async def test_nothing_is_shown_under_a_name_that_is_not_the_bots(setup: Desk, host: str) -> None:
    page = await setup.open(setup.link, Host=host)
    assert page.status in (400, 421)
    assert (await setup.open(setup.link)).form.action is not None, "the link was not used up"
    assert (await setup.open("/health", Host="a.load.balancer")).status == 200


async def test_it_is_shown_under_the_one_address_that_it_listens_on(
    github: Sandbox, clock: FakeClock, tmp_path: Path
) -> None:
    async with desk(github, clock, tmp_path) as setup:
        there = SetupPages(render, replace(setup.settings, host="bot.internal"), setup.registration)
        for host, base in (("bot.internal:8000", "http://bot.internal:8000"), ("other.internal:8000", None)):
            request = make_mocked_request("GET", "/setup", headers={"Host": host})
            assert there.base_of(request) == base


async def test_whoever_had_to_ask_the_owners_is_told_to_wait_for_them(setup: Desk) -> None:
    await setup.agree(await setup.review())
    page = await setup.open("/setup?setup_action=request")
    assert title_of(page) == "Asked for"
    assert "not installed yet" in page.text


async def test_behind_a_public_url_it_is_shown_there_and_github_leads_back_to_it(
    github: Sandbox, clock: FakeClock, tmp_path: Path
) -> None:
    async with desk(github, clock, tmp_path, public_url="https://bot.example.org") as setup:
        assert setup.link.startswith("https://bot.example.org/setup?link=")
        link = f"/setup?link={setup.registration.link}"
        address, headers = f"{setup.url}{link}", {"Host": "bot.example.org"}
        async with setup.browser.get(address, headers=headers, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "https://bot.example.org/setup"
            assert "Secure" in answer.headers["Set-Cookie"]
            cookie = answer.cookies[COOKIE].value
        headers["Cookie"] = f"{COOKIE}={cookie}"
        page = await setup.open("/setup", **headers)
        form = {**page.form.values, "organization": ORGANIZATION}
        async with setup.browser.post(f"{setup.url}/setup", data=form, headers=headers) as answer:
            text = await answer.text()
        review = Shown(200, setup.url, {}, text)
        manifest = json.loads(review.form.values["manifest"])
        assert manifest["redirect_url"] == "https://bot.example.org/setup/registered"
        assert manifest["hook_attributes"] == {"url": "https://bot.example.org/webhook", "active": True}


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (SetupSettings(public_url="https://bot.example.org"), "http://127.0.0.1:8000/setup?link=x"),
        (SetupSettings(public_url="https://bot.example.org", host="0.0.0.0"), None),  # noqa: S104 - as on a host
        (SetupSettings(), None),
    ],
)
def test_an_app_can_be_registered_here_for_a_bot_that_is_to_run_elsewhere(
    settings: SetupSettings, address: str | None
) -> None:
    assert address_here(settings, "x") == address


# -- what comes back --------------------------------------------------------------------------


async def test_the_credentials_are_shown_only_once(setup: Desk) -> None:
    done = await setup.agree(await setup.review())
    written = setup.env_file.read_text()
    again = await setup.open(done.url)
    assert (again.status, title_of(again)) == (403, "An app is configured")
    assert KEY_BEGINS not in again.text
    assert setup.the_app.webhook_secret not in again.text
    assert setup.env_file.read_text() == written


async def test_once_there_is_an_app_every_door_is_closed(setup: Desk) -> None:
    review = await setup.review()
    form = (await setup.open("/setup")).form
    await setup.agree(review)
    page = await setup.open("/setup")
    assert (page.status, page.form.action) == (200, None)
    assert f"/apps/{setup.the_app.slug}/installations/new" in page.text
    async with setup.browser.post(f"{setup.url}/setup", data=form.values | {"account": "personal"}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("state", ["", "&state=", "&state=another"])
async def test_a_state_that_was_not_given_here_gets_no_app_in(setup: Desk, state: str) -> None:
    back = await setup.back_from_github(await setup.review())
    refused = await setup.open(back.partition("&state=")[0] + state)
    assert (refused.status, title_of(refused)) == (403, "That was not begun here")
    assert asked_for_credentials(setup) == 0
    assert not setup.env_file.exists()
    assert (await setup.open(back)).status == 200, "the right one is still good"


async def test_another_browser_cannot_finish_what_this_one_began(setup: Desk) -> None:
    back = await setup.back_from_github(await setup.review())
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as other, other.get(back) as answer:
        assert (answer.status, KEY_BEGINS in await answer.text()) == (403, False)
    assert asked_for_credentials(setup) == 0


async def test_a_state_is_good_for_an_hour(setup: Desk, clock: FakeClock) -> None:
    back = await setup.back_from_github(await setup.review())
    await clock.advance(HOUR + 1)
    late = await setup.open(back)
    assert (late.status, title_of(late)) == (410, "Too late")
    assert asked_for_credentials(setup) == 0
    assert title_of(await setup.open(back)) == "That was not begun here"


async def test_a_code_that_github_no_longer_knows_is_too_late(setup: Desk) -> None:
    back = await setup.back_from_github(await setup.review())
    setup.github.state.codes.clear()
    late = await setup.open(back)
    assert (late.status, title_of(late)) == (410, "Too late")
    assert "delete it under Developer settings" in late.text
    assert (
        await setup.agree(await setup.send(await setup.open("/setup"), organization=ORGANIZATION), "B")
    ).status == 200


async def test_of_two_that_come_back_with_the_same_code_one_gets_the_app(setup: Desk) -> None:
    back = await setup.back_from_github(await setup.review())
    pages = await asyncio.gather(*(setup.open(back) for _ in range(3)))
    assert sorted(page.status for page in pages) == [200, 403, 403]
    assert asked_for_credentials(setup) == 1


@pytest.mark.parametrize("code", ["", "../../app", "a b", "x" * 300])
async def test_what_is_no_code_is_not_sent_to_github(setup: Desk, code: str) -> None:
    review = await setup.review()
    state = str(review.form.action).rpartition("state=")[2]
    async with setup.browser.get(
        f"{setup.url}/setup/registered", params={"code": code, "state": state}
    ) as answer:
        assert answer.status == 400
    assert asked_for_credentials(setup) == 0


def asked_for_credentials(setup: Desk) -> int:
    return sum(record.path.startswith("/app-manifests/") for record in setup.github.requests)


@pytest.mark.parametrize(
    "answer",
    [
        Response(503, {"message": "No server is currently available"}),
        Response(502, b"<html>Unicorn!</html>"),
        Response(429, {"message": "slow down"}, {"Retry-After": "60"}),
        Response(403, {"message": "API rate limit exceeded"}, {"X-RateLimit-Remaining": "0"}),
        None,
    ],
)
async def test_while_github_is_out_of_reach_nothing_is_lost(setup: Desk, answer: Response | None) -> None:
    back = await setup.back_from_github(await setup.review())

    def down(_record: RequestRecord) -> Response:
        if answer is None:
            raise ConnectionResetError
        return answer

    forget = setup.github.intercept(down)
    waiting = await setup.open(back)
    assert (waiting.status, title_of(waiting)) == (503, "GitHub does not answer")
    assert "reload this page" in waiting.text
    assert waiting.headers["Retry-After"] == "60"
    forget()
    assert title_of(await setup.open(back)) == "The app is registered"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"id": 1, "slug": "a", "pem": "no key", "owner": {"login": "o"}, "webhook_secret": "s"}',
        b'{"id": 0, "slug": "a", "pem": "", "owner": {}}',
        b'{"id": 1, "slug": "../x", "pem": "", "owner": {}}',
        b"[" * 100_000,
        b" " * 2**19,
    ],
)
async def test_an_answer_that_is_no_app_is_refused_and_nothing_is_written(setup: Desk, body: bytes) -> None:
    back = await setup.back_from_github(await setup.review())
    setup.github.intercept(lambda _record: Response(201, body))
    refused = await setup.open(back)
    assert (refused.status, title_of(refused)) == (502, "GitHub&#39;s answer cannot be used")
    assert not setup.env_file.exists()


async def test_only_so_many_tries_are_remembered_and_the_newest_count(setup: Desk) -> None:
    first = await setup.review()
    page = await setup.open("/setup")
    for _ in range(MOST_STATES):
        last = await setup.send(page, organization=ORGANIZATION)
    assert title_of(await setup.agree(first, "First")) == "That was not begun here"
    assert title_of(await setup.agree(last, "Last")) == "The app is registered"


@pytest.mark.parametrize("name", ["", " ", "-", "../x", "a/b", "ä", "<b>x</b>", "x" * 300])
async def test_what_is_no_organisation_is_asked_for_again(setup: Desk, name: str) -> None:
    page = await setup.review(organization=name)
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert "<b>x</b>" not in page.text
    assert page.form.values["form_token"]


# -- where the credentials go -----------------------------------------------------------------


async def test_what_stands_in_the_file_stays_as_it_is(setup: Desk) -> None:
    setup.env_file.write_text("# mine\nLOG_LEVEL=debug\nAPP_ID=", encoding="utf-8")
    setup.env_file.chmod(0o644)
    await setup.agree(await setup.review())
    assert setup.env_file.read_text().startswith("# mine\nLOG_LEVEL=debug\nAPP_ID=\nAPP_ID='")
    assert stat.S_IMODE(setup.env_file.stat().st_mode) == 0o600


async def test_a_key_that_stands_there_is_never_overwritten(setup: Desk) -> None:
    mine = "WEBHOOK_SECRET=mine\n"
    review = await setup.review()
    setup.env_file.write_text(mine, encoding="utf-8")
    done = await setup.agree(review)
    assert setup.env_file.read_text() == mine
    assert "sets WEBHOOK_SECRET already, and is left as it is." in done.text
    assert "Copy what stands below" in done.text
    assert KEY_BEGINS in done.text
    assert not setup.registration.goes_on.is_set()


async def test_where_nothing_can_be_written_the_page_says_so_and_shows_them_all_the_same(setup: Desk) -> None:
    setup.env_file.mkdir()
    done = await setup.agree(await setup.review())
    assert "cannot be read (Is a directory)" in done.text
    assert KEY_BEGINS in done.text
    assert not setup.registration.goes_on.is_set()


async def test_a_bot_that_others_reach_writes_no_file(
    github: Sandbox, clock: FakeClock, tmp_path: Path
) -> None:
    async with desk(github, clock, tmp_path, local=False) as setup:
        done = await setup.agree(await setup.review())
        assert "Nothing was written" in done.text
        assert KEY_BEGINS in done.text
        assert not setup.registration.goes_on.is_set()
        assert title_of(await setup.open("/setup")) == "Install"
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a path's own way would wait in an event loop


async def test_without_a_webhook_the_bot_makes_its_own_secret(setup: Desk) -> None:
    review = await setup.review()

    back = await setup.back_from_github(review)
    setup.the_app.webhook_secret = ""
    await setup.open(back)
    secret = dotenv_values(setup.env_file)["WEBHOOK_SECRET"]
    assert len(secret or "") == 40
    assert str(secret) in setup.seen[-1].text


# -- what is not told -------------------------------------------------------------------------


def always(answer: Response) -> Callable[[RequestRecord], Response]:
    return lambda _record: answer


async def test_no_secret_is_in_any_log_or_address_nor_on_any_page_but_the_one(setup: Desk) -> None:
    with capture_logs() as lines:
        back = await setup.back_from_github(await setup.review())
        for answer in (Response(503, b""), Response(500, b"x"), Response(418, b""), Response(201, b"{")):
            forget = setup.github.intercept(always(answer))
            await setup.open(back)
            forget()
        done = await setup.open(back)
        await setup.open(back)
        await setup.open("/setup")
        await setup.open("/nowhere?code=1")
    app, code = setup.the_app, back.partition("code=")[2].partition("&")[0]
    secrets = [app.webhook_secret, *app.private_key.splitlines()[1:-1], code, setup.registration.link]
    assert "app registered" in str(lines)
    for secret in secrets:
        assert secret not in str(lines)
        for page in setup.seen:
            if page is not done:
                assert secret not in page.text
                assert secret not in str(page.headers)
    assert [secret for secret in secrets[:-2] if secret not in done.text] == []
    for page in setup.seen:
        if page.url.startswith(setup.url):
            assert page.headers["Referrer-Policy"] == "no-referrer"
            assert page.headers["Cache-Control"] == "no-store" or page.status == 404
    kept = f"{setup.registration!r} {setup.registration.registered!r} {setup.keeper!r}"
    assert [secret for secret in secrets if secret in kept] == []
