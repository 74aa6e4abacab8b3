"""Every webhook that the sandbox sends, with a payload as GitHub describes it."""

from bot.sandbox import Installation, Repo
from tests.conformance.watched import WatchedSandbox

EVENTS = [
    *("release", "milestone", "issues", "issue_comment", "pull_request", "push", "create", "delete"),
    *("repository", "check_run", "fork", "label", "public"),
]
PERMISSIONS = {"contents": "write", "issues": "write", "pull_requests": "write", "metadata": "read"}

# What moves the page, its proposal, or what the bot may see.
EXPECTED = {
    *(f"release.{action}" for action in ("created", "published", "released", "prereleased", "edited")),
    *("release.unpublished", "release.deleted"),
    *(f"milestone.{action}" for action in ("created", "edited", "opened", "closed", "deleted")),
    *(f"issues.{action}" for action in ("opened", "closed", "reopened", "deleted", "edited")),
    *("issues.milestoned", "issues.demilestoned", "issues.labeled"),
    *(f"issue_comment.{action}" for action in ("created", "edited", "deleted")),
    *(f"pull_request.{action}" for action in ("opened", "closed", "reopened", "synchronize", "edited")),
    *("pull_request.milestoned", "pull_request.demilestoned", "pull_request.labeled"),
    *(f"repository.{action}" for action in ("created", "renamed", "transferred", "archived", "unarchived")),
    *("repository.deleted", "repository.privatized", "repository.publicized", "repository.edited"),
    *(f"installation.{action}" for action in ("created", "deleted", "suspend", "unsuspend")),
    "installation.new_permissions_accepted",
    *("installation_repositories.added", "installation_repositories.removed"),
    *("push", "ping"),
}


async def test_every_webhook_is_as_github_describes_it(github: WatchedSandbox) -> None:
    github.create_organization("org", owners=["ada"])
    github.create_repository("org/other")
    app = github.create_app("status-bot", PERMISSIONS, EVENTS, webhook_secret="x")
    async with github.serve() as server:
        app.webhook_url = f"{server.url}/nobody"
        installation = github.install(app, "org")
        sig = github.create_repository("org/sig", files={"README.md": "# SIG\n"})
        for chapter in (milestones_and_issues, releases, branches_and_pulls, the_repository_itself):
            chapter(sig)
        the_installation(github, installation)
        await github.delivered()
    sent = {f"{one.event}.{one.action}" if one.action else one.event for one in github.deliveries}
    assert sorted(EXPECTED - sent) == []


def milestones_and_issues(sig: Repo) -> None:
    milestone = sig.create_milestone("v0.1", open=1, closed=1)
    sig.edit_milestone(milestone.number, title="v0.1.0", description="First", due_on="2020-06-01T00:00:00Z")
    sig.edit_milestone(milestone.number, state="closed")
    sig.edit_milestone(milestone.number, state="open")
    issue = sig.create_issue("A fault", "In line 2", milestone=milestone)
    sig.label_issue(issue.number, "bug")
    comment = sig.comment(issue.number, "/status help")
    sig.edit_comment(comment, "/status help me")
    sig.delete_comment(comment)
    sig.edit_issue(issue.number, title="Two faults", body="In line 2 and 3")
    sig.set_milestone(issue.number, None)
    sig.close_issue(issue.number)
    sig.reopen_issue(issue.number)
    sig.delete_issue(issue.number)
    sig.delete_milestone(milestone.number)


def releases(sig: Repo) -> None:
    sig.create_release("v0.1.0", name="First light", body="Notes")
    sig.edit_release("v0.1.0", name="First light!", body="More notes")
    sig.create_release("v0.2.0-rc.1", prerelease=True)
    sig.create_release("v0.2.0", draft=True)
    sig.publish_release("v0.2.0")
    sig.unpublish_release("v0.2.0")
    sig.delete_release("v0.1.0")


def branches_and_pulls(sig: Repo) -> None:
    milestone = sig.create_milestone("v0.2")
    sig.push({"docs/a.md": "a\n"}, branch="change")
    pull = sig.create_pull("change", title="Change", body="Because")
    sig.set_milestone(pull.number, milestone)
    sig.set_milestone(pull.number, None)
    sig.label_issue(pull.number, "status page")
    sig.comment(pull.number, "Thanks")
    sig.push({"docs/a.md": "b\n"}, branch="change")
    sig.edit_issue(pull.number, title="Change more")
    sig.close_pull(pull.number)
    sig.reopen_pull(pull.number)
    sig.merge_pull(pull.number, method="squash")
    sig.force_push("change", sig.log("main")[-1].sha)
    sig.push({"docs/a.md": None})
    sig.delete_branch("change")


def the_repository_itself(sig: Repo) -> None:
    sig.fork("grace")
    sig.push({"x": "x"}, branch="trunk")
    sig.set_default_branch("trunk")
    sig.archive()
    sig.unarchive()
    sig.make_private()
    sig.make_public()
    sig.rename("renamed")
    sig.transfer("elsewhere")
    sig.transfer("org")
    sig.delete()


def the_installation(github: WatchedSandbox, installation: Installation) -> None:
    chosen = github.install(installation.app, "elsewhere", repositories=[])
    github.create_repository("elsewhere/one")
    github.add_repositories(chosen, ["elsewhere/one"])
    github.remove_repositories(chosen, ["elsewhere/one"])
    github.accept_permissions(installation)
    github.suspend(installation)
    github.unsuspend(installation)
    github.uninstall(installation)
