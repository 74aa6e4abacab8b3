"""Write the bot's branch, which only ever moves forward: a commit, where it points, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from urllib.parse import quote

import structlog

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.client import Client
from bot.github.errors import Forbidden, NotFound, Refused, Unavailable
from bot.github.model import Tip
from bot.github.scoped import OneRepository

log = structlog.get_logger(__name__)


class Deletion(Enum):
    """What has become of a branch that was to be deleted."""

    DELETED = auto()
    GONE = auto()
    """Somebody else was first."""
    KEPT = auto()
    """It has moved, or GitHub does not let it be deleted."""


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

    async def delete_branch(self, name: str, sha: str) -> Deletion:
        """Delete the bot's branch, unless it has moved since it was looked at, when it was at ``sha``.

        GitHub compares and deletes in one step, so that no push in between is lost. Of two that delete
        it, one comes first, and the other finds it gone.
        """
        repository, now = await self._stands(name)
        if now != sha:
            return Deletion.KEPT if now else Deletion.GONE
        try:
            answer = await self._client.query(
                documents.DELETE_BRANCH, repository=repository, ref=f"refs/heads/{name}", sha=sha
            )
        except NotFound:
            return await self._look_and_delete(name, sha)
        if not answer.errors:
            log.info("branch deleted", repository=self._full_name, ref=f"refs/heads/{name}", commit=sha)
            return Deletion.DELETED
        if any(_is_of_document(error) for error in answer.errors):
            return await self._look_and_delete(name, sha)
        _, now = await self._stands(name)
        if now == sha:
            error = answer.errors[0]
            if not error.get("type") and not error.get("path"):
                raise Unavailable(f"GraphQL: {error.get('message')}")  # a hiccup, and no rule of the site's
            self._tell_kept(name, error.get("message"))
        return Deletion.KEPT if now else Deletion.GONE

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

    def _tell_kept(self, name: str, why: object) -> None:
        log.warning("branch not deleted", repository=self._full_name, branch=name, why=why)

    async def _look_and_delete(self, name: str, sha: str) -> Deletion:
        """The same in two steps, where the server knows none that compares, as older Enterprise Servers."""
        if (now := await self._commit_at(name)) == sha:
            try:
                await self._repository.send("DELETE", f"/git/refs/{_ref(name)}")
            except (Forbidden, NotFound, Refused) as error:
                # GitHub words the lack of a ref as a refusal, too.
                if (now := await self._commit_at(name)) == sha:
                    self._tell_kept(name, str(error))
            else:
                return Deletion.DELETED
        return Deletion.KEPT if now else Deletion.GONE

    async def _commit_at(self, name: str) -> str | None:
        """The commit that a branch is at, by REST."""
        try:
            ref = await self._repository.get(f"/git/ref/{_ref(name)}")
        except NotFound:
            return None
        with making_sense():
            return str(ref["object"]["sha"])


def _is_of_document(error: Mapping[str, object]) -> bool:
    """Whether a server does not know the mutation or a type of it, and so has carried out nothing."""
    said = str(error.get("message"))
    return not error.get("type") and any(name in said for name in ("updateRefs", "GitRefname", "mutations"))


def _ref(branch_name: str) -> str:
    # A template would quote the slashes too, and then GitHub Enterprise Server finds no such ref.
    return f"heads/{quote(branch_name)}"
