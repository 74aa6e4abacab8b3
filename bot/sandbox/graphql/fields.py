"""How the fields of repositories, milestones, releases and git objects are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.actions.releases import commit_of
from bot.sandbox.auth import can_push
from bot.sandbox.diffs import is_binary
from bot.sandbox.errors import ApiError
from bot.sandbox.git import Person
from bot.sandbox.graphql.context import Connection, EntryNode, Info, ObjectNode, RefNode, connect, context
from bot.sandbox.identifiers import node_id
from bot.sandbox.records import Account, Milestone, Release, Repository
from bot.sandbox.rest.commits import find_commit
from bot.sandbox.shapes.issues import milestone as milestone_shape
from bot.sandbox.shapes.releases import release_page
from bot.sandbox.shapes.repositories import html_url
from bot.sandbox.times import iso

Resolver = Callable[..., Any]
_TEXT_BYTES = 512 * 1024  # a longer blob's text is cut


def repository_by_name(info: Info, owner: str, name: str, *, follow: bool) -> Repository | None:
    """A repository by its present name or, followed, by a former one."""
    here = context(info)
    full_name = f"{owner}/{name}"
    found = here.state.repository(full_name) or (here.state.moved(full_name) if follow else None)
    return found if found and here.sees(found) else None


def milestones(repository: Repository, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    """A repository's milestones."""
    context(info).require(repository, "issues", "pull_requests")
    order, states = given.pop("orderBy", None), given.pop("states", None)
    found = [one for one in repository.milestones.values() if not states or one.state.upper() in states]
    keys: Mapping[str, Callable[[Milestone], Any]] = {
        "CREATED_AT": lambda one: (one.created_at, one.id),
        "UPDATED_AT": lambda one: (one.updated_at, one.id),
        "NUMBER": lambda one: one.number,
        "DUE_DATE": lambda one: (one.due_on is None, one.due_on or one.created_at, one.id),
    }
    return connect(ordered(found, order, keys, "NUMBER"), **given)


def ordered(
    items: list[Any],
    order: Mapping[str, str] | None,
    keys: Mapping[str, Callable[[Any], Any]],
    otherwise: str,
) -> list[Any]:
    """Sort as ``orderBy`` says."""
    field, direction = (order["field"], order["direction"]) if order else (otherwise, "ASC")
    return sorted(items, key=keys[field], reverse=direction == "DESC")


def releases(repository: Repository, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    """A repository's releases; drafts only for who may push."""
    here = context(info)
    here.require(repository, "contents")
    order = given.pop("orderBy", None)
    drafts = can_push(here.state, here.identity, repository)
    found = [one for one in repository.releases.values() if drafts or not one.draft]
    keys: Mapping[str, Callable[[Release], Any]] = {
        "CREATED_AT": lambda one: (one.created_at, one.id),
        "NAME": lambda one: (one.tag, one.id),
    }
    return connect(ordered(found, order, keys, "CREATED_AT"), **given)


def release(repository: Repository, info: Info, tagName: str) -> Release | None:  # noqa: N803 - GraphQL's name
    """The release of a tag."""
    here = context(info)
    drafts = can_push(here.state, here.identity, repository)
    for one in repository.releases.values():
        if one.tag == tagName and (drafts or not one.draft):
            return one
    return None


def ref(repository: Repository, info: Info, qualifiedName: str) -> RefNode | None:  # noqa: N803 - GraphQL's name
    """A ref by its whole name, or a branch or a tag by its short one."""
    context(info).require(repository, "contents")
    name = qualifiedName.removeprefix("refs/")
    for full in (name, f"heads/{name}", f"tags/{name}"):
        if full in repository.refs:
            return RefNode(repository, full)
    return None


def refs(repository: Repository, info: Info, refPrefix: str, **given: Any) -> Connection:  # noqa: N803, ANN401 - the same
    """Refs below a prefix such as ``refs/heads/``."""
    context(info).require(repository, "contents")
    wanted = given.pop("query", None) or ""
    start = refPrefix.removeprefix("refs/")
    names = sorted(name for name in repository.refs if name.startswith(start) and wanted in name)
    return connect([RefNode(repository, name) for name in names], **given)


def git_object(
    repository: Repository, info: Info, expression: str | None = None, oid: str | None = None
) -> ObjectNode | None:
    """An object by its id, or by an expression such as ``main:data/file.yaml``."""
    context(info).require(repository, "contents")
    store = repository.store
    if oid is not None or expression is None:
        return ObjectNode(repository, oid) if oid and store.kind(oid) else None
    revision, colon, path = expression.partition(":")
    try:
        commit = find_commit(repository, revision or "HEAD")
    except ApiError:
        return ObjectNode(repository, revision) if not colon and store.kind(revision) else None
    if not colon:
        return ObjectNode(repository, commit.sha)
    found = store.find(commit.tree, path)
    return ObjectNode(repository, found.sha) if found else None


def default_branch(repository: Repository, info: Info) -> RefNode | None:
    """The default branch, unless the repository is empty."""
    context(info).require(repository, "contents")
    name = f"heads/{repository.default_branch}"
    return RefNode(repository, name) if name in repository.refs else None


def path_of(url: str) -> str:
    """A ``resourcePath``: the address without the host. GitHub calls it a URI all the same."""
    return urlsplit(url).path


def _repository_url(repository: Repository, info: Info) -> str:
    return html_url(context(info).state, repository)


def _milestone_url(milestone: Milestone, info: Info) -> str:
    return str(milestone_shape(context(info).state, milestone)["html_url"])


def _milestone_page(milestone: Milestone, info: Info) -> str:
    return f"{html_url(context(info).state, milestone.repository)}/milestone/{milestone.number}"


def _tag(release: Release, _: Info) -> RefNode | None:
    return RefNode(release.repository, f"tags/{release.tag}") if commit_of(release) else None


def _tag_commit(release: Release, _: Info) -> ObjectNode | None:
    sha = commit_of(release)
    return ObjectNode(release.repository, sha) if sha else None


def _account(info: Info, login: str | None) -> Account | None:
    return context(info).state.account(login) if login else None


def _commit_url(node: ObjectNode, info: Info) -> str:
    return f"{html_url(context(info).state, node.repository)}/commit/{node.oid}"


def _person(who: Person, info: Info) -> dict[str, Any]:
    state = context(info).state
    account = state.account_of_email(who.email)
    return {
        "name": who.name,
        "email": who.email,
        "date": iso(who.date),
        "avatarUrl": f"{state.url}/avatars/{account.id if account else 0}",
        "user": account,
    }


def _commit(node: ObjectNode) -> Any:  # noqa: ANN401 - a commit; typed where it is read
    return node.repository.store.commit(node.oid)


def _text(node: ObjectNode, _: Info) -> str | None:
    content = node.repository.store.blob(node.oid)
    return None if is_binary(content) else content[:_TEXT_BYTES].decode(errors="ignore")


def _entries(node: ObjectNode, _: Info) -> list[EntryNode]:
    listed = node.repository.store.tree(node.oid).items()
    return [EntryNode(node.repository, name, int(e.mode, 8), e.sha, e.kind) for name, e in listed]


REPOSITORY: Mapping[str, Resolver] = {
    "databaseId": lambda one, _: one.id,
    "id": lambda one, _: one.node_id,
    "nameWithOwner": lambda one, _: one.full_name,
    "hasIssuesEnabled": lambda one, _: one.has_issues,
    "isArchived": lambda one, _: one.archived,
    "isEmpty": lambda one, _: not one.refs,
    "isFork": lambda one, _: one.parent is not None,
    "isPrivate": lambda one, _: one.private,
    "defaultBranchRef": default_branch,
    "ref": ref,
    "refs": refs,
    "object": git_object,
    "milestone": lambda one, _, number: one.milestones.get(number),
    "milestones": milestones,
    "release": release,
    "releases": releases,
    "url": _repository_url,
    "resourcePath": lambda one, _: f"/{one.full_name}",
}
MILESTONE: Mapping[str, Resolver] = {
    "id": lambda one, _: one.node_id,
    "closed": lambda one, _: one.state == "closed",
    "closedIssueCount": lambda one, _: one.closed,
    "openIssueCount": lambda one, _: one.open,
    "progressPercentage": lambda one, _: 100 * one.closed / max(1, len(one.items)),
    "creator": lambda one, info: _account(info, one.author),
    "state": lambda one, _: one.state.upper(),
    "url": _milestone_page,
    "resourcePath": lambda one, info: path_of(_milestone_page(one, info)),
}
RELEASE: Mapping[str, Resolver] = {
    "id": lambda one, _: one.node_id,
    "databaseId": lambda one, _: one.id,
    "description": lambda one, _: one.body,
    "author": lambda one, info: _account(info, one.author),
    "immutable": lambda _, __: False,
    "isDraft": lambda one, _: one.draft,
    "isLatest": lambda one, _: one.repository.latest_release is one,
    "isPrerelease": lambda one, _: one.prerelease,
    "tagName": lambda one, _: one.tag,
    "tag": _tag,
    "tagCommit": _tag_commit,
    "url": lambda one, info: release_page(context(info).state, one),
    "resourcePath": lambda one, info: path_of(release_page(context(info).state, one)),
}
REF: Mapping[str, Resolver] = {
    "id": lambda one, _: node_id("REF", one.repository.id, f"refs/{one.name}"),
    "name": lambda one, _: one.name.partition("/")[2],
    "prefix": lambda one, _: f"refs/{one.name.partition('/')[0]}/",
    "target": lambda one, _: ObjectNode(one.repository, one.repository.refs[one.name]),
}
GIT_OBJECT: Mapping[str, Resolver] = {
    "id": lambda one, _: node_id(one.kind[0].upper(), one.repository.id, one.oid),
    "abbreviatedOid": lambda one, _: one.oid[:7],
    "commitUrl": _commit_url,
    "commitResourcePath": lambda one, info: path_of(_commit_url(one, info)),
}
COMMIT: Mapping[str, Resolver] = {
    **GIT_OBJECT,
    "url": _commit_url,
    "resourcePath": lambda one, info: path_of(_commit_url(one, info)),
    "message": lambda one, _: _commit(one).message,
    "messageHeadline": lambda one, _: _commit(one).headline,
    "messageBody": lambda one, _: _commit(one).message.partition("\n")[2].lstrip("\n"),
    "authoredDate": lambda one, _: _commit(one).author.date,
    "committedDate": lambda one, _: _commit(one).committer.date,
    "author": lambda one, info: _person(_commit(one).author, info),
    "committer": lambda one, info: _person(_commit(one).committer, info),
    "parents": lambda one, _, **page: connect(
        [ObjectNode(one.repository, p) for p in _commit(one).parents], **page
    ),
    "tree": lambda one, _: ObjectNode(one.repository, _commit(one).tree),
}
TREE: Mapping[str, Resolver] = {**GIT_OBJECT, "entries": _entries}
BLOB: Mapping[str, Resolver] = {
    **GIT_OBJECT,
    "byteSize": lambda one, _: len(one.repository.store.blob(one.oid)),
    "isBinary": lambda one, _: is_binary(one.repository.store.blob(one.oid)),
    "isTruncated": lambda one, _: len(one.repository.store.blob(one.oid)) > _TEXT_BYTES,
    "text": _text,
}
TREE_ENTRY: Mapping[str, Resolver] = {
    "object": lambda one, _: ObjectNode(one.repository, one.oid) if one.type != "commit" else None,
    "path": lambda one, _: one.name,
    "size": lambda one, _: len(one.repository.store.blob(one.oid)) if one.type == "blob" else 0,
}
