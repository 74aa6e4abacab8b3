"""Write the proposal: commit, branch and pull request. A branch only ever moves forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import structlog

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.client import Client
from bot.github.errors import Forbidden, NotFound, Refused, Unavailable
from bot.github.model import Report, Tip
from bot.github.scoped import OneRepository

REFUSALS = (Forbidden, NotFound, Refused)
"""What asking again would not change."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PullRef:
    """A pull request as its number and its addresses."""

    number: int
    node_id: str
    url: str


class Branches:
    """The few writing calls on the branches of one repository: the site's own, or its fork's."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._full_name = full_name
        self._owner, _, self._name = full_name.partition("/")
        self._client = client
        self._repository = OneRepository(client, full_name)

    async def commit(
        self,
        base: Tip,
        branch: Tip | None,
        branch_name: str,
        files: Mapping[str, str],
        message: str,
        *,
        rebasable: bool = False,
    ) -> str:
        """Commit files' texts onto the branch, on top of the base as it is now; gives the commit's id.

        The branch's tip is a parent, so that nothing is lost; so is the base's where the branch does
        not hold it yet, so that it never conflicts. GitHub leaves merges out where it rebases: what has
        to survive that as well is asked for as ``rebasable``, and stands in a commit before the merge.
        Without an author GitHub signs the commit as the app. Raises ``Refused`` where somebody else
        moved the branch in the meantime: look again.
        """
        parents = [branch.sha] if branch else []
        if branch is None or not await self.holds(branch, base):
            if branch is not None and rebasable:
                parents = [await self._write(branch.tree, files, message, parents)]
                message = f"Merge branch '{base.name}' into {branch_name}"
            parents.append(base.sha)
        sha = await self._write(base.tree, files, message, parents)
        await (self._create(branch_name, sha) if branch is None else self._forward(branch_name, sha))
        return sha

    async def _write(self, onto: str, files: Mapping[str, str], message: str, parents: Sequence[str]) -> str:
        """A commit that no branch holds yet, of a tree with these files changed."""
        entries = [
            {"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()
        ]
        tree = await self._repository.send("POST", "/git/trees", {"base_tree": onto, "tree": entries})
        with making_sense():
            wanted = {"message": message, "tree": tree["sha"], "parents": list(parents)}
            return str((await self._repository.send("POST", "/git/commits", wanted))["sha"])

    async def holds(self, branch: Tip, base: Tip) -> bool:
        """Whether the base's tip is in the branch's history already."""
        if base.sha in (branch.sha, *branch.parents):
            return True
        try:
            compared = await self._repository.get(
                "/compare/{range}{?per_page}", range=f"{branch.sha}...{base.sha}", per_page="1"
            )
        except (NotFound, Refused):
            return False
        with making_sense():
            return int(compared["ahead_by"]) == 0

    async def keep_in_step(self, copy: Tip | None, base: Tip, upstream_owner: str) -> str | None:
        """Move a fork's copy of the base forward to where that is; gives the reason where it stays.

        What somebody has committed to the copy stays as it is. Commits of the upstream are known in
        its forks, but at times only moments later; GitHub's own way of bringing a fork up to date
        fetches them, and is used only where it has nothing to merge.
        """
        if copy is not None and copy.sha == base.sha:
            return None
        try:
            await (self._create(base.name, base.sha) if copy is None else self._forward(base.name, base.sha))
        except (NotFound, Refused) as error:
            if copy is not None and await self._is_behind(copy, upstream_owner):
                return await self._fetch(base.name)
            return str(error)
        return None

    async def _is_behind(self, copy: Tip, upstream_owner: str) -> bool:
        """Whether the copy has nothing that the upstream has not; of one owner's two GitHub cannot tell."""
        if upstream_owner == self._owner:
            return False
        try:
            compared = await self._repository.get(
                "/compare/{range}{?per_page}",
                range=f"{upstream_owner}:{copy.name}...{copy.sha}",
                per_page="1",
            )
        except (NotFound, Refused):
            return False
        with making_sense():
            return int(compared["ahead_by"]) == 0

    async def _fetch(self, branch_name: str) -> str | None:
        try:
            await self._repository.send("POST", "/merge-upstream", {"branch": branch_name})
        except Refused as error:
            return str(error)
        return None

    async def _create(self, branch_name: str, sha: str) -> None:
        await self._repository.send("POST", "/git/refs", {"ref": f"refs/heads/{branch_name}", "sha": sha})

    async def _forward(self, branch_name: str, sha: str) -> None:
        await self._repository.send("PATCH", f"/git/refs/{_ref(branch_name)}", {"sha": sha, "force": False})

    async def delete_branch(self, name: str, sha: str) -> bool:
        """Delete the bot's branch, unless it has moved since it was looked at, when it was at ``sha``.

        GitHub compares and deletes in one step, so that no push in between is lost. Tells whether the
        branch was still there: of two that delete it, one comes first.
        """
        repository, now = await self._stands(name)
        if now != sha:
            return now is not None
        try:
            answer = await self._client.query(
                documents.DELETE_BRANCH, repository=repository, ref=f"refs/heads/{name}", sha=sha
            )
        except NotFound:
            return await self._look_and_delete(name, sha)
        if not answer.errors:
            log.info("branch deleted", repository=self._full_name, ref=f"refs/heads/{name}", commit=sha)
            return True
        if any(_is_of_document(error) for error in answer.errors):
            return await self._look_and_delete(name, sha)
        _, now = await self._stands(name)
        if now == sha:
            self._stays(name, answer.errors[0])
        return now is not None

    async def _stands(self, name: str) -> tuple[str, str | None]:
        """The id of the repository, and the commit that a branch is at."""
        answer = await self._client.query(
            documents.BRANCH, owner=self._owner, name=self._name, ref=f"refs/heads/{name}"
        )
        found = answer.data.get("repository")
        if found is None or answer.errors:
            said = answer.errors[0].get("message") if answer.errors else "GitHub gave no answer."
            raise Unavailable(f"GraphQL: {said}")
        return found["id"], found["ref"]["target"]["oid"] if found["ref"] else None

    def _stays(self, name: str, error: Mapping[str, object]) -> None:
        """A branch is where it was and GitHub did not delete it. Raises ``Unavailable`` where it may yet."""
        if not error.get("type"):
            raise Unavailable(f"GraphQL: {error.get('message')}")
        log.warning("branch not deleted", repository=self._full_name, branch=name, why=error.get("message"))

    async def _look_and_delete(self, name: str, sha: str) -> bool:
        """The same in two steps, where the server knows none that compares, as older Enterprise Servers."""
        try:
            now = await self._repository.get(f"/git/ref/{_ref(name)}")
        except NotFound:
            return False
        if now["object"]["sha"] == sha:
            try:
                await self._repository.send("DELETE", f"/git/refs/{_ref(name)}")
            except (NotFound, Refused):
                return False
        return True


def _is_of_document(error: Mapping[str, object]) -> bool:
    """Whether a server does not know the mutation or a type of it, and so has carried out nothing."""
    said = str(error.get("message"))
    return not error.get("type") and any(name in said for name in ("updateRefs", "GitRefname", "mutations"))


def _ref(branch_name: str) -> str:
    # A template would quote the slashes too, and then GitHub Enterprise Server finds no such ref.
    return f"heads/{quote(branch_name)}"


class Proposer:
    """The few writing calls on one repository's pull requests and issues."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._client = client
        self._repository = OneRepository(client, full_name)

    async def open_pull(
        self, *, title: str, body: str, head: str, fork: str | None, base_name: str, draft: bool
    ) -> PullRef:
        """Open the pull request. Raises ``Refused`` where there is one already, or nothing to pull.

        ``head`` is the branch, with ``owner:`` before it where it lies in the repository ``fork``. No
        ``draft`` is opened where the site's plan has none.
        """
        wanted = {
            "title": title,
            "body": body,
            "head": head,
            "base": base_name,
            "draft": draft,
            # Letting others push to a fork is up to who may write there, which this token may not.
            "maintainer_can_modify": fork is None,
        }
        if fork is not None:
            # Two repositories of one owner are told apart by this alone.
            wanted["head_repo"] = fork.partition("/")[2]
        try:
            pull = await self._repository.send("POST", "/pulls", wanted)
        except Refused as error:
            if not draft or "draft" not in str(error).lower():
                raise
            log.warning("not granted", wish="draft", why=str(error))
            pull = await self._repository.send("POST", "/pulls", {**wanted, "draft": False})
        with making_sense():
            return PullRef(pull["number"], pull["node_id"], pull["html_url"])

    async def edit_pull(self, number: int, **fields: str) -> None:
        """Change the title, the body or the state of a pull request."""
        await self._repository.send("PATCH", "/pulls/{number}", fields, number=str(number))

    async def label(self, number: int, labels: Sequence[str]) -> str | None:
        """Add labels, made where they do not exist yet; gives the reason where GitHub refuses."""
        try:
            await self._repository.send(
                "POST", "/issues/{number}/labels", {"labels": list(labels)}, number=str(number)
            )
        except REFUSALS as error:
            return str(error)
        return None

    async def request_review(self, number: int, reviewers: Sequence[str]) -> str | None:
        """Ask people and teams (``org/team``) for a review; gives the reason where GitHub refuses.

        GitHub refuses all of them for the sake of one, so that then each is asked alone.
        """
        wanted = {
            "reviewers": [name for name in reviewers if "/" not in name],
            "team_reviewers": [name.partition("/")[2] for name in reviewers if "/" in name],
        }
        try:
            await self._repository.send(
                "POST", "/pulls/{number}/requested_reviewers", wanted, number=str(number)
            )
        except REFUSALS as error:
            if len(reviewers) == 1:
                return f"{reviewers[0]}: {error}"
            refusals = [await self.request_review(number, [name]) for name in reviewers]
            return "; ".join(filter(None, refusals)) or None
        return None

    async def enable_automerge(self, pull: PullRef) -> str | None:
        """Let GitHub merge once the checks pass; gives the reason where the site does not allow it."""
        try:
            answer = await self._client.query(documents.AUTOMERGE, pull=pull.node_id)
        except REFUSALS as error:
            return str(error)
        if not answer.errors:
            log.info("auto-merge enabled", number=pull.number)
            return None
        return str(answer.errors[0].get("message"))

    async def open_issue(self, title: str, body: str) -> Report:
        """Open an issue."""
        issue = await self._repository.send("POST", "/issues", {"title": title, "body": body})
        return Report(issue["number"], issue["html_url"], issue["state"] == "open", issue["body"] or "")

    async def edit_issue(self, number: int, **fields: str) -> None:
        """Change the title, the body or the state of an issue."""
        await self._repository.send("PATCH", "/issues/{number}", fields, number=str(number))
