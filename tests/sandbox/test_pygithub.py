"""PyGithub, a client that nobody here wrote, takes the sandbox for GitHub."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from github import (
    Auth,
    Github,
    GithubException,
    GithubIntegration,
    InputGitTreeElement,
    UnknownObjectException,
)

from bot.sandbox import Sandbox, Server
from tests.sandbox.asking import ORGANIZATION, PERMISSIONS, SITE, site

T = TypeVar("T")


@pytest.fixture
def now() -> Sandbox:
    """PyGithub signs with the machine's clock."""
    return Sandbox()


def at(server: Server) -> Any:  # noqa: ANN401 - keywords of several types
    """Where PyGithub finds the sandbox; it need not be polite here."""
    return {"base_url": server.api_url, "seconds_between_requests": None, "seconds_between_writes": None}


async def with_client(sandbox: Sandbox, use: Callable[[Github], T]) -> T:
    """Let PyGithub work in a thread, as an installed app."""
    app = sandbox.create_app("status-bot", PERMISSIONS)
    sandbox.install(app, ORGANIZATION)
    async with sandbox.serve() as server:

        def run() -> T:
            auth = Auth.AppAuth(app.id, app.private_key)
            with GithubIntegration(auth=auth, **at(server)) as integration:
                installation = integration.get_repo_installation(*SITE.split("/"))
                with integration.get_github_for_installation(installation.id) as client:
                    return use(client)

        return await asyncio.to_thread(run)


async def test_it_reads_what_stands(now: Sandbox) -> None:
    repo = site(now)
    repo.create_milestone("v0.4", open=3, closed=17)
    repo.create_milestone("v0.3", state="closed")
    for number in range(35):
        repo.create_release(
            f"v0.{number}.0", name=f"Release {number}", body="Notes", prerelease=number % 2 > 0
        )

    def use(client: Github) -> None:
        found = client.get_repo(SITE)
        assert (found.full_name, found.id, found.default_branch) == (SITE, repo.id, "main")
        milestones = {one.title: one for one in found.get_milestones(state="all")}
        assert (milestones["v0.4"].open_issues, milestones["v0.4"].closed_issues) == (3, 17)
        assert milestones["v0.3"].state == "closed"
        releases = list(found.get_releases())
        assert len(releases) == 35, "it followed the links to the second page"
        assert found.get_latest_release().tag_name == "v0.34.0"
        assert found.get_release("v0.3.0").prerelease is True
        assert found.get_contents("data/page.yaml").decoded_content == b"a: 1\n"  # type: ignore[union-attr] # a file
        assert found.get_issues(state="all").totalCount == 20
        assert [branch.name for branch in found.get_branches()] == ["main"]
        assert found.get_commits()[0].commit.message == "Initial commit"
        with pytest.raises(UnknownObjectException):
            client.get_repo("org/none")

    await with_client(now, use)


async def test_it_proposes_a_change(now: Sandbox) -> None:
    repo = site(now)

    def use(client: Github) -> int:
        found = client.get_repo(SITE)
        tip = found.get_git_commit(found.get_branch("main").commit.sha)
        element = InputGitTreeElement("data/page.yaml", "100644", "blob", content="a: 2\n")
        tree = found.create_git_tree([element], tip.tree)
        commit = found.create_git_commit("Set a to 2", tree, [tip])
        found.create_git_ref("refs/heads/status-bot/main", commit.sha)
        pull = found.create_pull(
            base="main", head="status-bot/main", title="Set a to 2", body="As it should be"
        )
        pull.add_to_labels("status-page")
        comment = pull.create_issue_comment("Ready")
        assert [one.body for one in pull.get_issue_comments()] == ["Ready"]
        comment.create_reaction("rocket")
        assert [(file.filename, file.changes) for file in pull.get_files()] == [("data/page.yaml", 2)]
        assert (pull.mergeable, pull.commits, pull.user.login) == (True, 1, "status-bot[bot]")
        [listed] = found.get_pulls(head="org:status-bot/main")
        assert listed.number == pull.number
        with pytest.raises(GithubException, match="A pull request already exists"):
            found.create_pull(base="main", head="status-bot/main", title="Again")
        again = found.create_git_commit("Again", tree, [commit])
        ref = found.get_git_ref("heads/status-bot/main")
        ref.edit(again.sha)
        with pytest.raises(GithubException, match="Update is not a fast forward"):
            ref.edit(commit.sha)
        pull.edit(title="Set a to two", body="Better")
        return pull.number

    pull = repo.pull(await with_client(now, use))
    assert (pull.title, pull.body, pull.author, pull.labels) == (
        *("Set a to two", "Better"),
        *("status-bot[bot]", ["status-page"]),
    )
    assert pull.comments[0].reactions == [("rocket", "status-bot[bot]")]
    assert repo.file("data/page.yaml", ref="status-bot/main") == "a: 2\n"
    assert all(commit.verified for commit in repo.log("status-bot/main")[:2])


async def test_it_keeps_issues_and_milestones(now: Sandbox) -> None:
    repo = site(now)

    def use(client: Github) -> None:
        found = client.get_repo(SITE)
        milestone = found.create_milestone("v1.0", description="At last")
        issue = found.create_issue("A fault", body="In line 2", milestone=milestone, labels=["status-page"])
        issue.edit(state="closed")
        milestone.edit("v1.0", state="closed")
        assert found.get_milestone(milestone.number).closed_issues == 1
        assert [one.number for one in found.get_issues(state="closed", milestone=milestone)] == [issue.number]
        assert found.get_collaborator_permission("olga") == "admin"

    await with_client(now, use)
    assert repo.issue(1).closed_by == "status-bot[bot]"
    assert repo.milestone(1).state == "closed"


async def test_it_signs_in_as_the_app_and_gets_a_token(now: Sandbox) -> None:
    site(now)
    app = now.create_app("status-bot", PERMISSIONS)
    installation = now.install(app, ORGANIZATION, repositories=[SITE])
    async with now.serve() as server:

        def run() -> None:
            auth = Auth.AppAuth(app.id, app.private_key)
            with GithubIntegration(auth=auth, **at(server)) as integration:
                assert integration.get_app().slug == "status-bot"
                assert [one.id for one in integration.get_installations()] == [installation.id]
                token = integration.get_access_token(installation.id, permissions={"issues": "write"})
                assert token.permissions == {"issues": "write", "metadata": "read"}
                assert 3500 < (token.expires_at - datetime.now(UTC)).total_seconds() <= 3600
                with Github(auth=Auth.Token(token.token), **at(server)) as client:
                    assert client.get_rate_limit().resources.core.limit == 5000
                    with pytest.raises(GithubException, match="Resource not accessible by integration"):
                        client.get_repo(SITE).create_git_blob("x", "utf-8")

        await asyncio.to_thread(run)
