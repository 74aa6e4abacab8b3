"""Who may see and do what, and how the others are refused."""

from __future__ import annotations

import base64

import pytest

from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.sandbox.asking import ORGANIZATION, SITE, app_on, asking, json_web_token, site

ISSUES = f"/repos/{SITE}/issues"


class TestAnApp:
    async def test_speaks_for_itself_with_a_signed_token(self, github: Sandbox, clock: FakeClock) -> None:
        site(github)
        app, _ = app_on(github)
        async with asking(github, json_web_token(app, clock)) as client:
            assert (await client.get("/app")).body["slug"] == "status-bot"
            by_name = await client.get(f"/repos/{SITE}/installation")
            assert (await client.get("/app/installations")).body[0]["id"] == by_name.body["id"]
            client_id = client.of(json_web_token(app, clock, iss=app.client_id))
            assert (await client_id.get("/app")).status == 200

    async def test_finds_where_it_is_installed_though_it_be_private(
        self, github: Sandbox, clock: FakeClock
    ) -> None:
        repo = site(github)
        repo.make_private()
        app, _ = app_on(github)
        stranger = github.create_app("another", webhook_secret="x")
        async with asking(github, json_web_token(app, clock)) as client:
            path = f"/repos/{SITE}/installation"
            assert (await client.get(path)).status == 200
            assert (await client.of(json_web_token(stranger, clock)).get(path)).status == 404

    @pytest.mark.parametrize(
        ("claims", "said"),
        [
            ({"exp": 601}, "'Expiration time' claim ('exp') is too far in the future"),
            ({"exp": 0}, "must be a numeric value representing the future time"),
            ({"iat": 1}, "'Issued at' claim ('iat') must be an Integer"),
        ],
    )
    async def test_is_refused_when_its_times_are_wrong(
        self, github: Sandbox, clock: FakeClock, claims: dict[str, int], said: str
    ) -> None:
        site(github)
        app, _ = app_on(github)
        now = int(clock.now().timestamp())
        late = {name: now + seconds for name, seconds in claims.items()}
        async with asking(github, json_web_token(app, clock, **late)) as client:
            answer = await client.get("/app")
        assert answer.status == 401
        assert said in answer.message

    async def test_is_refused_when_another_key_signed(self, github: Sandbox, clock: FakeClock) -> None:
        site(github)
        app, _ = app_on(github)
        other = github.create_app("other")
        async with asking(github, json_web_token(other, clock, iss=str(app.id))) as client:
            answer = await client.get("/app")
            unknown = await client.of(json_web_token(app, clock, iss="1")).get("/app")
        assert (answer.status, answer.message) == (401, "A JSON web token could not be decoded")
        assert (unknown.status, unknown.message) == (404, "Integration not found")

    async def test_cannot_act_in_a_repository_by_itself(self, github: Sandbox, clock: FakeClock) -> None:
        site(github)
        app, token = app_on(github)
        async with asking(github, json_web_token(app, clock)) as client:
            assert (await client.get(f"/repos/{SITE}")).status == 403
            assert (await client.of(token).get("/app")).status == 401


class TestAnInstallationToken:
    async def test_is_as_narrow_as_asked_for(self, github: Sandbox, clock: FakeClock) -> None:
        repo = site(github)
        github.create_repository("org/sig")
        app, _ = app_on(github)
        [installation] = github.state.installations.values()
        path = f"/app/installations/{installation.id}/access_tokens"
        async with asking(github, json_web_token(app, clock)) as client:
            wish = {"repository_ids": [repo.id], "permissions": {"issues": "write"}}
            made = await client.post(path, wish)
            assert made.status == 201
            assert made.body["permissions"] == {"issues": "write", "metadata": "read"}
            assert [one["full_name"] for one in made.body["repositories"]] == [SITE]
            narrow = client.of(made.body["token"])
            assert (await narrow.post(ISSUES, {"title": "Yes"})).status == 201
            elsewhere = await narrow.post("/repos/org/sig/issues", {"title": "No"})
            assert (elsewhere.status, elsewhere.message) == (403, "Resource not accessible by integration")
            assert (await narrow.get("/repos/org/sig/issues")).status == 200, "what is public may be read"
            tip = repo.tip()
            refused = await narrow.post(f"/repos/{SITE}/git/refs", {"ref": "refs/heads/x", "sha": tip})
            assert refused.status == 403
            assert refused.headers["X-Accepted-GitHub-Permissions"] == "contents=write"
            [only] = (await narrow.get("/installation/repositories")).body["repositories"]
            assert only["id"] == repo.id

    @pytest.mark.parametrize(
        "wish",
        [
            {"permissions": {"actions": "read"}},
            {"permissions": {"metadata": "write"}},
            {"repositories": ["nowhere"]},
            {"repository_ids": [1]},
        ],
    )
    async def test_is_not_wider_than_the_installation(
        self, github: Sandbox, clock: FakeClock, wish: dict[str, object]
    ) -> None:
        site(github)
        app, _ = app_on(github)
        [installation] = github.state.installations.values()
        async with asking(github, json_web_token(app, clock)) as client:
            answer = await client.post(f"/app/installations/{installation.id}/access_tokens", wish)
        assert answer.status == 422

    async def test_lives_for_an_hour(self, github: Sandbox, clock: FakeClock) -> None:
        site(github)
        _, token = app_on(github)
        async with asking(github, token) as client:
            await clock.advance(3599)
            assert (await client.get(f"/repos/{SITE}")).status == 200
            await clock.advance(1)
            answer = await client.get(f"/repos/{SITE}")
            assert (answer.status, answer.message) == (401, "Bad credentials")

    async def test_sees_a_private_repository_only_if_made_for_it(self, github: Sandbox) -> None:
        site(github)
        github.create_repository("org/secret", private=True)
        app = github.create_app("status-bot", {"contents": "read"})
        installation = github.install(app, ORGANIZATION)
        wide = github.installation_token(installation)
        narrow = github.installation_token(installation, repositories=[SITE])
        async with asking(github, wide) as client:
            assert (await client.get("/repos/org/secret/contents/README.md")).status == 200
            assert (await client.get("/repos/org/secret/issues")).status == 403
            assert (await client.of(narrow).get("/repos/org/secret")).status == 404
            assert (await client.of("").get("/repos/org/secret")).status == 404

    async def test_dies_with_its_installation(self, github: Sandbox, clock: FakeClock) -> None:
        site(github)
        app, token = app_on(github)
        [installation] = github.state.installations.values()
        path = f"/app/installations/{installation.id}"
        async with asking(github, token) as client:
            owner = client.of(json_web_token(app, clock))
            github.suspend(installation)
            suspended = await client.get(f"/repos/{SITE}")
            assert (suspended.status, suspended.message) == (403, "This installation has been suspended")
            assert (await owner.post(f"{path}/access_tokens")).status == 403
            github.unsuspend(installation)
            assert (await client.get(f"/repos/{SITE}")).status == 200
            github.uninstall(installation)
            assert (await client.get(f"/repos/{SITE}")).status == 401
            assert (await owner.get(path)).status == 404


class TestAPerson:
    async def test_may_do_what_the_role_allows(self, github: Sandbox) -> None:
        repo = site(github)
        for login, role in (("rae", "read"), ("tim", "triage"), ("wil", "write")):
            repo.add_collaborator(login, role)  # type: ignore[arg-type] # the roles stand just above
        issue = repo.create_issue("A fault")
        path, ref = f"{ISSUES}/{issue.number}", {"ref": "refs/heads/x", "sha": repo.tip()}
        async with asking(github) as client:
            statuses = {}
            for login in ("rae", "tim", "wil", "olga", "nobody"):
                mine = client.of(github.personal_token(login))
                closed = await mine.ask("PATCH", path, {"state": "open"})
                pushed = await mine.post(f"/repos/{SITE}/git/refs", ref | {"ref": f"refs/heads/{login}"})
                commented = await mine.post(f"{path}/comments", {"body": "Me too"})
                statuses[login] = (commented.status, closed.status, pushed.status)
        assert statuses == {
            "rae": (201, 403, 403),
            "tim": (201, 200, 403),
            "wil": (201, 200, 201),
            "olga": (201, 200, 201),
            "nobody": (201, 404, 404),
        }

    async def test_needs_the_scope_too(self, github: Sandbox) -> None:
        github.create_organization(ORGANIZATION, owners=["olga"])
        github.create_repository("org/secret", private=True)
        async with asking(github) as client:
            for scopes, status in (((), 200), (("public_repo",), 404), (("read:org",), 404)):
                token = github.personal_token("olga", *scopes)
                assert (await client.of(token).get("/repos/org/secret")).status == status

    async def test_can_send_the_token_as_a_password(self, github: Sandbox) -> None:
        site(github)
        token = github.personal_token("olga")
        password = base64.b64encode(f"olga:{token}".encode()).decode()
        async with asking(github) as client:
            answer = await client.get("/user", Authorization=f"Basic {password}")
        assert answer.body["login"] == "olga"

    @pytest.mark.parametrize(
        ("role", "permission"),
        [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
    )
    async def test_is_known_to_apps_by_permission_and_role(
        self, github: Sandbox, role: str, permission: str
    ) -> None:
        repo = site(github)
        repo.add_collaborator("ada", role)  # type: ignore[arg-type] # the roles stand just above
        _, token = app_on(github)
        async with asking(github, token) as client:
            told = (await client.get(f"/repos/{SITE}/collaborators/ada/permission")).body
            assert (told["permission"], told["role_name"]) == (permission, role)
            owner = (await client.get(f"/repos/{SITE}/collaborators/olga/permission")).body
            assert owner["permission"] == "admin"
            assert (await client.get(f"/repos/{SITE}/collaborators/no-one/permission")).status == 404


class TestSomebodyUnknown:
    async def test_reads_what_is_public_and_writes_nothing(self, github: Sandbox) -> None:
        site(github)
        async with asking(github) as client:
            read = await client.get(f"/repos/{SITE}/contents/data/page.yaml")
            assert (read.status, read.headers["X-RateLimit-Limit"]) == (200, "60")
            assert (await client.post(ISSUES, {"title": "x"})).status == 401
            assert (await client.graphql("{viewer{login}}"))["message"].startswith("This endpoint requires")

    async def test_with_wrong_credentials_reads_nothing_at_all(self, github: Sandbox) -> None:
        site(github)
        async with asking(github, "ghs_wrong") as client:
            answer = await client.get(f"/repos/{SITE}")
        assert (answer.status, answer.message) == (401, "Bad credentials")
