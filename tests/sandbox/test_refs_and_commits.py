"""Git over REST: refs only move forward, and commits say truly who made them."""

from __future__ import annotations

import base64

import pytest

from bot.sandbox import Repo, Sandbox
from tests.sandbox.asking import SITE, Client, app_on, asking, site

GIT = f"/repos/{SITE}/git"
BRANCH = "status-bot/main"


async def commit(client: Client, parents: list[str], *, text: str = "b: 2\n", base: str) -> str:
    """A commit of one file, made the way an app makes it."""
    tree = await client.post(
        f"{GIT}/trees",
        {"base_tree": base, "tree": [{"path": "data/page.yaml", "mode": "100644", "content": text}]},
    )
    made = await client.post(
        f"{GIT}/commits", {"message": "Change", "tree": tree.body["sha"], "parents": parents}
    )
    assert made.status == 201, made.body
    return str(made.body["sha"])


async def branch_of_one_commit(client: Client, repo: Repo) -> str:
    tip = repo.tip() or ""
    sha = await commit(client, [tip], base=tip)
    answer = await client.post(f"{GIT}/refs", {"ref": f"refs/heads/{BRANCH}", "sha": sha})
    assert answer.status == 201
    return sha


async def test_a_ref_moves_forward_only(github: Sandbox) -> None:
    repo = site(github)
    _, token = app_on(github)
    async with asking(github, token) as client:
        first = await branch_of_one_commit(client, repo)
        path = f"{GIT}/refs/heads/{BRANCH}"
        second = await commit(client, [first], base=first, text="c: 3\n")
        assert (await client.ask("PATCH", path, {"sha": second})).status == 200
        back = await client.ask("PATCH", path, {"sha": first})
        assert (back.status, back.message) == (422, "Update is not a fast forward")
        assert repo.tip(BRANCH) == second
        assert (await client.ask("PATCH", path, {"sha": first, "force": True})).status == 200
        assert repo.tip(BRANCH) == first


async def test_a_merge_of_branch_and_base_is_a_fast_forward_of_both(github: Sandbox) -> None:
    repo = site(github)
    _, token = app_on(github)
    async with asking(github, token) as client:
        first = await branch_of_one_commit(client, repo)
        base = repo.push({"other": "x\n"})
        both = await commit(client, [first, base], base=base)
        assert (await client.ask("PATCH", f"{GIT}/refs/heads/{BRANCH}", {"sha": both})).status == 200
    assert repo.file("other", ref=BRANCH) == "x\n"


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "refs", {"ref": "refs/heads/main", "sha": "{tip}"}, "Reference already exists"),
        ("POST", "refs", {"ref": "refs/heads/x", "sha": "a" * 40}, "Object does not exist"),
        ("POST", "refs", {"ref": "heads/x", "sha": "{tip}"}, "Reference name must start with"),
        ("POST", "refs", {"ref": "refs/heads/a..b", "sha": "{tip}"}, "is not a valid ref name"),
        ("POST", "refs", {"ref": "refs/heads/main/sub", "sha": "{tip}"}, "Reference cannot be created"),
        ("POST", "refs", {"ref": "refs/heads/x"}, '"sha" wasn\'t supplied'),
        ("PATCH", "refs/heads/none", {"sha": "{tip}"}, "Reference does not exist"),
        ("DELETE", "refs/heads/none", None, "Reference does not exist"),
        ("DELETE", "refs/heads/main", None, "Cannot delete the default branch"),
        ("POST", "commits", {"message": "m", "tree": "a" * 40}, "Tree SHA does not exist"),
        ("POST", "trees", {"base_tree": "a" * 40, "tree": []}, "base_tree is not a valid tree oid"),
        ("POST", "trees", {"tree": [{"path": "../x", "mode": "100644", "content": ""}]}, "malformed path"),
        ("POST", "trees", {"tree": [{"path": "x", "mode": "1", "content": ""}]}, "valid tree.mode"),
        ("POST", "blobs", {"content": "%", "encoding": "base64"}, "not valid Base64"),
    ],
)
async def test_what_git_would_refuse_is_refused(
    github: Sandbox, method: str, path: str, body: dict[str, object] | None, said: str
) -> None:
    repo = site(github)
    _, token = app_on(github)
    sent = {name: repo.tip() if value == "{tip}" else value for name, value in (body or {}).items()}
    async with asking(github, token) as client:
        answer = await client.ask(method, f"{GIT}/{path}", sent if body else None)
    assert answer.status == 422
    assert said in answer.message


async def test_an_app_that_names_nobody_is_author_and_github_signs(github: Sandbox) -> None:
    repo = site(github)
    app, token = app_on(github)
    async with asking(github, token) as client:
        sha = await branch_of_one_commit(client, repo)
        made = (await client.get(f"/repos/{SITE}/commits/{sha}")).body
        assert made["author"]["login"] == "status-bot[bot]"
        assert made["author"]["type"] == "Bot"
        address = f"{app.bot.id}+status-bot[bot]@users.noreply.github.com"
        assert made["commit"]["author"]["email"] == address
        assert made["commit"]["verification"]["verified"] is True
        assert made["stats"] == {"total": 2, "additions": 1, "deletions": 1}
        named = await client.post(
            f"{GIT}/commits",
            {
                "message": "m",
                "tree": made["commit"]["tree"]["sha"],
                "author": {"name": "Ada", "email": "ada@example.org"},
            },
        )
    assert named.body["verification"] | {"payload": None} == {
        "verified": False,
        "reason": "unsigned",
        "signature": None,
        "payload": None,
        "verified_at": None,
    }
    [tip] = [one for one in repo.log(BRANCH) if one.sha == sha]
    assert (tip.author, tip.verified) == ("status-bot[bot]", True)
    assert repo.log()[0].verified is False


async def test_a_tree_is_made_of_its_base_with_files_set_and_removed(github: Sandbox) -> None:
    repo = site(github, **{"a/x": "1", "a/y": "2", "z": "3"})
    _, token = app_on(github)
    async with asking(github, token) as client:
        wish = [
            {"path": "a/x", "mode": "100644", "type": "blob", "sha": None},
            {"path": "b/new", "mode": "100755", "content": "4"},
        ]
        made = await client.post(f"{GIT}/trees", {"base_tree": repo.tip(), "tree": wish})
        whole = await client.get(f"{GIT}/trees/{made.body['sha']}?recursive=1")
    found = {item["path"]: item["mode"] for item in whole.body["tree"] if item["type"] == "blob"}
    assert found == {"a/y": "100644", "b/new": "100755", "z": "100644"}


async def test_a_branch_with_a_slash_is_found_either_way(github: Sandbox) -> None:
    repo = site(github)
    repo.push({"x": "1"}, branch=BRANCH)
    async with asking(github) as client:
        for name in ("status-bot/main", "status-bot%2Fmain"):
            assert (await client.get(f"/repos/{SITE}/branches/{name}")).body["name"] == BRANCH
            ref = await client.get(f"{GIT}/ref/heads/{name}")
            assert ref.body["object"]["sha"] == repo.tip(BRANCH)
        assert (await client.get(f"{GIT}/ref/heads/status-bot")).status == 404
        matching = await client.get(f"{GIT}/matching-refs/heads/status")
        assert [ref["ref"] for ref in matching.body] == [f"refs/heads/{BRANCH}"]


async def test_an_empty_repository_says_so(github: Sandbox) -> None:
    repo = github.create_repository("org/empty", files={})
    assert (repo.tip(), repo.log(), repo.branches) == (None, [], [])
    _, token = app_on(github)
    async with asking(github, token) as client:
        for path, status in (
            ("git/ref/heads/main", 409),
            ("commits", 409),
            ("contents/x", 404),
            ("branches", 200),
        ):
            assert (await client.get(f"/repos/org/empty/{path}")).status == status


class TestContents:
    async def test_a_file_comes_as_json_or_raw_and_a_directory_as_a_list(self, github: Sandbox) -> None:
        site(github, **{"data/päge.yaml": "ä: 1\n"})
        path = f"/repos/{SITE}/contents/data"
        async with asking(github) as client:
            file = (await client.get(f"{path}/p%C3%A4ge.yaml")).body
            assert base64.b64decode(file["content"]).decode() == "ä: 1\n"
            raw = await client.get(f"{path}/p%C3%A4ge.yaml", Accept="application/vnd.github.raw+json")
            assert raw.body == "ä: 1\n"
            assert raw.headers["Content-Type"].startswith("application/vnd.github.raw")
            assert [(item["name"], item["type"]) for item in (await client.get(path)).body] == [
                ("päge.yaml", "file")
            ]
            assert (await client.get(f"{path}/none")).status == 404
            assert (await client.get(f"{path}?ref=none")).status == 404

    async def test_a_file_over_one_megabyte_comes_raw_only(self, github: Sandbox) -> None:
        text = "x" * (1024 * 1024 + 1)
        site(github, big=text)
        path = f"/repos/{SITE}/contents/big"
        async with asking(github) as client:
            file = (await client.get(path)).body
            assert (file["content"], file["encoding"], file["size"]) == ("", "none", len(text))
            assert (await client.get(path, Accept="application/vnd.github.raw+json")).body == text

    async def test_a_file_is_replaced_only_by_who_knows_what_stands(self, github: Sandbox) -> None:
        repo = site(github)
        _, token = app_on(github)
        path = f"/repos/{SITE}/contents/data/page.yaml"
        wish = {"message": "Set", "content": base64.b64encode(b"a: 2\n").decode()}
        async with asking(github, token) as client:
            assert (await client.ask("PUT", path, wish)).status == 422
            assert (await client.ask("PUT", path, wish | {"sha": "a" * 40})).status == 409
            known = (await client.get(path)).body["sha"]
            put = await client.ask("PUT", path, wish | {"sha": known})
            assert put.status == 200
            assert put.body["commit"]["verification"]["verified"] is True
        assert repo.file("data/page.yaml") == "a: 2\n"


async def test_two_branches_are_compared_from_where_they_parted(github: Sandbox) -> None:
    repo = site(github)
    repo.push({"new": "1\n"}, branch="x")
    repo.push({"README.md": None})
    async with asking(github) as client:
        told = (await client.get(f"/repos/{SITE}/compare/main...x")).body
        assert (told["status"], told["ahead_by"], told["behind_by"]) == ("diverged", 1, 1)
        assert [(file["filename"], file["status"]) for file in told["files"]] == [("new", "added")]
        assert (await client.get(f"/repos/{SITE}/compare/main...none")).status == 404
        same = (await client.get(f"/repos/{SITE}/compare/main...main")).body
        assert (same["status"], same["files"]) == ("identical", [])


async def test_commits_are_listed_by_the_path_that_they_touch(github: Sandbox) -> None:
    repo = site(github)
    repo.push({"other": "1"}, message="Other")
    repo.push({"data/page.yaml": "a: 2\n"}, message="Page")
    async with asking(github) as client:
        listed = await client.get(f"/repos/{SITE}/commits?path=data/page.yaml")
        assert [one["commit"]["message"] for one in listed.body] == ["Page", "Initial commit"]
        assert len((await client.get(f"/repos/{SITE}/commits?since=2020-03-20T12:00:00Z")).body) == 3
        assert (await client.get(f"/repos/{SITE}/commits?since=2020-03-20T12:00:01Z")).body == []
