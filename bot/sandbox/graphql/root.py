"""The entry points: what can be asked for, and what can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.sandbox import mergeability
from bot.sandbox.actions import comments, refs
from bot.sandbox.auth import may
from bot.sandbox.errors import NOT_ACCESSIBLE, ApiError
from bot.sandbox.graphql.context import Context, Info, context, refusal
from bot.sandbox.graphql.fields import Resolver, repository_by_name
from bot.sandbox.records import (
    Account,
    Comment,
    Issue,
    MergeMethod,
    Milestone,
    PullRequest,
    Release,
    Repository,
    TimelineEvent,
)
from bot.sandbox.times import iso


def _repository(_: Any, info: Info, owner: str, name: str, followRenames: bool = True) -> Repository:  # noqa: ANN401, N803, FBT001, FBT002 - GraphQL's
    found = repository_by_name(info, owner, name, follow=followRenames)
    if found is None:
        raise refusal("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return found


def _account(info: Info, login: str, kind: str) -> Account:
    found = context(info).state.account(login)
    if found is None or found.kind != kind:
        raise refusal("NOT_FOUND", f"Could not resolve to a {kind} with the login of '{login}'.")
    return found


def _owner(_: Any, info: Info, login: str) -> Account | None:  # noqa: ANN401 - the root is nothing
    found = context(info).state.account(login)
    return found if found and found.kind != "Bot" else None


def _node(_: Any, info: Info, id: str) -> object:  # noqa: A002, ANN401 - GraphQL's name
    found = context(info).state.nodes.get(id)
    if found is None or not _visible(info, found):
        raise refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")
    return found


def _nodes(_: Any, info: Info, ids: list[str]) -> list[object]:  # noqa: ANN401 - the root is nothing
    return [_Deferred(info, one)() for one in ids]


class _Deferred:
    """A node that may be missing: an error of its own, so that the others are good."""

    def __init__(self, info: Info, number: str) -> None:
        self._info, self._number = info, number

    def __call__(self) -> object:
        try:
            return _node(None, self._info, self._number)
        except Exception as error:  # noqa: BLE001 - graphql-core puts an exception in a list at its place
            return error


def _visible(info: Info, found: object) -> bool:
    here = context(info)
    owner = found.issue.repository if isinstance(found, Comment) else found
    if isinstance(found, Release) and found.draft:
        return may(here.state, here.identity, found.repository, "contents", "write")
    if isinstance(owner, Issue | Milestone | Release):
        owner = owner.repository
    return not isinstance(owner, Repository) or here.sees(owner)


def _viewer(_: Any, info: Info) -> Account | None:  # noqa: ANN401 - the root is nothing
    return context(info).identity.account


def _rate_limit(_: Any, info: Info, dryRun: bool = False) -> dict[str, Any]:  # noqa: ANN401, N803, FBT001, FBT002, ARG001 - GraphQL's
    here = context(info)
    pool = here.limits.pool(here.identity, "graphql")
    return {
        "cost": here.cost,
        "nodeCount": here.nodes,
        "limit": pool.limit,
        "remaining": pool.remaining,
        "used": pool.used,
        "resetAt": iso(datetime.fromtimestamp(pool.reset, UTC)),
    }


def _pull(info: Info, node: str, permission: str) -> PullRequest:
    here = context(info)
    found = here.state.nodes.get(node)
    if not isinstance(found, PullRequest) or not here.sees(found.repository):
        raise refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")
    if not may(here.state, here.identity, found.repository, permission, "write"):
        raise refusal("FORBIDDEN", NOT_ACCESSIBLE)
    return found


def _enable_auto_merge(_: Any, info: Info, input: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002, ANN401 - GraphQL's
    here = context(info)
    pull = _pull(info, input["pullRequestId"], "pull_requests")
    if reason := _refused(pull, input.get("expectedHeadOid")):
        raise refusal("UNPROCESSABLE", reason)
    pull.auto_merge_by, pull.auto_merge_at = here.identity.login, here.state.now()
    pull.auto_merge_method = _METHODS[input.get("mergeMethod") or "MERGE"]
    pull.timeline.append(TimelineEvent("AutoMergeEnabledEvent", here.identity.login))
    return _payload(info, pull, input)


def _refused(pull: PullRequest, expected: str | None) -> str | None:
    """Why GitHub would not wait for this pull request; it does so only where something is still missing."""
    if not pull.repository.allow_auto_merge:
        return "Auto merge is not allowed for this repository"
    if pull.state != "open":
        return "Can't enable auto-merge for this pull request."
    if expected and expected != pull.head.sha:
        return "The head branch has been modified since it was read."
    if pull.base.ref not in pull.repository.protections:
        return "Pull request Protected branch rules not configured for this branch"
    state = mergeability.mergeable_state(pull)
    return f"Pull request Pull request is in {state} status" if state in ("clean", "unstable") else None


def _disable_auto_merge(_: Any, info: Info, input: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002, ANN401 - GraphQL's
    pull = _pull(info, input["pullRequestId"], "pull_requests")
    if pull.auto_merge_by is None:
        raise refusal("UNPROCESSABLE", "Can't disable auto-merge for this pull request.")
    pull.auto_merge_by = pull.auto_merge_at = None
    return _payload(info, pull, input)


def _payload(info: Info, pull: PullRequest, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "actor": context(info).identity.account,
        "clientMutationId": given.get("clientMutationId"),
        "pullRequest": pull,
    }


def _add_comment(_: Any, info: Info, input: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002, ANN401 - GraphQL's
    here = context(info)
    found = here.state.nodes.get(input["subjectId"])
    if not isinstance(found, Issue) or not here.sees(found.repository):
        raise refusal(
            "NOT_FOUND", f"Could not resolve to a node with the global id of '{input['subjectId']}'"
        )
    permissions = ("issues", "pull_requests") if isinstance(found, PullRequest) else ("issues",)
    allowed = any(may(here.state, here.identity, found.repository, name, "write") for name in permissions)
    if here.identity.kind == "installation" and not allowed:
        raise refusal("FORBIDDEN", NOT_ACCESSIBLE)
    try:
        comment = comments.create(here.state, found, input["body"], here.identity.login)
    except ApiError as refused:
        raise refusal("UNPROCESSABLE", refused.message) from None
    edge = {"node": comment, "cursor": comment.node_id}
    return {"clientMutationId": input.get("clientMutationId"), "commentEdge": edge, "subject": found}


def _update_refs(_: Any, info: Info, input: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002, ANN401 - GraphQL's
    """All of them or none, each only where it stands as was said."""
    here, node = context(info), input["repositoryId"]
    repository = here.state.nodes.get(node)
    if not isinstance(repository, Repository) or not here.sees(repository):
        raise refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")
    if not may(here.state, here.identity, repository, "contents", "write"):
        raise refusal("FORBIDDEN", NOT_ACCESSIBLE)
    for update in input["refUpdates"]:
        stands = repository.refs.get(update["name"].removeprefix("refs/"), refs.NOTHING)
        if update.get("beforeOid") not in (None, stands):
            raise refusal("UNPROCESSABLE", f"{update['name']} does not point to {update['beforeOid']}")
    try:
        for update in input["refUpdates"]:
            _update_ref(here, repository, update)
    except ApiError as refused:
        raise refusal("UNPROCESSABLE", refused.message) from None
    return {"clientMutationId": input.get("clientMutationId")}


def _update_ref(here: Context, repository: Repository, update: Mapping[str, Any]) -> None:
    name, sha, by = update["name"].removeprefix("refs/"), update["afterOid"], here.identity.login
    if sha == refs.NOTHING:
        refs.delete(here.state, repository, name, by)
    elif name in repository.refs:
        refs.update(here.state, repository, name, sha, by, force=bool(update.get("force")))
    else:
        refs.create(here.state, repository, name, sha, by)


_METHODS: Mapping[str, MergeMethod] = {"MERGE": "merge", "SQUASH": "squash", "REBASE": "rebase"}
QUERY: Mapping[str, Resolver] = {
    "repository": _repository,
    "organization": lambda _, info, login: _account(info, login, "Organization"),
    "user": lambda _, info, login: _account(info, login, "User"),
    "repositoryOwner": _owner,
    "node": _node,
    "nodes": _nodes,
    "viewer": _viewer,
    "rateLimit": _rate_limit,
}
MUTATION: Mapping[str, Resolver] = {
    "enablePullRequestAutoMerge": _enable_auto_merge,
    "disablePullRequestAutoMerge": _disable_auto_merge,
    "addComment": _add_comment,
    "updateRefs": _update_refs,
}
