"""Repositories: making, forking, renaming, moving, hiding, archiving and deleting them."""

from __future__ import annotations

from bot.sandbox import events
from bot.sandbox.actions import pulls
from bot.sandbox.errors import custom, unprocessable
from bot.sandbox.git import ObjectStore
from bot.sandbox.records import Account, Repository
from bot.sandbox.shapes.accounts import account_shape, organization
from bot.sandbox.state import Event, State


def create(
    state: State, owner: Account, name: str, *, default_branch: str = "main", private: bool = False
) -> Repository:
    """Make an empty repository.

    Raises:
        ApiError: 422, the name is taken.
    """
    if state.repository(f"{owner.login}/{name}"):
        raise custom("Repository", "name already exists on this account")
    now = state.now()
    repository = Repository(
        id=state.ids.number(),
        owner=owner,
        name=name,
        default_branch=default_branch,
        store=ObjectStore(),
        created_at=now,
        updated_at=now,
        pushed_at=now,
        private=private,
    )
    state.add_repository(repository)
    events.repository(state, "created", repository, owner.login)
    return repository


def fork(state: State, source: Repository, owner: Account, name: str | None = None) -> Repository:
    """Fork a repository; the fork shares its objects. A second fork by the same owner is the first."""
    for known in source.forks:
        if known.owner is owner and not known.deleted:
            return known
    copy = create(
        state, owner, name or source.name, default_branch=source.default_branch, private=source.private
    )
    copy.store, copy.parent = source.store, source
    copy.refs = {ref: sha for ref, sha in source.refs.items() if not ref.startswith("pull/")}
    source.forks.append(copy)
    return copy


def rename(state: State, repository: Repository, name: str, by: str) -> None:
    """Give a repository another name; the old one redirects."""
    _free(state, repository.owner, name)
    before = repository.name
    state.rename(repository, repository.owner, name)
    events.repository(state, "renamed", repository, by, {"repository": {"name": {"from": before}}})


def _free(state: State, owner: Account, name: str) -> None:
    if state.repository(f"{owner.login}/{name}"):
        raise unprocessable(f"{owner.login}/{name} already exists")


def transfer(state: State, repository: Repository, owner: Account, by: str) -> None:
    """Give a repository to another owner; both owners' apps are told."""
    _free(state, owner, repository.name)
    before = repository.owner
    state.rename(repository, owner, repository.name)
    kind = "organization" if before.kind == "Organization" else "user"
    shape = organization if before.kind == "Organization" else account_shape
    former = shape(state, before)
    _told_to_both(state, repository, before, by, {"owner": {"from": {kind: former}}})


def _told_to_both(
    state: State, repository: Repository, before: Account, by: str, changes: dict[str, object]
) -> None:
    event = Event("repository", "transferred", by, lambda: {"changes": changes}, repository, account=before)
    state.emit(event)


def set_archived(state: State, repository: Repository, by: str, *, archived: bool) -> None:
    """Make a repository read-only, or writable again."""
    if repository.archived != archived:
        repository.archived = archived
        events.repository(state, "archived" if archived else "unarchived", repository, by)


def set_private(state: State, repository: Repository, by: str, *, private: bool) -> None:
    """Hide a repository from the public, or show it."""
    if repository.private != private:
        repository.private = private
        events.repository(state, "privatized" if private else "publicized", repository, by)


def set_default_branch(state: State, repository: Repository, branch: str, by: str) -> None:
    """Choose another default branch."""
    if repository.tip(branch) is None:
        raise custom("Repository", f"The branch {branch} was not found. Please push that ref first.")
    before, repository.default_branch = repository.default_branch, branch
    if before != branch:
        events.repository(state, "edited", repository, by, {"default_branch": {"from": before}})


def delete(state: State, repository: Repository, by: str) -> None:
    """Delete a repository; the pull requests from its branches close."""
    for other in repository.network():
        for pull in other.pulls():
            if pull.head.repository is repository and other is not repository:
                pulls.close(state, pull, by)
                pull.head.repository = None
    state.forget(repository)
    events.repository(state, "deleted", repository, by)
    for installation in state.installations.values():
        if installation.selected is not None:
            installation.selected.discard(repository.id)
