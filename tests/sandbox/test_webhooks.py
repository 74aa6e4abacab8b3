"""Webhooks: signed, in order, to those who asked; and a log that can deliver again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from aiohttp import ClientSession, web

from bot.sandbox import Repo, Sandbox
from tests.clocks import FakeClock
from tests.sandbox.asking import ORGANIZATION, PERMISSIONS, site
from tests.sandbox.receiving import EVENTS, SECRET, receiving, scene, speaking


async def test_a_delivery_carries_githubs_headers_and_both_signatures(github: Sandbox) -> None:
    async with scene(github) as told:
        told.repo.create_release("v1.0.0", body="Notes ✓")
        await github.delivered()
        headers, body = told.receiver.requests[-1]
    digests = [
        hmac.new(SECRET.encode(), body, algorithm).hexdigest() for algorithm in (hashlib.sha1, hashlib.sha256)
    ]
    assert headers["X-Hub-Signature"] == f"sha1={digests[0]}"
    assert headers["X-Hub-Signature-256"] == f"sha256={digests[1]}"
    assert headers["X-GitHub-Event"] == "release"
    assert headers["X-GitHub-Delivery"] == github.deliveries[-1].guid
    assert headers["X-GitHub-Hook-ID"] == str(told.app.hook_id)
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(told.app.id)
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    payload = json.loads(body)
    assert payload["installation"]["id"] in github.state.installations
    assert payload["release"]["body"] == "Notes ✓"


def release(repo: Repo) -> None:
    repo.create_release("v1.0.0")


def draft_release(repo: Repo) -> None:
    repo.create_release("v1.0.0-rc.1", draft=True, prerelease=True)
    repo.publish_release("v1.0.0-rc.1")
    repo.edit_release("v1.0.0-rc.1", body="x", prerelease=False)
    repo.unpublish_release("v1.0.0-rc.1")
    repo.delete_release("v1.0.0-rc.1")


def milestone(repo: Repo) -> None:
    made = repo.create_milestone("v1", open=1)
    repo.edit_milestone(made.number, title="v2", state="closed")
    repo.edit_milestone(made.number, state="open")
    repo.delete_milestone(made.number)


def issue(repo: Repo) -> None:
    made = repo.create_issue("x")
    repo.edit_issue(made.number, title="y")
    repo.close_issue(made.number)
    repo.reopen_issue(made.number)
    comment = repo.comment(made.number, "hi")
    repo.edit_comment(comment, "ho")
    repo.delete_comment(comment)
    repo.delete_issue(made.number)


def pull(repo: Repo) -> None:
    repo.push({"x": "1"}, branch="b")
    made = repo.create_pull("b")
    repo.push({"x": "2"}, branch="b")
    repo.close_pull(made.number)
    repo.reopen_pull(made.number)
    repo.merge_pull(made.number)
    repo.delete_branch("b")


def repository(repo: Repo) -> None:
    repo.archive()
    repo.make_private()
    repo.rename("home")
    repo.transfer("elsewhere")


@pytest.mark.parametrize(
    ("happen", "events"),
    [
        (release, ["create", "push", "release.created", "release.published", "release.released"]),
        (
            draft_release,
            [
                *("release.created", "create", "push", "release.published", "release.prereleased"),
                *("release.edited", "release.released", "release.unpublished", "release.deleted"),
            ],
        ),
        (
            milestone,
            [
                *("milestone.created", "issues.opened", "issues.milestoned", "milestone.edited"),
                *("milestone.closed", "milestone.opened", "issues.demilestoned", "milestone.deleted"),
            ],
        ),
        (
            issue,
            [
                *("issues.opened", "issues.edited", "issues.closed", "issues.reopened"),
                *("issue_comment.created", "issue_comment.edited", "issue_comment.deleted", "issues.deleted"),
            ],
        ),
        (
            pull,
            [
                *("create", "push", "check_suite.requested", "pull_request.opened"),
                *("push", "check_suite.requested", "pull_request.synchronize"),
                *("pull_request.closed", "pull_request.reopened", "pull_request.closed", "push"),
                *("check_suite.requested", "delete", "push"),
            ],
        ),
        (
            repository,
            [f"repository.{what}" for what in ("archived", "privatized", "renamed", "transferred")],
        ),
    ],
)
async def test_whatever_changes_is_told_in_its_order(
    github: Sandbox, happen: Callable[[Repo], None], events: list[str]
) -> None:
    async with scene(github) as told:
        happen(told.repo)
        assert await told.events() == events


async def test_a_payload_shows_the_moment_it_tells_of(github: Sandbox) -> None:
    async with scene(github) as told:
        made = told.repo.create_milestone("v1", open=2)
        told.repo.edit_milestone(made.number, title="v2")
        for one in told.repo.issues():
            told.repo.close_issue(one.number)
        await github.delivered()
        payloads = [json.loads(body) for _, body in told.receiver.requests]
    edited = next(payload for payload in payloads if payload["action"] == "edited")
    assert edited["changes"] == {"title": {"from": "v1"}}
    closed = [payload["issue"]["milestone"] for payload in payloads if payload["action"] == "closed"]
    assert [(one["open_issues"], one["closed_issues"]) for one in closed] == [(1, 1), (0, 2)]


async def test_a_push_lists_what_each_commit_touched(github: Sandbox) -> None:
    async with scene(github, ["push"]) as told:
        [installation] = github.state.installations.values()
        installation.permissions.pop("checks")
        before = told.repo.tip()
        after = told.repo.push({"data/page.yaml": "a: 2\n", "new": "1", "README.md": None}, message="Change")
        await github.delivered()
        payload = github.deliveries[-1].payload
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, after)
    assert (payload["created"], payload["deleted"], payload["forced"]) == (False, False, False)
    [commit] = payload["commits"]
    assert (commit["added"], commit["removed"], commit["modified"]) == (
        ["new"],
        ["README.md"],
        ["data/page.yaml"],
    )
    assert payload["head_commit"]["id"] == after


async def test_who_may_write_checks_is_asked_for_them_without_a_subscription(github: Sandbox) -> None:
    async with scene(github, []) as told:
        other = github.create_app("other", PERMISSIONS, [], told.receiver.url, SECRET)
        told.repo.push({"a": "1"}, branch="change")
        pull = told.repo.create_pull("change")
        assert await told.events() == ["ping", "check_suite.requested"], "the other one is not installed"
        token = github.installation_token(next(iter(github.state.installations.values())))
        async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            wish = {"name": "page", "head_sha": pull.head.sha, "conclusion": "success"}
            url = f"{github.state.url}/api/v3/repos/{told.repo.full_name}/check-runs"
            async with session.post(url, json=wish) as made:
                assert made.status == 201
        github.install(other, ORGANIZATION)
        [run] = told.repo.check_runs(pull.number)
        told.repo.rerequest_check(run)
        told.repo.rerequest_checks(pull.number)
        expected = ["check_run.created", "installation.created"]
        assert await told.events() == [*expected, "check_run.rerequested", "check_suite.rerequested"]
        assert run.status == "completed", "what becomes of it is for its app to say"
        [suite] = [one for one in told.repo.record.check_suites.values() if one.head_sha == pull.head.sha]
        assert suite.waiting
        assert (suite.head_branch, suite.app_id) == ("change", told.app.id)


async def test_only_installed_and_subscribed_apps_are_told(github: Sandbox) -> None:
    async with scene(github, ["release"]) as told:
        told.repo.create_issue("not subscribed")
        github.create_repository("elsewhere/x").create_release("v1")
        assert await told.events() == []
        [installation] = github.state.installations.values()
        github.suspend(installation)
        told.repo.create_release("v1")
        github.unsuspend(installation)
        github.remove_repositories(installation, [told.repo.full_name])
        told.repo.create_release("v2")
        github.uninstall(installation)
        told.repo.create_release("v3")
        assert await told.events() == [
            *("installation.suspend", "installation.unsuspend", "installation_repositories.removed"),
            "installation.deleted",
        ]


class TestTheLog:
    async def test_tells_what_failed_and_delivers_it_again(self, github: Sandbox, clock: FakeClock) -> None:
        async with scene(github) as told, speaking(github, told, clock) as client:
            told.receiver.status = 500
            told.repo.create_issue("x")
            await github.delivered()
            listed = (await client.get("/app/hook/deliveries?status=failure")).body
            [failed] = listed
            assert (failed["status_code"], failed["status"], failed["event"], failed["action"]) == (
                *(500, "Invalid HTTP Response: 500"),
                *("issues", "opened"),
            )
            whole = (await client.get(f"/app/hook/deliveries/{failed['id']}")).body
            assert whole["request"]["payload"]["issue"]["title"] == "x"
            assert whole["response"]["payload"] == "so be it"
            told.receiver.status = 202
            again = await client.post(f"/app/hook/deliveries/{failed['id']}/attempts")
            assert again.status == 202
            await github.delivered()
            first = (await client.get("/app/hook/deliveries")).body[0]
            assert (first["guid"], first["redelivery"], first["status"]) == (failed["guid"], True, "OK")
            assert first["id"] != failed["id"]
            guids = [headers["X-GitHub-Delivery"] for headers, _ in told.receiver.requests]
            assert guids[-2:] == [failed["guid"]] * 2

    async def test_is_read_by_a_cursor(self, github: Sandbox, clock: FakeClock) -> None:
        async with scene(github) as told, speaking(github, told, clock) as client:
            for number in range(5):
                told.repo.create_issue(f"issue {number}")
            await github.delivered()
            path: str | None = "/app/hook/deliveries?per_page=3"
            seen: list[int] = []
            while path:
                answer = await client.get(path)
                seen += [one["id"] for one in answer.body]
                told.repo.create_issue("meanwhile")
                await github.delivered()
                path = answer.links.get("next")
            assert seen == sorted(seen, reverse=True)
            assert len(seen) == len(set(seen)) == 7
            assert (await client.get("/app/hook/deliveries?cursor=v1_1")).status == 400

    async def test_knows_an_app_that_does_not_answer(self, github: Sandbox) -> None:
        async with scene(github) as told:
            silent = asyncio.Event()

            async def wait(_: web.Request) -> web.Response:
                await silent.wait()
                return web.Response()

            server = web.AppRunner(application := web.Application(), access_log=None, shutdown_timeout=0)
            application.router.add_post("/", wait)
            await server.setup()
            await web.TCPSite(server, "127.0.0.1", 0).start()
            github.webhook_timeout(0.05)
            told.app.url = f"http://127.0.0.1:{server.addresses[0][1]}/"
            told.repo.create_issue("slow")
            await github.delivered()
            silent.set()
            await server.cleanup()
            told.repo.create_issue("gone")
            await github.delivered()
        assert [(one.status, one.status_code) for one in github.deliveries[-2:]] == [
            ("timed out", 504),
            ("failed to connect to host", 502),
        ]


class TestHeldBack:
    async def test_they_come_in_any_order_or_not_at_all_or_twice(self, github: Sandbox) -> None:
        async with scene(github) as told:
            github.hold_webhooks()
            for name in "abcd":
                told.repo.create_issue(name)
            assert await told.events() == []
            github.release_webhooks(order=[2, 0, 1, 3], drop=[1], repeat=[3])
            await github.delivered()
            titles = [json.loads(body)["issue"]["title"] for _, body in told.receiver.requests]
            assert titles == ["c", "a", "d", "d"]
            [lost] = [one for one in github.deliveries if one.status_code == 502]
            assert lost.payload["issue"]["title"] == "b"
            copy = await github.redeliver(lost.id)
            assert (copy.guid, copy.redelivery, copy.status_code) == (lost.guid, True, 200)

    async def test_they_may_be_chosen_by_what_they_are(self, github: Sandbox) -> None:
        async with scene(github) as told:
            github.hold_webhooks()
            told.repo.create_release("v1")
            github.release_webhooks(order="reversed", drop=lambda one: one.event in ("push", "create"))
            assert await told.events() == ["release.released", "release.published", "release.created"]


async def test_what_is_built_before_it_is_served_is_told_to_nobody(github: Sandbox) -> None:
    repo = site(github)
    async with receiving() as receiver:
        app = github.create_app("status-bot", PERMISSIONS, EVENTS, receiver.url, SECRET)
        github.install(app, ORGANIZATION)
        repo.create_release("v1")
        async with github.serve():
            await github.delivered()
            assert receiver.events == []
