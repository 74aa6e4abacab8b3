"""Read how a site stands: its branches and its proposals in one query, and those of its fork in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.client import Client, GraphQLAnswer
from bot.github.errors import LASTING_TYPES, GitHubError, NotFound, Refused
from bot.github.installations import Installation
from bot.github.model import Fork, Report, SiteState, Tip, Upstream
from bot.github.proposals import Head, Proposals, find_proposals
from bot.github.scoped import OneRepository

WORKFLOWS_PATH = ".github/workflows"


class NoSuchSite(NotFound):
    """The repository is gone, hidden or empty: there is nothing to look after."""


class EmptyRepository(NoSuchSite):
    """The repository has no commit yet, so that there is nothing to propose to."""


async def read_site(
    client: Client, full_name: str, base: str, branch: str, config_path: str, fork: Fork | None = None
) -> SiteState:
    """The site as it stands, seen for a base branch and the bot's branch beside it or in a fork.

    Raises ``NoSuchSite``, and another ``GitHubError`` where GitHub does not say.
    """
    owner, _, name = full_name.partition("/")
    answer = await client.query(
        documents.SITE,
        owner=owner,
        name=name,
        baseName=base,
        branchName=branch,
        file=f"HEAD:{config_path}",
        **_refs(base, branch),
    )
    found = _repository_in(answer, full_name, ("NOT_FOUND",))
    if found is None:
        raise NoSuchSite(f"404 {full_name} is not there, or not visible to the bot.")
    with making_sense():
        default = _tip(found["defaultBranchRef"])
        if default is None:
            raise EmptyRepository(f"{full_name} has no commit yet.")
        home = (fork.repository_id, fork.full_name) if fork else (found["databaseId"], found["nameWithOwner"])
        head = Head(home[0], home[1].partition("/")[0], branch)
        proposals = await find_proposals(client, found["nameWithOwner"], head, base, found)
        return _site(found, default, fork, proposals)


def _site(found: Mapping[str, Any], default: Tip, fork: Fork | None, proposals: Proposals) -> SiteState:
    return SiteState(
        repository_id=found["databaseId"],
        full_name=found["nameWithOwner"],
        url=found["url"],
        archived=found["isArchived"],
        private=found["isPrivate"],
        default=default,
        base=_tip(found["base"]),
        branch=fork.branch if fork else _tip(found["branch"]),
        pulls=proposals.to_the_base,
        issues_enabled=found["hasIssuesEnabled"],
        workflows=_oid(found["workflows"]),
        upstream=_upstream(found["parent"]),
        fork=fork,
        moved_pull=proposals.moved,
    )


async def read_fork(
    client: Client, installation: Installation, full_name: str, base: str, branch: str
) -> Fork | None:
    """The fork as it stands, with the branches of these names.

    ``None`` where there is no such repository, or none that the bot may see. Raises ``GitHubError``
    where GitHub does not say.
    """
    owner, _, name = full_name.partition("/")
    answer = await client.query(documents.FORK, owner=owner, name=name, **_refs(base, branch))
    found = _repository_in(answer, full_name, LASTING_TYPES)
    return None if found is None else _fork(found, installation)


@making_sense()
def _fork(found: Mapping[str, Any], installation: Installation) -> Fork:
    parent = found["parent"] or {}
    return Fork(
        installation_id=installation.id,
        repository_id=found["databaseId"],
        full_name=found["nameWithOwner"],
        parent_id=parent.get("databaseId"),
        parent=parent.get("nameWithOwner"),
        archived=found["isArchived"],
        private=found["isPrivate"],
        base=_tip(found["base"]),
        branch=_tip(found["branch"]),
        workflows=_oid(found["workflows"]),
        may_write_workflows=installation.may_write("workflows"),
    )


def _refs(base: str, branch: str) -> dict[str, str]:
    return {
        "base": f"refs/heads/{base}",
        "branch": f"refs/heads/{branch}",
        "workflows": f"refs/heads/{base}:{WORKFLOWS_PATH}",
    }


@dataclass(frozen=True)
class Own:
    """What the bot itself has opened on a repository: issues and pull requests, newest first."""

    issues: tuple[Report, ...] = ()
    pulls: tuple[Report, ...] = ()


async def read_own(client: Client, full_name: str, slug: str, state: str = "open") -> Own:
    """What the bot itself has opened on a repository: the newest hundred that are open, or ``closed``.

    There is nothing where the repository has its issues disabled, for which GitHub has answered 410.
    """
    try:
        issues = await OneRepository(client, full_name).get(
            "/issues{?creator,state,per_page}",
            creator=f"{slug}[bot]",
            state=state,
            per_page="100",
        )
    except NotFound:
        return Own()
    with making_sense():
        return Own(
            tuple(_report(issue) for issue in issues if "pull_request" not in issue),
            tuple(_report(issue) for issue in issues if "pull_request" in issue),
        )


def _report(issue: Mapping[str, Any]) -> Report:
    return Report(issue["number"], issue["html_url"], issue["state"] == "open", issue["body"] or "")


async def read_last_change(client: Client, full_name: str, path: str, commit: str) -> datetime | None:
    """When a file was last changed, as seen from a commit; ``None`` where it never was."""
    commits = await OneRepository(client, full_name).get(
        "/commits{?sha,path,per_page}",
        sha=commit,
        path=path,
        per_page="1",
    )
    with making_sense():
        return datetime.fromisoformat(commits[0]["commit"]["committer"]["date"]) if commits else None


async def read_merge_base(client: Client, full_name: str, base: str, commit: str) -> str | None:
    """The newest commit that both have in their history; ``None`` where there is none."""
    try:
        # The files that differ come with the first page alone.
        compared = await OneRepository(client, full_name).get(
            "/compare/{range}{?per_page,page}", range=f"{base}...{commit}", per_page="1", page="2"
        )
    except (NotFound, Refused):
        return None
    with making_sense():
        return str(compared["merge_base_commit"]["sha"])


def _repository_in(answer: GraphQLAnswer, full_name: str, gone: Sequence[str]) -> Any:
    """What an answer says of the repository; ``None`` where the type of an error says it is ``gone``.

    Raises ``GitHubError`` where it says nothing, or not all.
    """
    found = answer.data.get("repository")
    errors = [error for error in answer.errors if not _is_of_private_parent(error)]
    if found is None and any(error.get("type") in gone for error in errors):
        return None
    if found is None or errors:
        said = errors[0].get("message") if errors else "GitHub gave no answer."
        raise GitHubError(f"{full_name}: {said}")
    return found


def _is_of_private_parent(error: Mapping[str, Any]) -> bool:
    """Whether a parent is kept back for good, which says nothing of the repository itself."""
    path = error.get("path") or []
    return path[:2] == ["repository", "parent"] and error.get("type") in LASTING_TYPES


def _oid(found: Mapping[str, Any] | None) -> str | None:
    return str(found["oid"]) if found else None


def _upstream(parent: Mapping[str, Any] | None) -> Upstream | None:
    return Upstream(parent["nameWithOwner"], (parent["object"] or {}).get("text")) if parent else None


def _tip(ref: Mapping[str, Any] | None) -> Tip | None:
    if ref is None or not ref["target"]:
        return None
    commit = ref["target"]
    return Tip(
        name=ref["name"],
        sha=commit["oid"],
        tree=commit["tree"]["oid"],
        author_email=(commit["author"] or {}).get("email") or "",
        committer_email=(commit["committer"] or {}).get("email") or "",
        committed_at=datetime.fromisoformat(commit["committedDate"]),
        parents=tuple(parent["oid"] for parent in commit["parents"]["nodes"]),
    )
