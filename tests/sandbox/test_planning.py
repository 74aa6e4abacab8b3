"""Milestones count what is in them; one release is the latest."""

from __future__ import annotations

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.errors import ApiError
from tests.sandbox.asking import SITE, app_on, asking, site


class TestAMilestone:
    def test_counts_issues_and_pull_requests(self, github: Sandbox) -> None:
        repo = site(github)
        milestone = repo.create_milestone("v0.4", open=2, closed=3)
        assert (milestone.open, milestone.closed) == (2, 3)
        first, second = repo.issues()
        repo.close_issue(first.number)
        assert (milestone.open, milestone.closed) == (1, 4)
        repo.set_milestone(second.number, None)
        repo.push({"x": "1"}, branch="x")
        pull = repo.create_pull("x")
        repo.set_milestone(pull.number, milestone)
        assert (milestone.open, milestone.closed) == (1, 4)
        repo.merge_pull(pull.number)
        assert (milestone.open, milestone.closed) == (0, 5)
        repo.delete_issue(first.number)
        assert (milestone.open, milestone.closed) == (0, 4)

    def test_keeps_its_title_to_itself(self, github: Sandbox) -> None:
        repo = site(github)
        milestone = repo.create_milestone("v0.4")
        with pytest.raises(ApiError, match="422"):
            repo.create_milestone("v0.4")
        repo.edit_milestone(milestone.number, title="v0.5", state="closed")
        assert (milestone.title, milestone.state) == ("v0.5", "closed")

    async def test_is_listed_by_state(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_milestone("later", state="open")
        repo.create_milestone("done", state="closed")
        path = f"/repos/{SITE}/milestones"
        async with asking(github) as client:
            for query, titles in (
                ("", ["later"]),
                ("?state=closed", ["done"]),
                ("?state=all", ["later", "done"]),
                ("?state=all&direction=desc", ["done", "later"]),
            ):
                assert [one["title"] for one in (await client.get(path + query)).body] == titles

    def test_leaves_its_issues_behind(self, github: Sandbox) -> None:
        repo = site(github)
        milestone = repo.create_milestone("v0.4", open=1)
        repo.delete_milestone(milestone.number)
        assert repo.milestones() == []
        assert [issue.milestone for issue in repo.issues()] == [None]


class TestTheLatestRelease:
    def latest(self, github: Sandbox) -> str | None:
        found = github.repository(SITE).record.latest_release
        return found.tag if found else None

    def test_is_the_newest_final_one(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_release("v1.0.0", published_at="2020-02-01T00:00:00Z")
        assert self.latest(github) == "v1.0.0"
        repo.create_release("v0.9.0", published_at="2020-01-01T00:00:00Z")
        repo.create_release("v1.1.0-rc.1", prerelease=True)
        repo.create_release("v1.1.0", draft=True)
        assert self.latest(github) == "v1.0.0"
        repo.publish_release("v1.1.0")
        assert self.latest(github) == "v1.1.0"

    def test_is_what_the_maintainer_says(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_release("v2.0.0")
        repo.create_release("v1.9.1", latest=False)
        assert self.latest(github) == "v2.0.0"
        repo.edit_release("v1.9.1", latest=True)
        assert self.latest(github) == "v1.9.1"

    def test_falls_back_when_it_is_gone(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_release("v1.0.0")
        repo.create_release("v1.1.0")
        repo.unpublish_release("v1.1.0")
        assert self.latest(github) == "v1.0.0"
        repo.delete_release("v1.0.0")
        assert self.latest(github) is None


class TestReleases:
    async def test_drafts_are_shown_to_those_who_may_push(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_release("v1.0.0")
        repo.create_release("v1.1.0", draft=True)
        _, writer = app_on(github)
        reader = github.create_app("reader", {"contents": "read"})
        path = f"/repos/{SITE}/releases"
        async with asking(github, writer) as client:
            assert [one["draft"] for one in (await client.get(path)).body] == [True, False]
            read = client.of(github.installation_token(github.install(reader, "org")))
            assert [one["tag_name"] for one in (await read.get(path)).body] == ["v1.0.0"]
            assert (await read.get(f"{path}/tags/v1.1.0")).status == 404
            assert (await client.get(f"{path}/tags/v1.1.0")).status == 404, "a draft has no tag yet"
            assert (await client.get(f"{path}/latest")).body["tag_name"] == "v1.0.0"

    async def test_make_the_tag_that_they_are_named_after(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_release("cmd/builder/v1.0.0")
        repo.create_release("v2.0.0", draft=True)
        async with asking(github) as client:
            [tag] = (await client.get(f"/repos/{SITE}/tags")).body
            assert (tag["name"], tag["commit"]["sha"]) == ("cmd/builder/v1.0.0", repo.tip())
            by_tag = await client.get(f"/repos/{SITE}/releases/tags/cmd/builder/v1.0.0")
            assert by_tag.body["tag_name"] == "cmd/builder/v1.0.0"

    def test_two_of_one_tag_are_refused(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_release("v1.0.0")
        with pytest.raises(ApiError, match="422"):
            repo.create_release("v1.0.0")
