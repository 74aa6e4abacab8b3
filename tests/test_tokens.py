"""Each token is as narrow as its use: what was asked for, what GitHub lets it do, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp

from bot.github.credentials import ANSWER, CHECK, LOOK_INTO, READ, WRITE
from bot.sandbox import RequestRecord, Sandbox, Server
from tests.clocks import FakeClock
from tests.github_calls import call_of, calls_in_the_code, graphql_call
from tests.lived_through import SECRET_SIG, lived_through, lived_through_with_a_fork
from tests.sandbox.asking import Client
from tests.staged import FORK, Stage
from tests.world import BRANCH, SITE


def by_tokens(github: Sandbox, story: Stage) -> dict[str, RequestRecord]:
    """The installation's tokens by what they are, as they were used."""
    site, python = story.site.id, story.sig("Python").id
    kinds = {
        "reads": (dict(READ), None),
        "proposes": (dict(WRITE), {site}),
        "answers on the SIG": (dict(ANSWER), {python}),
        "checks": (dict(CHECK), {site}),
    }
    return {
        kind: next(
            record
            for record in reversed(github.requests)
            if record.authentication == "installation"
            and dict(record.permissions) == permissions
            and record.repositories == repositories
        )
        for kind, (permissions, repositories) in kinds.items()
    }


def token_of(record: RequestRecord) -> str:
    return record.headers["Authorization"].removeprefix("Bearer ")


def writes_to(repository: str, tip: str) -> Iterator[tuple[str, str, object]]:
    """Every way to change something there that contents, issues or pull requests are made of."""
    at = f"/repos/{repository}"
    yield "POST", f"{at}/git/refs", {"ref": "refs/heads/evil", "sha": tip}
    yield "PATCH", f"{at}/git/refs/heads/main", {"sha": tip, "force": True}
    yield "DELETE", f"{at}/git/refs/heads/main", None
    yield (
        "POST",
        f"{at}/git/trees",
        {"tree": [{"path": "x", "mode": "100644", "type": "blob", "content": ""}]},
    )
    yield "PUT", f"{at}/contents/evil.md", {"message": "x", "content": "eA=="}
    yield "PUT", f"{at}/contents/.github/workflows/evil.yml", {"message": "x", "content": "eA=="}
    yield "POST", f"{at}/releases", {"tag_name": "v9"}
    yield "POST", f"{at}/pulls", {"title": "x", "head": "evil", "base": "main"}
    yield "POST", f"{at}/issues", {"title": "x"}
    yield "POST", f"{at}/issues/1/comments", {"body": "x"}
    yield "POST", f"{at}/issues/1/labels", {"labels": ["x"]}
    yield "PATCH", f"{at}/issues/1", {"state": "closed"}
    yield "POST", f"{at}/milestones", {"title": "v9"}
    yield "POST", f"{at}/check-runs", {"name": "x", "head_sha": tip, "conclusion": "success"}


def of_contents(repository: str, tip: str) -> list[tuple[str, str, object]]:
    return [wish for wish in writes_to(repository, tip) if "/git/" in wish[1] or "/contents/" in wish[1]]


async def assert_refused(client: Client, wishes: list[tuple[str, str, object]]) -> None:
    assert wishes
    for method, path, body in wishes:
        answer = await client.ask(method, path, body)
        assert answer.status in (403, 404), f"{method} {path}: {answer.status}"


async def test_tokens_are_narrow_and_github_refuses_them_everything_else(clock: FakeClock) -> None:
    github = Sandbox(clock)
    async with lived_through(github, clock) as story, aiohttp.ClientSession() as session:
        used = by_tokens(github, story)
        _every_token_that_writes_is_for_one_repository(story)
        _every_call_is_one_that_the_table_names(github)
        sig, secret, site = story.sig("Python"), github.repository(SECRET_SIG), story.site
        before = _all_that_stands(github)
        server = Server(str(github.state.url))
        reads, proposes, answers, checks = (
            Client(session, server, token_of(record)) for record in used.values()
        )

        assert (await reads.get(f"/repos/{SECRET_SIG}/contents/README.md")).status == 200
        for repository in (sig, secret, site):
            await assert_refused(reads, list(writes_to(repository.full_name, str(repository.tip()))))

        for repository in (sig, secret):
            await assert_refused(proposes, list(writes_to(repository.full_name, str(repository.tip()))))
        assert (await proposes.get(f"/repos/{SECRET_SIG}/contents/README.md")).status == 404
        assert (await proposes.get(f"/repos/{SITE}/contents/README.md")).status == 200

        await assert_refused(answers, of_contents(sig.full_name, str(sig.tip())))
        for repository in (secret, site):
            await assert_refused(answers, list(writes_to(repository.full_name, str(repository.tip()))))

        for repository in (sig, secret):
            await assert_refused(checks, list(writes_to(repository.full_name, str(repository.tip()))))
        others = [wish for wish in writes_to(SITE, str(site.tip())) if "/check-runs" not in wish[1]]
        await assert_refused(checks, others)
        assert (await checks.get(f"/repos/{SECRET_SIG}/contents/README.md")).status == 404
        assert (await checks.get(f"/repos/{SITE}/contents/README.md")).status == 200
        assert _all_that_stands(github) == before
        for client in (reads, proposes, answers, checks):
            assert (await client.get("/app")).status == 401, "it is not the app itself"
            minted = await client.post(f"/app/installations/{story.organisation.id}/access_tokens")
            assert minted.status == 401, "no token makes another"


def _all_that_stands(github: Sandbox) -> list[object]:
    return [
        (
            one.full_name,
            {name: one.tip(name) for name in one.branches},
            len(one.releases()),
            len(one.pulls("all")),
            len(one.record.check_runs),
        )
        for one in github.repositories
    ]


def _every_token_that_writes_is_for_one_repository(story: Stage) -> None:
    minted = story.minted()
    assert minted
    for one in minted:
        assert one["permissions"], "a token without a wish would have all that the app was granted"
        if "write" in one["permissions"].values():
            [repository] = one["repository_ids"]
            assert repository == story.site.id or "contents" not in one["permissions"]


def _every_call_is_one_that_the_table_names(github: Sandbox) -> None:
    """What was asked in a whole story is what is found in the code, and the table is held against that."""
    known = calls_in_the_code()
    seen = {
        graphql_call(record.sent["query"])
        if record.path == "/graphql"
        else call_of(record.method, record.path.partition("?")[0])
        for record in github.requests
        if "/repositories/" not in record.path
    }
    assert seen <= known
    assert len(seen) > len(known) * 2 / 3


async def test_what_commits_to_a_fork_reaches_neither_the_site_nor_anything_but_contents(
    clock: FakeClock,
) -> None:
    github = Sandbox(clock)
    async with lived_through_with_a_fork(github, clock) as story, aiohttp.ClientSession() as session:
        wrote = [record for record in github.requests if record.path == f"/repos/{FORK}/git/commits"]
        assert wrote
        commits = Client(session, Server(str(github.state.url)), token_of(wrote[-1]))
        before = _all_that_stands(github)
        for repository in (story.site, story.sig("Python")):
            await assert_refused(commits, list(writes_to(repository.full_name, str(repository.tip()))))
        beside = [wish for wish in writes_to(FORK, "") if "/issues" in wish[1] or "/pulls" in wish[1]]
        await assert_refused(commits, beside)
        assert _all_that_stands(github) == before
        read = [record for record in github.requests if dict(record.permissions) == dict(LOOK_INTO)]
        assert read
        looks = Client(session, Server(str(github.state.url)), token_of(read[-1]))
        await assert_refused(looks, list(writes_to(FORK, str(story.fork.tip(BRANCH)))))


async def test_a_revoked_token_is_good_for_nothing(clock: FakeClock) -> None:
    github = Sandbox(clock)
    async with lived_through_with_a_fork(github, clock) as story, aiohttp.ClientSession() as session:
        token = token_of(
            next(one for one in reversed(github.requests) if one.authentication == "installation")
        )
        client = Client(session, Server(str(github.state.url)), token)
        assert (await client.get(f"/repos/{SITE}")).status == 200
        await clock.advance(3600)
        assert (await client.get(f"/repos/{SITE}")).status == 401
        assert story.site.pulls()
