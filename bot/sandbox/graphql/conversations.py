"""How the fields of issues, pull requests, comments and people are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox import mergeability
from bot.sandbox.graphql.context import Connection, Info, connect, context, refusal
from bot.sandbox.graphql.fields import Resolver, ordered, path_of, repository_by_name
from bot.sandbox.records import Account, Comment, Issue, Milestone, PullRequest, Repository
from bot.sandbox.shapes.issues import issue_page
from bot.sandbox.state import WEB_FLOW
from bot.sandbox.times import parse

_KEYS: Mapping[str, Callable[[Issue], Any]] = {
    "CREATED_AT": lambda one: (one.created_at, one.number),
    "UPDATED_AT": lambda one: (one.updated_at, one.number),
    "COMMENTS": lambda one: (len(one.comments), one.number),
}

_REACTIONS: Mapping[str, str] = {
    "THUMBS_UP": "+1",
    "THUMBS_DOWN": "-1",
    **{content.upper(): content for content in ("laugh", "hooray", "confused", "heart", "rocket", "eyes")},
}


def _is_by(author: str, wanted: str) -> bool:
    author, wanted = author.lower(), wanted.lower()
    return wanted in (author, "app/" + author.removesuffix("[bot]"))


def issues(owner: Repository | Milestone, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    """The issues, without the pull requests, of a repository or a milestone."""
    repository = owner.repository if isinstance(owner, Milestone) else owner
    context(info).require(repository, "issues")
    order, states = given.pop("orderBy", None), given.pop("states", None)
    labels, filters = given.pop("labels", None), given.pop("filterBy", None) or {}
    states, labels = states or filters.get("states"), labels or filters.get("labels")
    creator, since = filters.get("createdBy"), filters.get("since")
    known = owner.items if isinstance(owner, Milestone) else owner.issues
    found = [
        one
        for one in known.values()
        if not isinstance(one, PullRequest)
        and (not states or one.state.upper() in states)
        and (not labels or set(labels) & set(one.labels))
        and (not creator or _is_by(one.author, creator))
        and (not since or one.updated_at >= parse(since))
    ]
    return connect(ordered(found, order, _KEYS, "CREATED_AT"), **given)


def pull_requests(repository: Repository, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - the same
    """A repository's pull requests."""
    context(info).require(repository, "pull_requests")
    order, states = given.pop("orderBy", None), given.pop("states", None)
    labels = given.pop("labels", None)
    head, base = given.pop("headRefName", None), given.pop("baseRefName", None)
    found = [
        one
        for one in repository.pulls()
        if (not states or pull_state(one) in states)
        and (not labels or set(labels) & set(one.labels))
        and head in (None, one.head.ref)
        and base in (None, one.base.ref)
    ]
    return connect(ordered(found, order, _KEYS, "CREATED_AT"), **given)


def pull_state(pull: PullRequest) -> str:
    """``OPEN``, ``CLOSED`` or ``MERGED``."""
    return "MERGED" if pull.merged else pull.state.upper()


def _issue(repository: Repository, info: Info, number: int) -> Issue:
    context(info).require(repository, "issues")
    found = repository.issues.get(number)
    if found is None or isinstance(found, PullRequest):
        raise refusal("NOT_FOUND", f"Could not resolve to an Issue with the number of {number}.")
    return found


def _pull(repository: Repository, info: Info, number: int) -> PullRequest:
    context(info).require(repository, "pull_requests")
    found = repository.issues.get(number)
    if not isinstance(found, PullRequest):
        raise refusal("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
    return found


def _account(info: Info, login: str | None) -> Account | None:
    return context(info).state.account(login) if login else None


def _labels(issue: Issue, _: Info, **page: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    return connect([issue.repository.labels[name.lower()] for name in issue.labels], **page)


def _url(issue: Issue, info: Info) -> str:
    return issue_page(context(info).state, issue)


def _comment_url(comment: Comment, info: Info) -> str:
    return f"{_url(comment.issue, info)}#issuecomment-{comment.id}"


def _reaction_groups(comment: Comment, info: Info) -> list[dict[str, Any]]:
    """All kinds of reactions there are, those that nobody left too."""
    viewer = context(info).identity.account
    groups = []
    for name, content in _REACTIONS.items():
        left = [one for one in comment.reaction_records if one.content == content]
        groups.append(
            {
                "content": name,
                "createdAt": min((one.created_at for one in left), default=None),
                "viewerHasReacted": viewer is not None and any(one.author == viewer.login for one in left),
            }
        )
    return groups


def _mergeable(pull: PullRequest, _: Info) -> str:
    able = mergeability.mergeable(pull)
    return "UNKNOWN" if able is None else "MERGEABLE" if able else "CONFLICTING"


def auto_merge(pull: PullRequest, info: Info) -> dict[str, Any] | None:
    """Who wished it merged once it can be, or null."""
    if pull.auto_merge_by is None:
        return None
    return {
        "enabledAt": pull.auto_merge_at,
        "enabledBy": _account(info, pull.auto_merge_by),
        "mergeMethod": pull.auto_merge_method.upper(),
        "pullRequest": pull,
    }


def _files(pull: PullRequest, info: Info, **page: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    context(info).require(pull.repository, "contents")
    return connect(mergeability.changes(pull), **page)


def _timeline(pull: PullRequest, _: Info, itemTypes: list[str] | None = None, **page: Any) -> Connection:  # noqa: N803, ANN401 - GraphQL's
    wanted = {name.replace("_", "").lower() for name in itemTypes or ()}
    return connect([one for one in pull.timeline if not wanted or one.kind.lower() in wanted], **page)


def _head_repository(pull: PullRequest, info: Info) -> Repository | None:
    found = pull.head.repository
    return found if found and context(info).sees(found) else None


def login(account: Account, info: Info) -> str:
    """A bot's login has no suffix where its type says what it is, and has it where a user is asked for."""
    as_bot = info.parent_type.name == "Bot"
    return account.login.removesuffix("[bot]") if as_bot else account.login


def _page(account: Account, info: Info) -> str:
    bot = "apps/" if account.kind == "Bot" else ""
    return f"{context(info).state.url}/{bot}{account.login.removesuffix('[bot]')}"


def _repositories(owner: Account, info: Info, **page: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    here = context(info)
    found = [one for one in here.state.repositories.values() if one.owner is owner and here.sees(one)]
    return connect(sorted(found, key=lambda one: one.id), **page)


def _repository(owner: Account, info: Info, name: str, followRenames: bool = True) -> Repository | None:  # noqa: N803, FBT001, FBT002 - GraphQL's
    found = repository_by_name(info, owner.login, name, follow=followRenames)
    if found is None:
        raise refusal("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner.login}/{name}'.")
    return found


def actor_type(account: Account) -> str:
    """The type of an actor."""
    return "User" if account.login == WEB_FLOW else account.kind


OF_REPOSITORY: Mapping[str, Resolver] = {
    "issue": _issue,
    "issues": issues,
    "pullRequest": _pull,
    "pullRequests": pull_requests,
}
ISSUE: Mapping[str, Resolver] = {
    "id": lambda one, _: one.node_id,
    "databaseId": lambda one, _: one.id,
    "author": lambda one, info: _account(info, one.author),
    "body": lambda one, _: one.body or "",
    "closed": lambda one, _: one.state == "closed",
    "comments": lambda one, _, **page: connect(one.comments, **page),
    "labels": _labels,
    "state": lambda one, _: one.state.upper(),
    "stateReason": lambda one, _: one.state_reason.upper() if one.state_reason else None,
    "url": _url,
    "resourcePath": lambda one, info: path_of(_url(one, info)),
}
PULL_REQUEST: Mapping[str, Resolver] = {
    **{name: resolver for name, resolver in ISSUE.items() if name != "stateReason"},
    "databaseId": lambda one, _: one.pull_id,
    "state": lambda one, _: pull_state(one),
    "isDraft": lambda one, _: one.draft,
    "mergedBy": lambda one, info: _account(info, one.merged_by),
    "mergeable": _mergeable,
    "autoMergeRequest": auto_merge,
    "files": _files,
    "timelineItems": _timeline,
    "headRefName": lambda one, _: one.head.ref,
    "headRefOid": lambda one, _: one.head.sha,
    "headRepository": _head_repository,
    "baseRefName": lambda one, _: one.base.ref,
    "baseRefOid": lambda one, _: one.base.sha,
    "baseRepository": lambda one, _: one.repository,
    "isCrossRepository": lambda one, _: one.head.repository is not one.repository,
}
TIMELINE_EVENT: Mapping[str, Resolver] = {"actor": lambda one, info: _account(info, one.author)}
CHANGED_FILE: Mapping[str, Resolver] = {
    "changeType": lambda one, _: "DELETED" if one.status == "removed" else one.status.upper(),
}
COMMENT: Mapping[str, Resolver] = {
    "id": lambda one, _: one.node_id,
    "databaseId": lambda one, _: one.id,
    "fullDatabaseId": lambda one, _: str(one.id),
    "reactionGroups": _reaction_groups,
    "author": lambda one, info: _account(info, one.author),
    "pullRequest": lambda one, _: one.issue if isinstance(one.issue, PullRequest) else None,
    "repository": lambda one, _: one.issue.repository,
    "url": _comment_url,
    "resourcePath": lambda one, info: path_of(_url(one.issue, info)),
}
LABEL: Mapping[str, Resolver] = {"id": lambda one, _: one.node_id, "isDefault": lambda _, __: False}
ACCOUNT: Mapping[str, Resolver] = {
    "id": lambda one, _: one.node_id,
    "databaseId": lambda one, _: one.id,
    "login": login,
    "url": _page,
    "resourcePath": lambda one, info: path_of(_page(one, info)),
    "avatarUrl": lambda one, info, **_: f"{context(info).state.url}/avatars/{one.id}",
}
OWNER: Mapping[str, Resolver] = {
    **ACCOUNT,
    "name": lambda one, _: one.login,
    "repositories": _repositories,
    "repository": _repository,
}
