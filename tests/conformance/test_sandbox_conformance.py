"""Every operation of the sandbox once, by a plain client, each exchange as GitHub describes it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import ClientSession

from bot.sandbox import App, Repo
from bot.sandbox.actions import manifests
from bot.sandbox.rest.dispatch import ROUTES
from bot.sandbox.rest.routing import find
from tests.clocks import FakeClock
from tests.conformance.client import Client, json_web_token
from tests.conformance.watched import WatchedSandbox

ORGANIZATION = "org"
SIG = "/repos/org/sig"
EVERYTHING = {
    **dict.fromkeys(("contents", "issues", "pull_requests", "checks", "administration"), "write"),
    "metadata": "read",
}
EVENTS = [
    "release",
    "milestone",
    "issues",
    "pull_request",
    "push",
    "repository",
    "issue_comment",
    "check_run",
]


@dataclass
class World:
    """An organization with a repository, an app installed in it, and clients for each kind of asker."""

    github: WatchedSandbox
    sig: Repo
    app: App
    installation_id: int
    as_app: Client
    as_installation: Client
    as_ada: Client


@asynccontextmanager
async def world(github: WatchedSandbox, clock: FakeClock) -> AsyncIterator[World]:
    github.create_organization(ORGANIZATION, owners=["ada"], members=["grace"])
    sig = github.create_repository("org/sig", files={"README.md": "# SIG\n", "docs/a.md": "a\n"})
    app = github.create_app("status-bot", permissions=EVERYTHING, events=EVENTS, webhook_secret="x")
    installation = github.install(app, ORGANIZATION)
    token = github.installation_token(installation)
    async with github.serve() as server, ClientSession() as session:
        as_app = Client(session, server, json_web_token(app, clock))
        as_ada = as_app.with_credentials(github.personal_token("ada", "repo", "admin:org"))
        yield World(github, sig, app, installation.id, as_app, as_app.with_credentials(token), as_ada)


async def apps(here: World) -> None:
    as_app, number = here.as_app, here.installation_id
    await as_app.ask("GET", "/app")
    await as_app.ask("GET", "/app/installations?per_page=100")
    await as_app.ask("GET", f"/app/installations/{number}")
    await as_app.ask("GET", f"{SIG}/installation")
    await as_app.ask("GET", "/orgs/org/installation")
    tokens = f"/app/installations/{number}/access_tokens"
    await as_app.ask("POST", tokens, expect=201)
    narrow = {"repository_ids": [here.sig.id], "permissions": {"contents": "read"}}
    await as_app.ask("POST", tokens, narrow, expect=201)
    await as_app.ask("POST", tokens, {"permissions": {"actions": "write"}}, expect=422)
    await here.as_installation.ask("GET", "/installation/repositories")
    await here.as_installation.ask("GET", "/rate_limit")
    await here.as_ada.ask("GET", "/user")
    for login in ("ada", "org", "status-bot[bot]"):
        await here.as_ada.ask("GET", f"/users/{login}")


async def an_installation_in_a_persons_account(here: World) -> None:
    installation = here.github.install(here.app, "grace", repositories="all")
    await here.as_app.ask("GET", "/users/grace/installation")
    await here.as_app.ask("DELETE", f"/app/installations/{installation.id}", expect=204)


async def deliveries(here: World) -> None:
    here.app.webhook_url = (
        here.as_app.server.url
    )  # nobody takes webhooks there, which is logged like all else
    here.sig.create_release("v0.1.0", name="First", body="Notes")
    await here.github.delivered()
    [newest, *_] = await here.as_app.ask("GET", "/app/hook/deliveries?per_page=2")
    await here.as_app.ask("GET", f"/app/hook/deliveries/{newest['id']}")
    await here.as_app.ask("POST", f"/app/hook/deliveries/{newest['id']}/attempts", expect=202)
    await here.github.delivered()


async def repositories(here: World) -> None:
    bot, ada = here.as_installation, here.as_ada
    media_type = "application/vnd.github+json"
    etag = await bot.ask("GET", SIG, accept=media_type)
    await bot.ask("GET", SIG, expect=304, accept=media_type, etag=etag)
    await bot.ask("GET", "/orgs/org/repos")
    await ada.ask("GET", "/users/ada/repos")
    await ada.ask("PATCH", SIG, {"description": "A SIG", "delete_branch_on_merge": True})
    for login in ("ada", "grace", "stranger"):
        here.github.create_user(login)
        await bot.ask("GET", f"{SIG}/collaborators/{login}/permission")
    fork = here.sig.fork("ada")
    here.sig.push({"later.md": "later\n"})
    await bot.ask("GET", f"{SIG}/forks")
    await ada.ask("POST", f"/repos/{fork.full_name}/merge-upstream", {"branch": "main"})


async def git(here: World) -> None:
    bot, tip = here.as_installation, here.sig.tip()
    commit = await bot.ask("GET", f"{SIG}/git/commits/{tip}")
    await bot.ask("GET", f"{SIG}/git/trees/{tip}?recursive=1")
    blob = await bot.ask("POST", f"{SIG}/git/blobs", {"content": "é", "encoding": "utf-8"}, expect=201)
    await bot.ask("GET", f"{SIG}/git/blobs/{blob['sha']}")
    entries = [{"path": "data/é.yaml", "mode": "100644", "type": "blob", "sha": blob["sha"]}]
    base = commit["tree"]["sha"]
    tree = await bot.ask("POST", f"{SIG}/git/trees", {"base_tree": base, "tree": entries}, expect=201)
    new = {"message": "Add", "tree": tree["sha"], "parents": [tip]}
    made = await bot.ask("POST", f"{SIG}/git/commits", new, expect=201)
    ref = {"ref": "refs/heads/status-bot/main", "sha": tip}
    await bot.ask("POST", f"{SIG}/git/refs", ref, expect=201)
    await bot.ask("POST", f"{SIG}/git/refs", ref, expect=422)
    branch = f"{SIG}/git/refs/heads/status-bot/main"
    await bot.ask("PATCH", branch, {"sha": made["sha"]})
    await bot.ask("PATCH", branch, {"sha": tip, "force": False}, expect=422)
    await bot.ask("GET", f"{SIG}/git/ref/heads/status-bot/main")
    await bot.ask("GET", f"{SIG}/git/ref/heads/nowhere", expect=404)
    await bot.ask("GET", f"{SIG}/git/matching-refs/heads/")
    await bot.ask("GET", f"{SIG}/branches")
    await bot.ask("GET", f"{SIG}/branches/status-bot%2Fmain")
    await bot.ask("GET", f"{SIG}/commits?sha=main&path=README.md&per_page=1")
    await bot.ask("GET", f"{SIG}/commits/heads/status-bot/main")
    await bot.ask("GET", f"{SIG}/commits/{made['sha']}/pulls")
    await bot.ask("GET", f"{SIG}/compare/main...status-bot/main")


async def contents(here: World) -> None:
    bot, path = here.as_installation, f"{SIG}/contents/data/new.yaml"
    await bot.ask("GET", f"{SIG}/readme")
    await bot.ask("GET", f"{SIG}/contents/docs")
    await bot.ask("GET", f"{SIG}/contents/docs/a.md?ref=main")
    await bot.ask("GET", f"{SIG}/contents/docs/a.md", accept="application/vnd.github.raw+json")
    await bot.ask("GET", f"{SIG}/contents/nowhere.md", expect=404)
    written = {"message": "Add", "content": base64.b64encode(b"a: 1\n").decode(), "branch": "main"}
    added = await bot.ask("PUT", path, written, expect=201)
    changed = {**written, "content": base64.b64encode(b"a: 2\n").decode(), "sha": added["content"]["sha"]}
    again = await bot.ask("PUT", path, changed)
    await bot.ask("PUT", path, changed, expect=409)
    await bot.ask("DELETE", path, {"message": "Remove", "sha": again["content"]["sha"]})


async def releases(here: World) -> None:
    bot, path = here.as_installation, f"{SIG}/releases"
    draft = {"tag_name": "cmd/v1.0.0", "name": "One", "body": "Notes", "draft": True}
    made = await bot.ask("POST", path, draft, expect=201)
    one = f"{path}/{made['id']}"
    await bot.ask("PATCH", one, {"draft": False, "make_latest": "true"})
    await bot.ask("POST", path, {"tag_name": "cmd/v1.0.0"}, expect=422)
    await bot.ask("GET", one)
    await bot.ask("GET", f"{path}?per_page=1")
    await bot.ask("GET", f"{path}/latest")
    await bot.ask("GET", f"{path}/tags/cmd/v1.0.0")
    await bot.ask("GET", f"{SIG}/tags")
    await bot.ask("DELETE", one, expect=204)
    await bot.ask("GET", one, expect=404)


async def issues(here: World) -> None:
    bot, path = here.as_installation, f"{SIG}/issues"
    due = {"title": "v0.1", "description": "First", "due_on": "2020-06-01T00:00:00Z"}
    milestone = await bot.ask("POST", f"{SIG}/milestones", due, expect=201)
    stage = f"{SIG}/milestones/{milestone['number']}"
    label = {"name": "status page", "color": "0e8a16", "description": "About the page"}
    await bot.ask("POST", f"{SIG}/labels", label, expect=201)
    await bot.ask("GET", f"{SIG}/labels")
    await bot.ask("GET", f"{SIG}/labels/status%20page")
    wish = {"title": "A fault", "body": "In line 2", "labels": ["status page"], "assignees": ["ada"]}
    made = await bot.ask("POST", path, {**wish, "milestone": milestone["number"]}, expect=201)
    one = f"{path}/{made['number']}"
    await bot.ask("GET", one)
    await bot.ask("GET", f"{path}?state=all&labels=status%20page&creator=ada&sort=updated")
    await bot.ask("GET", f"{one}/labels")
    await bot.ask("POST", f"{one}/labels", {"labels": ["bug"]})
    await bot.ask("PUT", f"{one}/labels", {"labels": ["bug", "help"]})
    await bot.ask("DELETE", f"{one}/labels/help")
    await bot.ask("PATCH", one, {"state": "closed", "state_reason": "completed", "title": "Mended"})
    await bot.ask("GET", f"{SIG}/milestones?state=all&sort=completeness")
    await bot.ask("GET", stage)
    await bot.ask("PATCH", stage, {"title": "v0.1.0", "state": "closed"})
    await comments(bot, one)
    await bot.ask("DELETE", stage, expect=204)
    await bot.ask("GET", stage, expect=404)


async def comments(bot: Client, issue: str) -> None:
    said = await bot.ask("POST", f"{issue}/comments", {"body": "/status help"}, expect=201)
    comment = f"{SIG}/issues/comments/{said['id']}"
    await bot.ask("GET", f"{issue}/comments?since=2020-01-01T00:00:00Z")
    await bot.ask("GET", f"{SIG}/issues/comments?sort=updated&direction=desc")
    await bot.ask("GET", comment)
    await bot.ask("PATCH", comment, {"body": "/status help me"})
    for about in (issue, comment):
        mark = await bot.ask("POST", f"{about}/reactions", {"content": "eyes"}, expect=201)
        await bot.ask("POST", f"{about}/reactions", {"content": "eyes"})
        await bot.ask("GET", f"{about}/reactions")
        await bot.ask("DELETE", f"{about}/reactions/{mark['id']}", expect=204)
    await bot.ask("DELETE", comment, expect=204)


async def pulls(here: World) -> None:
    bot, path = here.as_installation, f"{SIG}/pulls"
    here.sig.push({"docs/b.md": "b\n"}, branch="status-bot/pull")
    wish = {"title": "Java reaches beta", "head": "status-bot/pull", "base": "main", "body": "Because."}
    made = await bot.ask("POST", path, wish, expect=201)
    await bot.ask("POST", path, wish, expect=422)
    one = f"{path}/{made['number']}"
    await bot.ask("GET", one)
    await bot.ask("GET", f"{path}?state=open&head=org:status-bot/pull&base=main")
    await bot.ask("PATCH", one, {"title": "Java reaches rc", "body": "Because, too.", "state": "open"})
    await bot.ask("GET", f"{one}/commits")
    await bot.ask("GET", f"{one}/files")
    await bot.ask("POST", f"{one}/requested_reviewers", {"reviewers": ["ada"]}, expect=201)
    await bot.ask("GET", f"{one}/requested_reviewers")
    await bot.ask("DELETE", f"{one}/requested_reviewers", {"reviewers": ["ada"]})
    await bot.ask("GET", f"{SIG}/issues/{made['number']}")
    await bot.ask("GET", f"{one}/merge", expect=404)
    await checks(here, made["head"]["sha"])
    await here.as_ada.ask("PUT", f"{one}/merge", {"merge_method": "squash", "sha": made["head"]["sha"]})
    await bot.ask("GET", f"{one}/merge", expect=204)
    await bot.ask("DELETE", f"{SIG}/git/refs/heads/status-bot/main", expect=204)


async def checks(here: World, sha: str) -> None:
    bot, path = here.as_installation, f"{SIG}/check-runs"
    output: dict[str, object] = {"title": "One fault", "summary": "In line 2"}
    lines = {
        "path": "README.md",
        "start_line": 2,
        "end_line": 2,
        "message": "No",
        "annotation_level": "failure",
    }
    output["annotations"] = [lines]
    run = {"name": "status page", "head_sha": sha, "status": "in_progress", "output": output}
    made = await bot.ask("POST", path, run, expect=201)
    await bot.ask("PATCH", f"{path}/{made['id']}", {"status": "completed", "conclusion": "failure"})
    await bot.ask("GET", f"{path}/{made['id']}")
    await bot.ask("GET", f"{path}/{made['id']}/annotations")
    await bot.ask("POST", f"{path}/{made['id']}/rerequest", expect=201)
    suite = made["check_suite"]["id"]
    await bot.ask("POST", f"{SIG}/check-suites/{suite}/rerequest", expect=201)
    await bot.ask("GET", f"{SIG}/commits/{sha}/check-runs?filter=latest")


async def a_manifest(here: World) -> None:
    hook = manifests.Hook("https://example.org/webhook", active=False)
    manifest = manifests.Manifest("https://example.org", "https://example.org/back", hook_attributes=hook)
    owner = here.github.state.somebody("ada")
    code = manifests.register(here.github.state, owner, manifest, "From a manifest")
    await here.as_ada.ask("POST", f"/app-manifests/{code}/conversions", expect=201)
    await here.as_ada.ask("POST", f"/app-manifests/{code}/conversions", expect=404)


async def refusals(here: World) -> None:
    await here.as_ada.with_credentials("nonsense").ask("GET", SIG, expect=401)
    await here.as_app.ask("GET", "/user", expect=403)
    await here.as_installation.ask("GET", "/repos/org/nowhere", expect=404)
    here.sig.rename("renamed")
    await here.as_installation.ask("GET", f"{SIG}/releases?per_page=1", expect=301)
    await here.as_installation.ask("GET", f"/repositories/{here.sig.id}/releases?per_page=1")
    await here.as_installation.ask("PATCH", f"{SIG}/milestones/1", {"title": "x"}, expect=307)


async def test_every_operation_is_as_github_describes_it(github: WatchedSandbox, clock: FakeClock) -> None:
    async with world(github, clock) as here:
        for chapter in (
            *(apps, an_installation_in_a_persons_account, deliveries, repositories, git, contents),
            *(releases, issues, pulls, a_manifest, refusals),
        ):
            await chapter(here)
        asked = {
            find(ROUTES, exchange.method, unquote(exchange.path))[0]
            for exchange in github.exchanges()
            if exchange.status < 300
        }
        assert [f"{route.method} {route.docs}" for route in ROUTES if route not in asked] == []
