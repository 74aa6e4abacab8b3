"""What people may do is what GitHub says, asked once a minute; what cannot be asked is not granted."""

from __future__ import annotations

import asyncio

import pytest

from bot.github.errors import Unavailable
from bot.github.roles import ROLES, is_private
from bot.permissions import REMEMBERED_SECONDS, Permissions, Place
from bot.sandbox import Repo, RequestRecord, Response, Sandbox
from bot.sandbox.records import Role
from tests.clocks import FakeClock
from tests.readers import Access, access

ORGANIZATION = "octo"


@pytest.fixture
def site(github: Sandbox) -> Repo:
    github.create_organization(ORGANIZATION, owners=["linus"], members=["grace"])
    return github.create_repository(f"{ORGANIZATION}/site")


def asked(github: Sandbox) -> list[str]:
    return [record.path for record in github.requests if record.path.endswith("/permission")]


async def roles_of(reached: Access, login: str, *repositories: Repo) -> list[str]:
    """The roles that a person has at least one of somewhere."""
    permissions = Permissions(reached.hub, reached.clock)
    places = [Place(reached.installation.id, repository.full_name) for repository in repositories]
    return [role for role in ROLES if await permissions.may(login, role, places)]


@pytest.mark.parametrize("role", ["read", "triage", "write", "maintain", "admin"])
async def test_a_role_includes_every_lower_one(
    github: Sandbox, clock: FakeClock, site: Repo, role: Role
) -> None:
    site.add_collaborator("ada", role)
    async with access(github, clock, ORGANIZATION) as reached:
        assert await roles_of(reached, "Ada", site) == list(ROLES[: ROLES.index(role) + 1])


async def test_owners_members_strangers_and_nobody(github: Sandbox, clock: FakeClock, site: Repo) -> None:
    github.create_user("mallory")
    async with access(github, clock, ORGANIZATION) as reached:
        assert (await roles_of(reached, "linus", site))[-1] == "admin"
        for login in ("grace", "mallory"):
            assert (await roles_of(reached, login, site))[-1] == "read"
        for login in ("no-such-person", ""):
            assert (await roles_of(reached, login, site)) == ["none"]
        site.make_private()
        assert (await roles_of(reached, "mallory", site)) == ["none"]
        assert await is_private(reached.client, site.full_name) is True


async def test_a_role_on_one_of_several_places_is_enough(
    github: Sandbox, clock: FakeClock, site: Repo
) -> None:
    sig = github.create_repository(f"{ORGANIZATION}/sig")
    sig.add_collaborator("ada", "write")
    async with access(github, clock, ORGANIZATION) as reached:
        assert (await roles_of(reached, "ada", site))[-1] == "read"
        assert (await roles_of(reached, "ada", site, sig))[-1] == "write"
        assert await roles_of(reached, "ada") == []


async def test_what_the_app_may_not_ask_is_not_granted(github: Sandbox, clock: FakeClock, site: Repo) -> None:
    elsewhere = github.create_repository("others/sig", private=True)
    elsewhere.add_collaborator("ada", "admin")
    async with access(github, clock, ORGANIZATION) as reached:
        assert await roles_of(reached, "ada", elsewhere) == ["none"]
        github.intercept(
            lambda record: Response(403, {"message": "Forbidden"}) if "/permission" in record.path else None
        )
        assert await roles_of(reached, "linus", site) == ["none"]


@pytest.mark.parametrize(
    ("answer", "best"),
    [
        ({"role_name": "doc-writers", "permission": "write"}, "write"),
        ({"role_name": "maintain", "permission": "write"}, "maintain"),
        ({"role_name": "triage", "permission": "read"}, "triage"),
        ({"permission": "admin"}, "admin"),
        ({"role_name": "odd", "permission": "odd"}, "none"),
    ],
)
async def test_a_role_of_the_organisations_own_counts_for_what_it_is_based_on(
    github: Sandbox, clock: FakeClock, site: Repo, answer: dict[str, str], best: str
) -> None:
    github.intercept(
        lambda record: Response(200, {"user": None, **answer}) if "/permission" in record.path else None
    )
    async with access(github, clock, ORGANIZATION) as reached:
        assert (await roles_of(reached, "ada", site))[-1] == best


async def test_an_answer_holds_for_a_minute(github: Sandbox, clock: FakeClock, site: Repo) -> None:
    async with access(github, clock, ORGANIZATION) as reached:
        permissions = Permissions(reached.hub, clock)
        places = [Place(reached.installation.id, site.full_name)]
        assert not await permissions.may("ada", "write", places)
        site.add_collaborator("ada", "write")
        await clock.advance(REMEMBERED_SECONDS - 1)
        assert not await permissions.may("ADA", "write", places)
        assert len(asked(github)) == 1
        await clock.advance(2)
        assert await permissions.may("ada", "write", places)
        assert len(asked(github)) == 2


async def test_a_failure_is_no_answer_and_is_not_remembered(
    github: Sandbox, clock: FakeClock, site: Repo
) -> None:
    site.add_collaborator("ada", "write")

    def down(record: RequestRecord) -> Response | None:
        return Response(503) if "/permission" in record.path else None

    async with access(github, clock, ORGANIZATION) as reached:
        permissions = Permissions(reached.hub, clock)
        places = [Place(reached.installation.id, site.full_name)]
        up = github.intercept(down)
        failing = asyncio.ensure_future(permissions.may("ada", "write", places))
        await clock.until(failing.done)
        with pytest.raises(Unavailable):
            await failing
        up()
        assert await permissions.may("ada", "write", places)
