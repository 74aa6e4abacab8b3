"""A repository, as a test or the demo takes it in hand: what people do there, each in a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.sandbox.actions import merging, pulls, refs, releases, repositories
from bot.sandbox.actions.files import Push, commit_files
from bot.sandbox.gate import Gate
from bot.sandbox.history import log
from bot.sandbox.records import MergeMethod, PullRequest, Release, Role
from bot.sandbox.shapes.git import is_verified
from bot.sandbox.times import parse
from bot.sandbox.tracker import SOMEBODY, Moment


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """A commit; ``author`` is a login where the address belongs to one, else the name."""

    sha: str
    message: str
    author: str
    parents: tuple[str, ...]
    verified: bool
    date: datetime


@dataclass(frozen=True)
class Repo(Gate):
    """Does in a repository what people do there. Nobody's rights are checked; events are told as ever."""

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return self.record.full_name

    @property
    def id(self) -> int:
        """The number that outlives renames."""
        return self.record.id

    @property
    def default_branch(self) -> str:
        """The default branch."""
        return self.record.default_branch

    @property
    def branches(self) -> list[str]:
        """All branches."""
        return sorted(name.removeprefix("heads/") for name in self.record.refs if name.startswith("heads/"))

    # Files

    def push(
        self,
        files: Mapping[str, str | bytes | None],
        message: str = "Update",
        branch: str | None = None,
        by: str = SOMEBODY,
    ) -> str:
        """Commit files (None removes one) onto a branch, made from the default branch if it is new."""
        where = branch or self.default_branch
        return commit_files(self.state, self.record, where, files, Push(message, by)).sha

    def force_push(self, branch: str, sha: str, by: str = SOMEBODY) -> None:
        """Set a branch to any commit."""
        refs.update(self.state, self.record, f"heads/{branch}", sha, by, force=True)

    def file(self, path: str, ref: str | None = None) -> str | None:
        """A file's text on a branch, or None."""
        content = self.file_bytes(path, ref)
        return None if content is None else content.decode()

    def file_bytes(self, path: str, ref: str | None = None) -> bytes | None:
        """A file's bytes on a branch (or at a commit), or None."""
        store = self.record.store
        tip = self.tip(ref or self.default_branch) or ref
        if tip is None or store.kind(tip) != "commit":
            return None
        found = store.find(store.commit(tip).tree, path)
        return store.blob(found.sha) if found and found.kind == "blob" else None

    def tip(self, branch: str | None = None) -> str | None:
        """The commit that a branch stands at."""
        return self.record.tip(branch or self.default_branch)

    def log(self, branch: str | None = None) -> list[LoggedCommit]:
        """A branch's commits, newest first."""
        store, tip = self.record.store, self.tip(branch)
        found = []
        for commit in log(store, tip) if tip else ():
            account = self.state.account_of_email(commit.author.email)
            found.append(
                LoggedCommit(
                    commit.sha,
                    commit.message,
                    account.login if account else commit.author.name,
                    commit.parents,
                    is_verified(commit),
                    commit.author.date,
                )
            )
        return found

    def delete_branch(self, name: str, by: str = SOMEBODY) -> None:
        """Delete a branch; its pull requests close."""
        refs.delete(self.state, self.record, f"heads/{name}", by)

    # Pull requests

    def pulls(self, state: Literal["open", "closed", "all"] = "open") -> list[PullRequest]:
        """The pull requests, oldest first."""
        return [pull for pull in self.record.pulls() if state in ("all", pull.state)]

    def create_pull(
        self, head: str, base: str | None = None, title: str = "Change", body: str = "", by: str = SOMEBODY
    ) -> PullRequest:
        """Propose a branch of this repository."""
        onto = base or self.default_branch
        wanted = pulls.NewPull(source=self.record, branch=head, base=onto, title=title, body=body)
        return pulls.create(self.state, self.record, wanted, by)

    def merge_pull(self, number: int, by: str = SOMEBODY, method: MergeMethod = "merge") -> str:
        """Merge a pull request; returns where the base then stands."""
        return merging.merge(self.state, self.pull(number), by, method=method)

    def close_pull(self, number: int, by: str = SOMEBODY) -> None:
        """Close a pull request without merging it."""
        pulls.close(self.state, self.pull(number), by)

    def reopen_pull(self, number: int, by: str = SOMEBODY) -> None:
        """Open a closed pull request again."""
        pulls.reopen(self.state, self.pull(number), by)

    def retarget_pull(self, number: int, base: str, by: str = SOMEBODY) -> None:
        """Propose a pull request for another branch."""
        pulls.retarget(self.state, self.pull(number), base, by)

    # Releases

    def create_release(  # noqa: PLR0913, PLR0917 - GitHub's own words, named by every caller
        self,
        tag: str,
        name: str | None = None,
        body: str | None = None,
        draft: bool = False,  # noqa: FBT001, FBT002 - GitHub's own words, named by every caller
        prerelease: bool = False,  # noqa: FBT001, FBT002 - the same
        published_at: Moment | None = None,
        by: str = SOMEBODY,
        latest: bool | None = None,  # noqa: FBT001 - the same
    ) -> Release:
        """Publish a release, or keep a draft of one."""
        return releases.create(
            self.state,
            self.record,
            releases.NewRelease(
                tag=tag,
                name=name,
                body=body,
                draft=draft,
                prerelease=prerelease,
                published_at=parse(published_at) if published_at else None,
                latest=latest,
            ),
            by,
        )

    def release(self, tag: str) -> Release:
        """The release of a tag.

        Raises:
            KeyError: There is none.
        """
        for release in self.record.releases.values():
            if release.tag == tag:
                return release
        raise KeyError(tag)

    def releases(self) -> list[Release]:
        """All releases, drafts too, in the order of their making."""
        return list(self.record.releases.values())

    def publish_release(self, tag: str, by: str = SOMEBODY) -> Release:
        """Publish a draft."""
        releases.publish(self.state, self.release(tag), by)
        return self.release(tag)

    def unpublish_release(self, tag: str, by: str = SOMEBODY) -> Release:
        """Make a draft of a release."""
        releases.unpublish(self.state, self.release(tag), by)
        return self.release(tag)

    def edit_release(
        self,
        tag: str,
        name: str | None = None,
        body: str | None = None,
        prerelease: bool | None = None,  # noqa: FBT001 - GitHub's own word
        new_tag: str | None = None,
        latest: bool | None = None,  # noqa: FBT001 - the same
        by: str = SOMEBODY,
    ) -> Release:
        """Change a release."""
        release = self.release(tag)
        changes = releases.ReleaseChanges(
            tag=new_tag, name=name, body=body, prerelease=prerelease, latest=latest
        )
        releases.edit(self.state, release, changes, by)
        return release

    def delete_release(self, tag: str, by: str = SOMEBODY) -> None:
        """Delete a release; its tag stays."""
        releases.delete(self.state, self.release(tag), by)

    # The repository itself

    def rename(self, name: str, by: str = SOMEBODY) -> None:
        """Give it another name; the old one redirects."""
        repositories.rename(self.state, self.record, name, by)

    def transfer(self, owner: str, by: str = SOMEBODY) -> None:
        """Give it to another owner, an organization unless known as a user."""
        account = self.state.account(owner) or self.state.add_account(owner, "Organization")
        repositories.transfer(self.state, self.record, account, by)

    def archive(self, by: str = SOMEBODY) -> None:
        """Make it read-only."""
        repositories.set_archived(self.state, self.record, by, archived=True)

    def unarchive(self, by: str = SOMEBODY) -> None:
        """Make it writable again."""
        repositories.set_archived(self.state, self.record, by, archived=False)

    def make_private(self, by: str = SOMEBODY) -> None:
        """Hide it from the public."""
        repositories.set_private(self.state, self.record, by, private=True)

    def make_public(self, by: str = SOMEBODY) -> None:
        """Show it to the public."""
        repositories.set_private(self.state, self.record, by, private=False)

    def disable_issues(self) -> None:
        """Take pull requests alone, as its settings allow."""
        self.record.has_issues = False

    def set_default_branch(self, branch: str, by: str = SOMEBODY) -> None:
        """Choose another default branch."""
        repositories.set_default_branch(self.state, self.record, branch, by)

    def fork(self, owner: str, name: str | None = None) -> Repo:
        """Fork it into another account."""
        account = self.state.account(owner) or self.state.add_account(owner, "Organization")
        return Repo(self.state, repositories.fork(self.state, self.record, account, name))

    def delete(self, by: str = SOMEBODY) -> None:
        """Delete it."""
        repositories.delete(self.state, self.record, by)

    def add_collaborator(self, login: str, role: Role) -> None:
        """Let somebody in."""
        self.record.collaborators[self.state.somebody(login).login.lower()] = role
