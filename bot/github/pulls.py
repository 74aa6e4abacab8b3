"""Write the proposal: commit, branch and pull request. A branch only ever moves forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.github import documents
from bot.github.client import Client
from bot.github.errors import GitHubError, NotFound, Refused
from bot.github.model import Tip
from bot.github.scoped import OneRepository


@dataclass(frozen=True)
class PullRef:
    """A pull request as its number and its addresses."""

    number: int
    node_id: str
    url: str


class Proposer:
    """The few writing calls on one repository, with a token that reaches no other."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._client = client
        self._repository = OneRepository(client, full_name)

    async def commit(
        self, base: Tip, branch: Tip | None, branch_name: str, path: str, text: str, message: str
    ) -> str:
        """Commit a file's text onto the branch, on top of the base as it is now; gives the commit's id.

        The branch's tip and the base's tip are both parents, so that nothing is lost and the branch
        never conflicts. Without an author GitHub signs the commit as the app. Raises ``Refused``
        where somebody else moved the branch in the meantime: look again.
        """
        entry = {"path": path, "mode": "100644", "type": "blob", "content": text}
        tree = await self._repository.send("POST", "/git/trees", {"base_tree": base.tree, "tree": [entry]})
        parents = list(dict.fromkeys([branch.sha, base.sha] if branch else [base.sha]))
        commit = await self._repository.send(
            "POST", "/git/commits", {"message": message, "tree": tree["sha"], "parents": parents}
        )
        sha = str(commit["sha"])
        if branch is None:
            await self._repository.send("POST", "/git/refs", {"ref": f"refs/heads/{branch_name}", "sha": sha})
        else:
            await self._repository.send(
                "PATCH", "/git/refs/{ref}", {"sha": sha, "force": False}, ref=f"heads/{branch_name}"
            )
        return sha

    async def open_pull(
        self, *, title: str, body: str, branch_name: str, base_name: str, draft: bool
    ) -> PullRef:
        """Open the pull request. Raises ``Refused`` where there is one already, or nothing to pull."""
        pull = await self._repository.send(
            "POST",
            "/pulls",
            {
                "title": title,
                "body": body,
                "head": branch_name,
                "base": base_name,
                "draft": draft,
                "maintainer_can_modify": True,
            },
        )
        return PullRef(pull["number"], pull["node_id"], pull["html_url"])

    async def edit_pull(self, number: int, **fields: str) -> None:
        """Change the title, the body or the state of a pull request."""
        await self._repository.send("PATCH", "/pulls/{number}", fields, number=str(number))

    async def delete_branch(self, branch: Tip) -> None:
        """Delete the bot's branch, unless it has moved since it was looked at."""
        try:
            now = await self._repository.get(
                "/git/ref/{ref}",
                ref=f"heads/{branch.name}",
            )
        except NotFound:
            return
        if now["object"]["sha"] == branch.sha:
            await self._repository.send("DELETE", "/git/refs/{ref}", ref=f"heads/{branch.name}")

    async def label(self, number: int, labels: Sequence[str]) -> None:
        """Add labels; GitHub makes those that do not exist yet."""
        if labels:
            await self._repository.send(
                "POST", "/issues/{number}/labels", {"labels": list(labels)}, number=str(number)
            )

    async def request_review(self, number: int, reviewers: Sequence[str]) -> str | None:
        """Ask people and teams (``org/team``) for a review; gives the reason where GitHub refuses."""
        people = [name for name in reviewers if "/" not in name]
        teams = [name.partition("/")[2] for name in reviewers if "/" in name]
        if not reviewers:
            return None
        wanted = {"reviewers": people, "team_reviewers": teams}
        try:
            await self._repository.send(
                "POST", "/pulls/{number}/requested_reviewers", wanted, number=str(number)
            )
        except Refused as error:
            return str(error)
        return None

    async def enable_automerge(self, pull: PullRef) -> str | None:
        """Let GitHub merge once the checks pass; gives the reason where the site does not allow it."""
        try:
            answer = await self._client.query(documents.AUTOMERGE, pull=pull.node_id)
        except GitHubError as error:
            return str(error)
        return str(answer.errors[0].get("message")) if answer.errors else None

    async def open_issue(self, title: str, body: str) -> str:
        """Open an issue; gives its address."""
        issue = await self._repository.send("POST", "/issues", {"title": title, "body": body})
        return str(issue["html_url"])

    async def edit_issue(self, number: int, **fields: str) -> None:
        """Change the title, the body or the state of an issue."""
        await self._repository.send("PATCH", "/issues/{number}", fields, number=str(number))
