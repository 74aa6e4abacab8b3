"""The life of a pull request, and all the ways in which GitHub refuses one."""

from __future__ import annotations

import pytest

from bot.sandbox import PullRequest, Repo, Sandbox
from bot.sandbox.errors import ApiError
from tests.sandbox.asking import SITE, app_on, asking, site

PULLS = f"/repos/{SITE}/pulls"
BRANCH = "status-bot/main"


def proposed(repo: Repo, **files: str) -> PullRequest:
    """A pull request from a branch of one commit."""
    repo.push(files or {"data/page.yaml": "a: 2\n"}, branch=BRANCH, by="bob")
    return repo.create_pull(BRANCH, title="Change", by="bob")


class TestOpening:
    async def test_a_second_one_of_the_same_branch_is_refused(self, github: Sandbox) -> None:
        repo = site(github)
        proposed(repo)
        _, token = app_on(github)
        async with asking(github, token) as client:
            answer = await client.post(PULLS, {"title": "Again", "head": BRANCH, "base": "main"})
        assert answer.status == 422
        assert answer.message == "Validation Failed"
        assert answer.body["errors"] == [
            {
                "resource": "PullRequest",
                "code": "custom",
                "message": f"A pull request already exists for org:{BRANCH}.",
            }
        ]

    async def test_one_without_commits_is_refused(self, github: Sandbox) -> None:
        repo = site(github)
        repo.push({"x": "1"}, branch="same")
        repo.push({"x": "1"})
        repo.force_push("same", repo.tip() or "")
        _, token = app_on(github)
        async with asking(github, token) as client:
            answer = await client.post(PULLS, {"title": "Nothing", "head": "same", "base": "main"})
            assert (answer.status, answer.body["errors"][0]["message"]) == (
                422,
                "No commits between main and same",
            )
            for head, base, field in (
                ("none", "main", "head"),
                ("same", "none", "base"),
                ("eve:x", "main", "head"),
            ):
                wrong = await client.post(PULLS, {"title": "t", "head": head, "base": base})
                assert wrong.body["errors"] == [
                    {"resource": "PullRequest", "field": field, "code": "invalid"}
                ]

    async def test_a_fork_proposes_across(self, github: Sandbox) -> None:
        repo = site(github)
        fork = repo.fork("bots")
        fork.push({"x": "1"}, branch=BRANCH)
        _, token = app_on(github)
        wanted = {"title": "t", "head": f"bots:{BRANCH}", "head_repo": "site", "base": "main"}
        async with asking(github, token) as client:
            made = await client.post(PULLS, {**wanted, "maintainer_can_modify": False})
            assert made.status == 201
            assert made.body["head"]["repo"]["full_name"] == "bots/site"
            assert made.body["maintainer_can_modify"] is False
            [found] = (await client.get(f"{PULLS}?head=bots:{BRANCH}")).body
            assert found["number"] == made.body["number"]
            assert (await client.get(f"{PULLS}?head=org:{BRANCH}")).body == []

    async def test_only_who_may_push_to_a_fork_lets_others_push_there(self, github: Sandbox) -> None:
        repo = site(github)
        github.create_user("ada")
        repo.fork("ada").push({"x": "1"}, branch=BRANCH)
        _, token = app_on(github)
        wanted = {"title": "t", "head": f"ada:{BRANCH}", "base": "main"}
        async with asking(github, token) as client:
            refused = await client.post(PULLS, wanted)
            assert refused.status == 422
            assert refused.body["errors"][0]["field"] == "fork_collab"
            made = await client.of(github.personal_token("ada")).post(PULLS, wanted)
            assert made.body["maintainer_can_modify"] is True

    async def test_an_organizations_fork_is_nobody_elses_to_push_to(self, github: Sandbox) -> None:
        repo = site(github)
        repo.fork("bots").push({"x": "1"}, branch=BRANCH)
        app, _ = app_on(github)
        token = github.installation_token(github.install(app, "bots"))
        async with asking(github, token) as client:
            wanted = {"title": "t", "head": f"bots:{BRANCH}", "base": "main"}
            assert (await client.post(PULLS, wanted)).status == 403, "the token is not for the site"
            github.create_organization("bots", owners=["ada"])
            made = await client.of(github.personal_token("ada")).post(PULLS, wanted)
            assert made.body["maintainer_can_modify"] is False


class TestItsBranch:
    def test_a_new_commit_moves_the_head(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        sha = repo.push({"x": "1"}, branch=BRANCH)
        assert (pull.state, pull.head.sha) == ("open", sha)

    def test_set_equal_to_its_base_it_closes(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.force_push(BRANCH, repo.tip() or "")
        assert (pull.state, pull.merged) == ("closed", False)

    def test_deleted_it_closes(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.delete_branch(BRANCH, by="ada")
        assert (pull.state, pull.closed_by) == ("closed", "ada")

    def test_pushed_to_its_base_by_hand_it_counts_as_merged(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.force_push("main", repo.tip(BRANCH) or "")
        assert pull.merged

    def test_moved_after_closing_nothing_follows(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        before = pull.head.sha
        repo.close_pull(pull.number)
        repo.push({"x": "1"}, branch=BRANCH)
        assert pull.head.sha == before


class TestMerging:
    @pytest.mark.parametrize(
        ("method", "parents", "headline"),
        [
            ("merge", 2, f"Merge pull request #1 from org/{BRANCH}"),
            ("squash", 1, "Change (#1)"),
            ("rebase", 1, "Two"),
        ],
    )
    def test_brings_the_files_by_each_method(
        self, github: Sandbox, method: str, parents: int, headline: str
    ) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.push({"two": "2"}, message="Two", branch=BRANCH)
        repo.push({"elsewhere": "1"})
        sha = repo.merge_pull(pull.number, method=method)  # type: ignore[arg-type] # the methods stand above
        assert repo.tip() == sha
        assert (pull.state, pull.merged, pull.closed_by) == ("closed", True, "ada")
        tip = repo.log()[0]
        assert (len(tip.parents), tip.message.split("\n")[0]) == (parents, headline)
        assert [repo.file(path) for path in ("data/page.yaml", "two", "elsewhere")] == ["a: 2\n", "2", "1"]

    async def test_is_refused_where_both_sides_changed_a_file(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.push({"data/page.yaml": "a: 3\n"})
        repo.add_collaborator("ada", "write")
        async with asking(github, github.personal_token("ada")) as client:
            told = (await client.get(f"{PULLS}/{pull.number}")).body
            assert (told["mergeable"], told["mergeable_state"]) == (False, "dirty")
            answer = await client.ask("PUT", f"{PULLS}/{pull.number}/merge", {})
            assert (answer.status, answer.message) == (405, "Pull Request is not mergeable")

    async def test_is_refused_when_the_head_is_another_than_was_seen(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.add_collaborator("ada", "write")
        async with asking(github, github.personal_token("ada")) as client:
            path = f"{PULLS}/{pull.number}/merge"
            assert (await client.ask("PUT", path, {"sha": "a" * 40})).status == 409
            assert (await client.ask("PUT", path, {"sha": pull.head.sha})).body["merged"] is True

    def test_closes_the_issues_that_its_text_names_so(self, github: Sandbox) -> None:
        repo = site(github)
        fixed, named = repo.create_issue("fixed"), repo.create_issue("named")
        pull = proposed(repo)
        repo.edit_issue(pull.number, body=f"Fixes #{fixed.number}, see #{named.number}")
        repo.merge_pull(pull.number)
        assert (fixed.state, named.state) == ("closed", "open")

    def test_waits_for_what_the_branch_asks(self, github: Sandbox) -> None:
        repo = site(github)
        repo.protect(checks=["build"], approvals=1)
        pull = proposed(repo)
        with pytest.raises(ApiError, match='405 Required status check "build" is expected'):
            repo.merge_pull(pull.number)
        repo.check_pull(pull.number, "build")
        with pytest.raises(ApiError, match="405 At least 1 approving review is required"):
            repo.merge_pull(pull.number)
        repo.approve_pull(pull.number)
        repo.merge_pull(pull.number)
        assert pull.merged


class TestReopening:
    def test_works_where_the_branch_still_stands(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.close_pull(pull.number)
        repo.reopen_pull(pull.number)
        assert (pull.state, pull.closed_by) == ("open", None)

    def test_is_refused_once_the_branch_is_gone_rewritten_or_proposed_anew(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        repo.close_pull(pull.number)
        other = repo.create_pull(BRANCH)
        with pytest.raises(ApiError, match="422"):
            repo.reopen_pull(pull.number)
        repo.close_pull(other.number)
        repo.force_push(BRANCH, repo.push({"x": "1"}, branch="elsewhere"))
        with pytest.raises(ApiError, match="422"):
            repo.reopen_pull(pull.number)
        repo.delete_branch(BRANCH)
        with pytest.raises(ApiError, match="422"):
            repo.reopen_pull(pull.number)
        assert pull.state == "closed"


class TestAutoMerge:
    ENABLE = (
        "mutation($pull:ID!){enablePullRequestAutoMerge(input:{pullRequestId:$pull,mergeMethod:SQUASH})"
        "{actor{login}}}"
    )

    async def test_merges_when_the_last_check_has_passed(self, github: Sandbox) -> None:
        repo = site(github)
        repo.protect(checks=["build"])
        pull = proposed(repo)
        _, token = app_on(github)
        async with asking(github, token) as client:
            told = await client.graphql(self.ENABLE, pull=pull.node_id)
            assert told["data"]["enablePullRequestAutoMerge"]["actor"] == {"login": "status-bot"}
        repo.check_pull(pull.number, "build", "failure")
        assert not pull.merged
        repo.check_pull(pull.number, "build")
        assert (pull.merged, pull.merged_by) == (True, "status-bot[bot]")

    async def test_is_refused_where_there_is_nothing_to_wait_for(self, github: Sandbox) -> None:
        repo = site(github)
        pull = proposed(repo)
        _, token = app_on(github)
        async with asking(github, token) as client:
            [error] = (await client.graphql(self.ENABLE, pull=pull.node_id))["errors"]
            assert (error["type"], error["message"]) == (
                "UNPROCESSABLE",
                "Pull request Protected branch rules not configured for this branch",
            )
            repo.protect()
            [error] = (await client.graphql(self.ENABLE, pull=pull.node_id))["errors"]
            assert error["message"] == "Pull request Pull request is in clean status"


async def test_reviews_are_asked_of_people_who_are_there(github: Sandbox) -> None:
    repo = site(github)
    pull = proposed(repo)
    _, token = app_on(github)
    async with asking(github, token) as client:
        path = f"{PULLS}/{pull.number}/requested_reviewers"
        assert (await client.post(path, {"reviewers": ["olga"], "team_reviewers": ["docs"]})).status == 201
        assert (await client.post(path, {"reviewers": ["bob"]})).message.endswith("from pull request author.")
    assert (pull.requested_reviewers, pull.requested_teams) == (["olga"], ["docs"])


async def test_a_fork_follows_its_upstream(github: Sandbox) -> None:
    repo = site(github)
    fork = repo.fork("bots")
    app = github.create_app("status-bot", {"contents": "write"})
    token = github.installation_token(github.install(app, "bots"))
    path = f"/repos/{fork.full_name}/merge-upstream"
    async with asking(github, token) as client:
        assert (await client.post(path, {"branch": "main"})).body["merge_type"] == "none"
        repo.push({"x": "1"})
        assert (await client.post(path, {"branch": "main"})).body["merge_type"] == "fast-forward"
        assert fork.tip() == repo.tip()
        fork.push({"mine": "1"})
        repo.push({"x": "2"})
        assert (await client.post(path, {"branch": "main"})).body["merge_type"] == "merge"
        assert (fork.file("mine"), fork.file("x")) == ("1", "2")
        fork.push({"x": "3"})
        repo.push({"x": "4"})
        assert (await client.post(path, {"branch": "main"})).status == 409


async def test_new_workflows_take_a_permission_of_their_own(github: Sandbox) -> None:
    repo = site(github)
    fork = repo.fork("bots")
    workflow = {".github/workflows/build.yml": "on: push\n"}
    refusal = "refusing to allow a GitHub App to create or update workflow `.github/workflows/build.yml`"
    app = github.create_app("status-bot", {"contents": "write", "workflows": "write"})
    installation = github.install(app, "bots")
    narrow = github.installation_token(installation, {"contents": "write"})
    base = repo.push(workflow)
    main = {"sha": base}
    branch = {"ref": "refs/heads/other", "sha": base}
    refs = f"/repos/{fork.full_name}/git/refs"
    async with asking(github, narrow) as client:
        for answer in (
            await client.post(f"/repos/{fork.full_name}/merge-upstream", {"branch": "main"}),
            await client.ask("PATCH", f"{refs}/heads/main", main),
            await client.post(refs, branch),
        ):
            assert answer.status == 422
            assert answer.message.startswith(refusal)
        wide = client.of(github.installation_token(installation))
        assert (await wide.ask("PATCH", f"{refs}/heads/main", main)).status == 200
        assert (await client.post(refs, branch)).status == 201, "they stand on a branch by now"


async def test_a_repository_may_have_no_issues(github: Sandbox) -> None:
    repo = site(github)
    repo.create_issue("An old one")
    pull = proposed(repo)
    repo.disable_issues()
    _, token = app_on(github)
    async with asking(github, token) as client:
        assert (await client.get(f"/repos/{SITE}")).body["has_issues"] is False
        refused = await client.post(f"/repos/{SITE}/issues", {"title": "Another"})
        assert (refused.status, refused.message) == (410, "Issues has been disabled in this repository.")
        listed = (await client.get(f"/repos/{SITE}/issues?state=all")).body
        assert [issue["number"] for issue in listed] == [pull.number]
        said = await client.post(f"/repos/{SITE}/issues/{pull.number}/comments", {"body": "Hi"})
        assert said.status == 201
