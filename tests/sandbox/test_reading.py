"""What every reader relies on: pages, conditional requests, limits, and names that move."""

from __future__ import annotations

from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.sandbox.asking import ORGANIZATION, SITE, app_on, asking, json_web_token, site

ISSUES = f"/repos/{SITE}/issues"


class TestPages:
    async def test_lead_from_one_to_the_next(self, github: Sandbox) -> None:
        repo = site(github)
        for number in range(1, 8):
            repo.create_issue(f"issue {number}")
        async with asking(github) as client:
            path: str | None = f"{ISSUES}?per_page=3&direction=asc"
            numbers, rels = [], []
            while path:
                answer = await client.get(path)
                numbers += [issue["number"] for issue in answer.body]
                rels.append(sorted(answer.links))
                path = answer.links.get("next")
        assert numbers == list(range(1, 8))
        assert rels == [["last", "next"], ["first", "last", "next", "prev"], ["first", "prev"]]

    async def test_hold_thirty_and_at_most_a_hundred(self, github: Sandbox) -> None:
        repo = site(github)
        for number in range(102):
            repo.create_issue(f"issue {number}")
        async with asking(github) as client:
            lengths = [len((await client.get(ISSUES + query)).body) for query in ("", "?per_page=100")]
            assert lengths == [30, 100]
            beyond = await client.get(f"{ISSUES}?per_page=100&page=9")
            assert (beyond.body, sorted(beyond.links)) == ([], ["first", "prev"])


class TestConditionalRequests:
    async def test_are_free_while_nothing_changes(self, github: Sandbox) -> None:
        repo = site(github)
        _, token = app_on(github)
        async with asking(github, token) as client:
            first = await client.get(ISSUES)
            same = await client.get(ISSUES, If_None_Match=first.headers["ETag"])
            assert (same.status, same.body) == (304, "")
            assert same.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"] == "1"
            repo.create_issue("new")
            changed = await client.get(ISSUES, If_None_Match=first.headers["ETag"])
            assert (changed.status, changed.headers["X-RateLimit-Used"]) == (200, "2")
            assert not first.headers["ETag"].startswith("W/")

    async def test_hold_for_one_token_only(self, github: Sandbox) -> None:
        site(github)
        _, token = app_on(github)
        [installation] = github.state.installations.values()
        async with asking(github, token) as client:
            etag = (await client.get(ISSUES)).headers["ETag"]
            renewed = client.of(github.installation_token(installation))
            assert (await renewed.get(ISSUES, If_None_Match=etag)).status == 200

    async def test_are_told_apart_by_what_is_accepted(self, github: Sandbox) -> None:
        site(github)
        path, raw = f"/repos/{SITE}/contents/README.md", "application/vnd.github.raw+json"
        _, token = app_on(github)
        async with asking(github, token) as client:
            etag = (await client.get(path)).headers["ETag"]
            assert (await client.get(path, Accept=raw, If_None_Match=etag)).status == 200


class TestLimits:
    async def test_refuse_until_the_hour_is_over(self, github: Sandbox, clock: FakeClock) -> None:
        site(github)
        _, token = app_on(github)
        [installation] = github.state.installations.values()
        github.set_rate_limit(installation, remaining=1)
        async with asking(github, token) as client:
            assert (await client.get(ISSUES)).headers["X-RateLimit-Remaining"] == "0"
            refused = await client.get(ISSUES)
            assert refused.status == 403
            assert refused.message == f"API rate limit exceeded for installation ID {installation.id}."
            reset = int(refused.headers["X-RateLimit-Reset"])
            told = (await client.get("/rate_limit")).body["resources"]
            assert (told["core"]["remaining"], told["core"]["reset"]) == (0, reset)
            await clock.advance(reset - clock.now().timestamp())
            renewed = client.of(github.installation_token(installation))
            assert (await renewed.get(ISSUES)).headers["X-RateLimit-Remaining"] == "4999"

    async def test_are_kept_apart_by_asker_and_resource(self, github: Sandbox) -> None:
        site(github)
        _, token = app_on(github)
        [installation] = github.state.installations.values()
        github.set_rate_limit(installation, remaining=0, resource="core", status=429)
        async with asking(github, token) as client:
            assert (await client.get(ISSUES)).status == 429
            assert "errors" not in await client.graphql("{viewer{login}}")
            assert (await client.of(github.personal_token("ada")).get(ISSUES)).status == 200

    async def test_of_graphql_come_as_an_error_with_status_200(self, github: Sandbox) -> None:
        site(github)
        _, token = app_on(github)
        [installation] = github.state.installations.values()
        github.set_rate_limit(installation, remaining=0, resource="graphql")
        async with asking(github, token) as client:
            path = f"{client.server.url}/api/graphql"
            answer = await client.ask("POST", path, {"query": "{viewer{login}}"})
            assert (answer.status, answer.body["errors"][0]["type"]) == (200, "RATE_LIMITED")
            assert answer.headers["X-RateLimit-Remaining"] == "0"
            assert answer.headers["X-RateLimit-Resource"] == "graphql"


class TestNames:
    async def test_of_a_renamed_repository_redirect_by_number(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_issue("one")
        _, token = app_on(github)
        repo.rename("home")
        async with asking(github, token) as client:
            moved = await client.get(f"{ISSUES}?state=all")
            assert (moved.status, moved.message) == (301, "Moved Permanently")
            where = moved.headers["Location"]
            assert where.endswith(f"/repositories/{repo.id}/issues?state=all")
            assert [issue["title"] for issue in (await client.get(where)).body] == ["one"]
            assert (await client.post(ISSUES, {"title": "two"})).status == 307
            assert (await client.get("/repos/org/home")).body["id"] == repo.id

    async def test_are_free_for_another_repository(self, github: Sandbox) -> None:
        site(github).rename("home")
        other = github.create_repository(SITE)
        async with asking(github) as client:
            assert (await client.get(f"/repos/{SITE}")).body["id"] == other.id

    async def test_of_what_moved_out_of_sight_are_unknown(self, github: Sandbox) -> None:
        repo = site(github)
        repo.make_private()
        repo.transfer("elsewhere")
        github.install(github.create_app("other"), ORGANIZATION)
        _, token = app_on(github)
        async with asking(github, token) as client:
            assert (await client.get(f"/repos/{SITE}")).status == 404

    async def test_of_deleted_repositories_are_unknown(self, github: Sandbox, clock: FakeClock) -> None:
        repo = site(github)
        app, token = app_on(github)
        repo.delete()
        async with asking(github, token) as client:
            assert (await client.get(f"/repos/{SITE}")).status == 404
            owner = client.of(json_web_token(app, clock))
            assert (await owner.get(f"/repos/{SITE}/installation")).status == 404


async def test_an_archived_repository_is_read_only(github: Sandbox) -> None:
    repo = site(github)
    repo.archive()
    _, token = app_on(github)
    async with asking(github, token) as client:
        assert (await client.get(ISSUES)).status == 200
        refused = await client.post(ISSUES, {"title": "x"})
    assert (refused.status, refused.message) == (403, "Repository was archived so is read-only.")


async def test_both_shapes_of_the_api_answer_alike(github: Sandbox) -> None:
    repo = site(github)
    _, token = app_on(github)
    async with asking(github, token) as client:
        enterprise = await client.get(f"/repos/{SITE}")
        plain = await client.get(f"{client.server.url}/repos/{SITE}")
        assert plain.body == enterprise.body
        assert plain.body["html_url"] == f"{client.server.url}/{repo.full_name}"
        asked = {"query": "{viewer{login}}"}
        both = [
            await client.ask("POST", client.server.url + path, asked) for path in ("/graphql", "/api/graphql")
        ]
        assert both[0].body == both[1].body == {"data": {"viewer": {"login": "status-bot[bot]"}}}


async def test_issues_are_found_by_their_creator_and_labels(github: Sandbox) -> None:
    repo = site(github)
    repo.create_issue("by a person")
    _, token = app_on(github)
    async with asking(github, token) as client:
        await client.post(ISSUES, {"title": "by the app", "labels": ["status-page"]})
        for query in ("creator=status-bot[bot]", "creator=app/status-bot", "labels=Status-Page"):
            assert [one["title"] for one in (await client.get(f"{ISSUES}?{query}")).body] == ["by the app"]
        assert (await client.get(f"{ISSUES}?labels=none")).body == []


async def test_a_reaction_is_given_once(github: Sandbox) -> None:
    repo = site(github)
    comment = repo.comment(repo.create_issue("x").number, "/status help")
    _, token = app_on(github)
    path = f"{ISSUES}/comments/{comment.id}/reactions"
    async with asking(github, token) as client:
        answers = [await client.post(path, {"content": "rocket"}) for _ in range(2)]
        assert [answer.status for answer in answers] == [201, 200]
        assert answers[0].body["id"] == answers[1].body["id"]
        assert (await client.post(path, {"content": "shrug"})).status == 422
    assert comment.reactions == [("rocket", "status-bot[bot]")]
