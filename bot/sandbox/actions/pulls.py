"""Pull requests: opening, editing, closing, reopening, and what a moved branch does to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox import events
from bot.sandbox.actions import issues
from bot.sandbox.errors import ApiError, custom, invalid
from bot.sandbox.history import is_ancestor, merge_base
from bot.sandbox.records import PullRequest, Repository, Side
from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.pulls import team
from bot.sandbox.state import Json, State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPull:
    """What is proposed: the branch of ``source``, which is the repository or a fork of it, for ``base``."""

    source: Repository
    branch: str
    base: str
    title: str
    body: str | None = None
    draft: bool = False
    maintainer_can_modify: bool = False


def create(state: State, repository: Repository, wanted: NewPull, by: str) -> PullRequest:
    """Open a pull request.

    Raises:
        ApiError: 422, with GitHub's sentence.
    """
    issues.check_text("PullRequest", wanted.title, wanted.body)
    source = wanted.source
    tip, onto = _tips(repository, wanted)
    app = state.app_of(by)
    repository.last_number += 1
    pull = PullRequest(
        id=state.ids.number(),
        pull_id=state.ids.number(),
        repository=repository,
        number=repository.last_number,
        title=wanted.title,
        body=wanted.body,
        author=state.somebody(by).login,
        created_at=state.now(),
        updated_at=state.now(),
        app_id=app.id if app else None,
        head=Side(source, source.owner.login, wanted.branch, tip),
        base=Side(repository, repository.owner.login, wanted.base, onto),
        draft=wanted.draft,
        maintainer_can_modify=wanted.maintainer_can_modify and source is not repository,
    )
    issues.keep(state, pull)
    repository.refs[f"pull/{pull.number}/head"] = tip
    events.issue(state, "opened", pull, by)
    return pull


def _tips(repository: Repository, wanted: NewPull) -> tuple[str, str]:
    """Where head and base stand, if there is something to propose."""
    source, branch, base = wanted.source, wanted.branch, wanted.base
    tip, onto = source.tip(branch), repository.tip(base)
    if tip is None:
        raise invalid("PullRequest", "head")
    if onto is None:
        raise invalid("PullRequest", "base")
    label = f"{source.owner.login}:{branch}"
    if _find_open(repository, (source, branch), base):
        raise custom("PullRequest", f"A pull request already exists for {label}.")
    if merge_base(repository.store, tip, onto) is None:
        raise custom("PullRequest", f"The {branch} branch has no history in common with {base}")
    if is_ancestor(repository.store, tip, onto):
        shown = branch if source is repository else label
        raise custom("PullRequest", f"No commits between {base} and {shown}")
    return tip, onto


def _find_open(repository: Repository, head: tuple[Repository, str], base: str) -> PullRequest | None:
    for pull in repository.pulls():
        if pull.state == "open" and (pull.head.repository, pull.head.ref) == head and pull.base.ref == base:
            return pull
    return None


def close(state: State, pull: PullRequest, by: str) -> None:
    """Close a pull request without merging it."""
    if pull.state == "open":
        pull.state = "closed"
        pull.closed_at, pull.closed_by = state.now(), by
        pull.auto_merge_by = None
        issues.touch(state, pull)
        events.issue(state, "closed", pull, by)


def mark_merged(state: State, pull: PullRequest, by: str, commit: str) -> None:
    """Note that a pull request was merged as ``commit``."""
    pull.merged, pull.merged_at, pull.merged_by, pull.merge_commit = True, state.now(), by, commit
    close(state, pull, by)


def reopen(state: State, pull: PullRequest, by: str) -> None:
    """Open a closed pull request again.

    Raises:
        ApiError: 422, it was merged, its branch is gone or was rewritten, or another took its place.
    """
    if pull.state == "open":
        return
    source = pull.head.repository
    tip = source.tip(pull.head.ref) if source else None
    if pull.merged:
        reason = "The pull request has been merged"
    elif source is None or tip is None:
        reason = f"The {pull.head.ref} branch has been deleted."
    elif not is_ancestor(pull.repository.store, pull.head.sha, tip):
        reason = f"The {pull.head.ref} branch was force-pushed or recreated."
    elif other := _find_open(pull.repository, (source, pull.head.ref), pull.base.ref):
        reason = f"There is already an open pull request ({other.number}) for this branch."
    elif is_ancestor(pull.repository.store, tip, pull.repository.tip(pull.base.ref) or tip):
        reason = f"There are no new commits on the {pull.head.ref} branch."
    else:
        pull.head.sha = pull.repository.refs[f"pull/{pull.number}/head"] = tip
        issues.reopen(state, pull, by)
        return
    error = {"resource": "PullRequest", "code": "invalid", "field": "state"}
    error["message"] = f"state cannot be changed. {reason}"
    raise ApiError(422, "Validation Failed", errors=[error])


def retarget(state: State, pull: PullRequest, base: str, by: str) -> None:
    """Propose a pull request for another branch."""
    tip = pull.repository.tip(base)
    if tip is None:
        raise invalid("PullRequest", "base")
    if base != pull.base.ref:
        changes = {"base": {"ref": {"from": pull.base.ref}, "sha": {"from": pull.base.sha}}}
        pull.base.ref, pull.base.sha = base, tip
        issues.touch(state, pull)
        events.issue(state, "edited", pull, by, lambda: {"changes": changes})


def request_reviews(state: State, pull: PullRequest, users: list[str], teams: list[str], by: str) -> None:
    """Ask people and teams for a review.

    Raises:
        ApiError: 422, somebody is unknown, no collaborator, or the author.
    """
    for login in users:
        account = state.account(login)
        if account is None or (
            pull.repository.private and state.role(account.login, pull.repository) is None
        ):
            message = "Reviews may only be requested from collaborators. One or more of the users or teams"
            raise ApiError(422, f"{message} you specified is not a collaborator of the repository.")
        if account.login == pull.author:
            raise ApiError(422, "Review cannot be requested from pull request author.")
    for login in users:
        if login not in pull.requested_reviewers:
            pull.requested_reviewers.append(login)
            asked = {"requested_reviewer": user(state, login)}
            events.issue(state, "review_requested", pull, by, _given(asked))
    for slug in teams:
        if slug not in pull.requested_teams:
            pull.requested_teams.append(slug)
            asked = {"requested_team": team(state, pull, slug)}
            events.issue(state, "review_requested", pull, by, _given(asked))
    issues.touch(state, pull)


def _given(extra: Json) -> Callable[[], Json]:
    return lambda: extra


def branch_moved(state: State, repository: Repository, branch: str, by: str, before: str) -> None:
    """Let the open pull requests from and to a branch follow it."""
    for pull in _open_around(repository):
        if pull.head.repository is repository and pull.head.ref == branch:
            _head_moved(state, pull, by, before)
        elif pull.repository is repository and pull.base.ref == branch:
            tip = repository.tip(branch) or ""
            if is_ancestor(repository.store, pull.head.sha, tip):
                mark_merged(state, pull, by, tip)


def _head_moved(state: State, pull: PullRequest, by: str, before: str) -> None:
    source = pull.head.repository
    tip = (source.tip(pull.head.ref) if source else None) or before
    base = pull.repository.tip(pull.base.ref) or pull.base.sha
    pull.head.sha, pull.base.sha = tip, base
    pull.repository.refs[f"pull/{pull.number}/head"] = tip
    issues.touch(state, pull)
    events.issue(state, "synchronize", pull, by, lambda: {"before": before, "after": tip})
    if is_ancestor(pull.repository.store, tip, base):
        close(state, pull, by)


def branch_deleted(state: State, repository: Repository, branch: str, by: str) -> None:
    """Close the open pull requests from and to a branch that is gone."""
    for pull in _open_around(repository):
        from_here = pull.head.repository is repository and pull.head.ref == branch
        if from_here or (pull.repository is repository and pull.base.ref == branch):
            close(state, pull, by)


def _open_around(repository: Repository) -> list[PullRequest]:
    return [pull for other in repository.network() for pull in other.pulls() if pull.state == "open"]
