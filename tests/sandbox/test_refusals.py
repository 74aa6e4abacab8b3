"""What GitHub would not take, and what it takes in several forms."""

from __future__ import annotations

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.asking import SITE, app_on, asking, site

LONG = "x" * 65_537
REPO = f"/repos/{SITE}"


def furnish(github: Sandbox) -> str:
    """A site with one of each: issue 1, pull request 2, a deleted issue 3; gives a token that may write."""
    repo = site(github)
    repo.create_milestone("v1")
    repo.create_issue("An issue")
    repo.push({"x": "1"}, branch="b", by="bob")
    repo.create_pull("b", by="bob")
    repo.delete_issue(repo.create_issue("gone").number)
    return app_on(github)[1]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/issues", {"title": " "}, 422),
        ("POST", "/issues", {"title": "x" * 257}, 422),
        ("POST", "/issues", {"title": "x", "body": LONG}, 422),
        ("POST", "/issues", {"title": "x", "milestone": 9}, 422),
        ("POST", "/issues", {"title": None}, 422),
        ("PATCH", "/issues/1", {"state": "ajar"}, 422),
        ("GET", "/issues/3", None, 410),
        ("GET", "/issues/99", None, 404),
        ("GET", "/issues?since=yesterday", None, 422),
        ("POST", "/issues/1/comments", {"body": LONG}, 422),
        ("POST", "/issues/1/comments", {"body": ""}, 422),
        ("GET", "/issues/comments/1", None, 404),
        ("DELETE", "/issues/1/reactions/1", None, 404),
        ("DELETE", "/issues/1/labels/none", None, 404),
        ("POST", "/labels", {"name": "x", "color": "red"}, 422),
        ("GET", "/labels/none", None, 404),
        ("POST", "/milestones", {"title": ""}, 422),
        ("POST", "/milestones", {"title": "v1"}, 422),
        ("POST", "/milestones", {"title": "v2", "due_on": "soon"}, 422),
        ("GET", "/milestones/9", None, 404),
        ("POST", "/pulls", {"title": "t", "head": "b"}, 422),
        ("POST", "/pulls", {"title": "t", "head": "b", "base": "main", "draft": "yes"}, 422),
        ("PATCH", "/pulls/2", {"base": "none"}, 422),
        ("GET", "/pulls/1", None, 404),
        ("POST", "/pulls/2/requested_reviewers", {"reviewers": "ada"}, 422),
        ("POST", "/releases", {"tag_name": "a..b"}, 422),
        ("POST", "/releases", {"tag_name": "v1", "target_commitish": "none"}, 422),
        ("POST", "/releases", {"tag_name": "v1", "make_latest": "perhaps"}, 422),
        ("POST", "/check-runs", {"name": "c", "head_sha": "a" * 40}, 422),
        ("GET", "/check-runs/1", None, 404),
        ("GET", "/commits/none", None, 422),
        ("GET", "/commits?sha=none", None, 404),
        ("GET", "/commits?since=yesterday", None, 400),
        ("GET", "/compare/main", None, 404),
        ("GET", "/git/commits/none", None, 404),
        ("GET", "/git/trees/none", None, 404),
        ("GET", "/git/blobs/none", None, 404),
        ("DELETE", "/contents/none", {"message": "m", "sha": "a" * 40}, 422),
        ("PUT", "/contents/x", {"message": "m", "content": "", "branch": "none"}, 404),
        ("POST", "/merge-upstream", {"branch": "main"}, 422),
        ("GET", "/shoes", None, 404),
    ],
)
async def test_it_is_refused_with_githubs_status(
    unwatched: Sandbox, method: str, path: str, body: dict[str, object] | None, status: int
) -> None:
    token = furnish(unwatched)
    async with asking(unwatched, token) as client:
        answer = await client.ask(method, REPO + path, body)
    assert answer.status == status, answer.body
    assert answer.body["message"]
    assert answer.body["documentation_url"].startswith("https://docs.github.com/rest")


@pytest.fixture
def unwatched() -> Sandbox:
    """Requests that GitHub finds fault with are not held against its descriptions."""
    return Sandbox()


async def test_what_was_refused_has_changed_nothing(unwatched: Sandbox) -> None:
    github = unwatched
    token = furnish(github)
    repo = github.repository(SITE)
    before = (repo.tip(), len(repo.issues("all")), len(repo.pulls("all")), len(repo.releases()))
    async with asking(github, token) as client:
        await client.post(f"{REPO}/issues", {"title": "x", "milestone": 9})
        await client.post(f"{REPO}/pulls", {"title": "", "head": "b", "base": "main"})
        await client.post(f"{REPO}/releases", {"tag_name": "v1", "target_commitish": "none"})
    assert (repo.tip(), len(repo.issues("all")), len(repo.pulls("all")), len(repo.releases())) == before


async def test_a_person_cannot_make_check_runs_and_an_app_changes_its_own_only(github: Sandbox) -> None:
    repo = site(github)
    repo.add_collaborator("ada", "admin")
    _, token = app_on(github)
    other = github.create_app("other", {"checks": "write"})
    strange = github.installation_token(github.install(other, "org"))
    async with asking(github, token) as client:
        wish = {"name": "page", "head_sha": repo.tip()}
        assert (await client.of(github.personal_token("ada")).post(f"{REPO}/check-runs", wish)).status == 403
        made = (await client.post(f"{REPO}/check-runs", wish | {"status": "in_progress"})).body
        path = f"{REPO}/check-runs/{made['id']}"
        done = {"conclusion": "success", "output": {"title": "Good", "summary": "All rows are read"}}
        assert (await client.of(strange).ask("PATCH", path, done)).status == 403
        assert (await client.ask("PATCH", path, done)).body["status"] == "completed"
        told = (await client.get(f"{REPO}/commits/main/check-runs?check_name=page")).body
        assert (told["total_count"], told["check_runs"][0]["output"]["title"]) == (1, "Good")


async def test_an_app_that_may_write_pull_requests_comments_only_there(github: Sandbox) -> None:
    furnish(github)
    app = github.create_app("reviewer", {"pull_requests": "write"})
    token = github.installation_token(github.install(app, "org"))
    async with asking(github, token) as client:
        statuses = [(await client.post(f"{REPO}/issues/{n}/comments", {"body": "Hi"})).status for n in (1, 2)]
    assert statuses == [403, 201]


@pytest.mark.parametrize(
    "labels", [["a", "b"], {"labels": ["a", "b"]}, {"labels": [{"name": "a"}, {"name": "b"}]}]
)
async def test_labels_are_taken_in_every_form(unwatched: Sandbox, labels: object) -> None:
    token = furnish(unwatched)
    async with asking(unwatched, token) as client:
        answer = await client.post(f"{REPO}/issues/1/labels", labels)
    assert [label["name"] for label in answer.body] == ["a", "b"]
