"""Where the app is installed, and which of those repositories are sites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from bot.github.credentials import AppKey
from bot.github.errors import NoToken, Unavailable
from bot.github.installations import read_installations, read_repositories, read_sites
from bot.github.model import SiteRef
from bot.sandbox import RequestRecord, Response, Sandbox
from tests.clocks import FakeClock
from tests.readers import Access, access, names_in, queries, query_in, stage
from tests.world import CONFIG

ORGANIZATION = "open-telemetry"


@pytest.fixture
async def reached(github: Sandbox, clock: FakeClock) -> AsyncIterator[Access]:
    github.create_organization(ORGANIZATION)
    async with access(github, clock, ORGANIZATION) as found:
        yield found


async def found_sites(reached: Access) -> tuple[SiteRef, ...]:
    """The sites of the installation."""
    names = await read_repositories(reached.client)
    return await read_sites(reached.client, reached.installation.id, CONFIG, names)


async def sites_of(reached: Access) -> list[str]:
    """The names of the sites of the installation."""
    sites = await found_sites(reached)
    assert {site.installation_id for site in sites} <= {reached.installation.id}
    return [site.full_name for site in sites]


def create(reached: Access, name: str, *, config: bool = True) -> str:
    """A repository of the organisation, with or without the configuration."""
    files = {"README.md": "x\n"} | ({CONFIG: ""} if config else {})
    return reached.github.create_repository(f"{ORGANIZATION}/{name}", files=files).full_name


async def test_every_page_of_installations_is_read(reached: Access) -> None:
    [app] = reached.github.state.apps.values()
    suspended = reached.github.install(app, "sleepers")
    reached.github.suspend(suspended)
    for number in range(100):
        reached.github.install(app, f"organization-{number}")
    found = await read_installations(reached.hub.app)
    assert len(found) == 102
    assert [(one.account, one.id) for one in found if one.suspended] == [("sleepers", suspended.id)]
    assert found[0].account == ORGANIZATION


async def test_an_installation_whose_account_is_gone_has_no_name(reached: Access) -> None:
    def without_account(record: RequestRecord) -> Response | None:
        listed: list[dict[str, Any]] = [{"id": 7, "account": None, "suspended_at": None, "permissions": {}}]
        return Response(200, listed) if record.path.startswith("/app/installations?") else None

    reached.github.intercept(without_account)
    [found] = await read_installations(reached.hub.app)
    assert (found.id, found.account, found.suspended) == (7, "", False)


async def test_an_installation_of_which_only_the_id_is_told_is_one_all_the_same(clock: FakeClock) -> None:
    """Servers of other ages leave out what they have nothing to say of."""

    def tersely(record: RequestRecord) -> Response | None:
        return Response(200, [{"id": 7}]) if record.path.startswith("/app/installations?") else None

    github = Sandbox(clock)
    github.intercept(tersely)
    async with access(github, clock, ORGANIZATION) as reached:
        [found] = await read_installations(reached.hub.app)
    assert (found.id, found.account, found.suspended) == (7, "", False)
    assert not found.may_write("contents")


async def test_the_installation_on_a_repository_tells_what_it_was_granted(reached: Access) -> None:
    site = create(reached, "site")
    found = await reached.hub.installation_on(site)
    assert found is not None
    assert (found.id, found.account, found.suspended) == (reached.installation.id, ORGANIZATION, False)
    assert (found.may_write("contents"), found.may_write("metadata"), found.may_write("checks")) == (
        True,
        False,
        False,
    )
    reached.github.remove_repositories(reached.installation, [site])
    assert await reached.hub.installation_on(site) is None
    assert await reached.hub.installation_on(f"{ORGANIZATION}/nowhere") is None


async def test_the_apps_key_is_made_ready_once(
    reached: Access, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str | bytes] = []
    prepare = RSAAlgorithm.prepare_key

    def counted(self: RSAAlgorithm, key: Any) -> Any:  # noqa: ANN401 - PyJWT's, text or a key
        if isinstance(key, str | bytes):
            read.append(key)
        return prepare(self, key)

    [app] = reached.github.state.apps.values()
    key = AppKey(str(app.id), f"{app.private_key}\n", clock)  # as no other test has had it made ready
    monkeypatch.setattr(RSAAlgorithm, "prepare_key", counted)
    signed = set()
    for _ in range(3):
        signed.add(await key.authorization())
        await clock.advance(3600)
    assert (len(signed), len(read)) == (3, 1)


async def test_a_site_is_a_repository_with_the_configuration_on_its_default_branch(reached: Access) -> None:
    site = reached.github.repository(create(reached, "site"))
    create(reached, "plain", config=False)
    elsewhere = reached.github.repository(create(reached, "elsewhere", config=False))
    elsewhere.push({CONFIG: ""}, branch="some-day")
    reached.github.repository(create(reached, "archived")).archive()
    reached.github.create_repository(f"{ORGANIZATION}/empty", files={})
    trunk = reached.github.create_repository(
        f"{ORGANIZATION}/trunk", files={CONFIG: ""}, default_branch="trunk"
    )
    hidden = reached.github.create_repository(f"{ORGANIZATION}/hidden", files={CONFIG: ""}, private=True)
    found = await found_sites(reached)
    assert found == tuple(
        SiteRef(reached.installation.id, repository.id, repository.full_name)
        for repository in (site, trunk, hidden)
    )


async def test_a_large_organisation_is_searched_fifty_repositories_at_a_time(reached: Access) -> None:
    for number in range(120):
        create(reached, f"repository-{number:03}", config=number in (3, 60, 119))
    assert await sites_of(reached) == [
        f"{ORGANIZATION}/repository-{number}" for number in ("003", "060", "119")
    ]
    assert [len(names_in(query)) for query in queries(reached.github, "Configured")] == [50, 50, 20]


async def test_an_installation_without_repositories_has_no_sites(reached: Access) -> None:
    assert await sites_of(reached) == []
    assert queries(reached.github, "Configured") == []


async def test_only_what_the_installation_reaches_is_searched(reached: Access) -> None:
    chosen, other = create(reached, "chosen"), create(reached, "other")
    reached.github.remove_repositories(reached.installation, [other])
    assert await sites_of(reached) == [chosen]


async def test_a_repository_that_vanishes_meanwhile_is_passed_over(reached: Access) -> None:
    kept, gone = create(reached, "kept"), create(reached, "gone")

    def delete_it(record: RequestRecord) -> None:
        if query_in(record, "Configured"):
            reached.github.repository(gone).delete()

    reached.github.intercept(delete_it)
    assert await sites_of(reached) == [kept]


def answer(*errors: dict[str, Any], **found: str | None) -> Response:
    """An answer in which these aliases are sites of that name, or ``null``."""
    data = {
        alias: name
        and {"databaseId": 1, "nameWithOwner": name, "isArchived": False, "object": {"oid": "0" * 40}}
        for alias, name in found.items()
    }
    return Response(200, {"data": data, "errors": list(errors)})


async def test_a_repository_that_is_closed_to_the_app_hides_no_other(reached: Access) -> None:
    closed, site = create(reached, "closed"), create(reached, "site")
    refusal = {"type": "FORBIDDEN", "path": ["r0"], "message": "Repository access blocked"}
    stage(reached.github, "Configured", answer(refusal, r0=None, r1=site), closed.partition("/")[2])
    assert await sites_of(reached) == [site]


@pytest.mark.parametrize(
    "error",
    [
        {"type": "SERVICE_UNAVAILABLE", "path": ["r0"], "message": "Later"},
        {"path": ["r0", "object"], "message": "Later"},
        {"message": "Later: something went wrong while executing your query."},
    ],
)
async def test_a_site_that_github_cannot_answer_for_is_not_passed_over(
    reached: Access, error: dict[str, Any]
) -> None:
    site, other = create(reached, "site"), create(reached, "other")
    stage(reached.github, "Configured", answer(error, r0=None, r1=other), site.partition("/")[2])
    with pytest.raises(Unavailable, match="Later"):
        await sites_of(reached)


async def test_a_suspended_installation_cannot_be_read(reached: Access) -> None:
    reached.github.suspend(reached.installation)
    with pytest.raises(NoToken):
        await sites_of(reached)


async def test_a_deleted_installation_cannot_be_read(reached: Access) -> None:
    reached.github.uninstall(reached.installation)
    with pytest.raises(NoToken):
        await sites_of(reached)
