"""Read how a site stands: its branches and its proposals in one query, and those of its fork in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.github import documents
from bot.github.client import Client
from bot.github.errors import GitHubError, NotFound
from bot.github.installations import Installation
from bot.github.model import Fork, Report, SiteState, Tip, Upstream
from bot.github.proposals import Head, find_proposals
from bot.github.scoped import OneRepository

WORKFLOWS_PATH = ".github/workflows"


class NoSuchSite(NotFound):
    """The repository is gone, hidden or empty: there is nothing to look after."""


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
    # What a private upstream keeps to itself says nothing of the site.
    errors = [error for error in answer.errors if (error.get("path") or [])[:2] != ["repository", "parent"]]
    found = _repository_in(answer.data, errors, full_name)
    if found is None:
        raise NoSuchSite(f"404 {full_name} is not there, or not visible to the bot.")
    if errors:
        raise GitHubError(f"{full_name}: {_first_message(errors)}")
    default = _tip(found["defaultBranchRef"])
    if default is None:
        raise NoSuchSite(f"{full_name} has no commit yet.")
    home = (fork.repository_id, fork.full_name) if fork else (found["databaseId"], found["nameWithOwner"])
    head = Head(home[0], home[1].partition("/")[0], branch)
    proposals = await find_proposals(client, found["nameWithOwner"], head, base, found)
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
    """The fork as it stands, with the branches of these names; ``None`` where there is no such repository."""
    owner, _, name = full_name.partition("/")
    answer = await client.query(documents.FORK, owner=owner, name=name, **_refs(base, branch))
    found = _repository_in(answer.data, answer.errors, full_name)
    if found is None:
        return None
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


async def read_reports(client: Client, full_name: str, slug: str) -> tuple[Report, ...]:
    """The issues that the bot itself opened on a repository, newest first, the closed ones too.

    None where the repository has its issues disabled, for which GitHub has answered 410.
    """
    try:
        issues = await OneRepository(client, full_name).get(
            "/issues{?creator,state,per_page}",
            creator=f"{slug}[bot]",
            state="all",
            per_page="50",
        )
    except NotFound:
        return ()
    return tuple(
        Report(issue["number"], issue["html_url"], issue["state"] == "open", issue["body"] or "")
        for issue in issues
        if "pull_request" not in issue
    )


async def read_last_change(client: Client, full_name: str, path: str, commit: str) -> datetime | None:
    """When a file was last changed, as seen from a commit; ``None`` where it never was."""
    commits = await OneRepository(client, full_name).get(
        "/commits{?sha,path,per_page}",
        sha=commit,
        path=path,
        per_page="1",
    )
    return datetime.fromisoformat(commits[0]["commit"]["committer"]["date"]) if commits else None


async def read_parents(client: Client, full_name: str, commit: str) -> tuple[str, ...]:
    """The parents of a commit. Raises ``NotFound`` where there is no such commit."""
    found = await OneRepository(client, full_name).get("/git/commits/{sha}", sha=commit)
    return tuple(parent["sha"] for parent in found["parents"])


def _repository_in(data: Mapping[str, Any], errors: Sequence[Mapping[str, Any]], full_name: str) -> Any:
    """What an answer says of the repository; ``None`` where GitHub says that there is none.

    Raises ``GitHubError`` where it says nothing.
    """
    found = data.get("repository")
    if found is None and not any(error.get("type") == "NOT_FOUND" for error in errors):
        raise GitHubError(f"{full_name}: {_first_message(errors)}")
    return found


def _first_message(errors: Sequence[Mapping[str, Any]]) -> str:
    return str(errors[0].get("message")) if errors else "GitHub gave no answer."


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
        committed_at=datetime.fromisoformat(commit["committedDate"]),
        parents=tuple(parent["oid"] for parent in commit["parents"]["nodes"]),
    )
