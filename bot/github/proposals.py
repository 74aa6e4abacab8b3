"""Find the bot's own pull requests among those that anybody may open from a branch of that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.github import documents
from bot.github.client import Client
from bot.github.errors import GitHubError
from bot.github.model import Pull, Stray, Wish
from bot.github.scoped import OneRepository

PAGE = 100

GRANTED_BY: Mapping[str, Wish] = {
    "LabeledEvent": "labels",
    "ReviewRequestedEvent": "reviewers",
    "AutoMergeEnabledEvent": "automerge",
}


@dataclass(frozen=True)
class Proposals:
    """The newest that is open, the newest that is over, and an open one to another base."""

    open: Pull | None
    over: Pull | None
    moved: Pull | None

    @property
    def to_the_base(self) -> tuple[Pull, ...]:
        """What there is and was to the base."""
        return tuple(pull for pull in (self.open, self.over) if pull is not None)


@dataclass(frozen=True)
class Head:
    """Where the bot's branch lies: the repository's id and owner, and the branch's name."""

    repository_id: int
    owner: str
    branch_name: str


async def find_proposals(
    client: Client, full_name: str, head: Head, base_name: str, found: Mapping[str, Any]
) -> Proposals:
    """The proposals from ``head`` in what a site's query found, or behind it.

    The query names branches without their owners, and shows the newest ten. Where strangers' forks
    fill those, GitHub is asked for those of the owner alone, of whom no stranger can open any.
    """
    repository = OneRepository(client, full_name)
    opened = _ours(found["open"]["nodes"], head)
    over = _ours(found["over"]["nodes"], head)
    to_base = [pull for pull, base in opened if base == base_name]
    elsewhere = [pull for pull, base in opened if base != base_name]
    if not to_base and found["open"]["pageInfo"]["hasNextPage"]:
        listed = await _listed(repository, head, "open")
        here = [node for node in listed if node["base"]["ref"] == base_name]
        there = [node for node in listed if node["base"]["ref"] != base_name]
        to_base = [await _whole(repository, node) for node in here[:1]]
        elsewhere = [await _whole(repository, node) for node in there[:1]]
    last = next((pull for pull, _ in over), None)
    if last is None and found["over"]["pageInfo"]["hasNextPage"]:
        listed = await _listed(repository, head, "closed")
        last = next((_of_rest(node) for node in listed if node["base"]["ref"] == base_name), None)
    return Proposals(_first(to_base), last, _first(elsewhere))


async def read_stray(client: Client, full_name: str, number: int) -> Stray:
    """A pull request of the bot's own, of which nothing but its number is known."""
    found = await OneRepository(client, full_name).get("/pulls/{number}", number=str(number))
    head = found["head"]
    return Stray(
        number=found["number"],
        body=found["body"] or "",
        branch_name=head["ref"],
        head_sha=head["sha"],
        home=(head["repo"] or {}).get("full_name"),
    )


async def read_granted(client: Client, full_name: str, number: int, slug: str) -> frozenset[Wish]:
    """What the bot of this name has ever granted a pull request, whether a person took it back or not.

    Raises ``GitHubError`` where GitHub does not say.
    """
    owner, _, name = full_name.partition("/")
    answer = await client.query(documents.GRANTED, owner=owner, name=name, number=number)
    if answer.errors:
        raise GitHubError(f"{full_name}#{number}: {answer.errors[0].get('message')}")
    nodes = answer.data["repository"]["pullRequest"]["timelineItems"]["nodes"]
    bot = {"__typename": "Bot", "login": slug}
    return frozenset(GRANTED_BY[node["__typename"]] for node in nodes if node and node["actor"] == bot)


def _first(pulls: Sequence[Pull]) -> Pull | None:
    return pulls[0] if pulls else None


def _ours(nodes: Sequence[Mapping[str, Any]], head: Head) -> list[tuple[Pull, str]]:
    """Those whose branch lies in the right repository, each with the branch that it is for."""
    return [
        (_of_graphql(node), node["baseRefName"])
        for node in nodes
        if (node["headRepository"] or {}).get("databaseId") == head.repository_id
    ]


async def _listed(repository: OneRepository, head: Head, state: str) -> list[Mapping[str, Any]]:
    """The newest hundred from the branch, which are more than the bot needs to see."""
    nodes = await repository.get(
        "/pulls{?head,state,sort,direction,per_page}",
        head=f"{head.owner}:{head.branch_name}",
        state=state,
        sort="created",
        direction="desc",
        per_page=str(PAGE),
    )
    return [node for node in nodes if (node["head"]["repo"] or {}).get("id") == head.repository_id]


async def _whole(repository: OneRepository, node: Mapping[str, Any]) -> Pull:
    """A listed pull request with what the list leaves out."""
    number = str(node["number"])
    whole = await repository.get("/pulls/{number}", number=number)
    files = await repository.get("/pulls/{number}/files{?per_page}", number=number, per_page="3")
    return _of_rest(
        node, conflicting=whole["mergeable"] is False, paths=tuple(file["filename"] for file in files)
    )


def _of_rest(node: Mapping[str, Any], *, conflicting: bool = False, paths: tuple[str, ...] = ()) -> Pull:
    return Pull(
        number=node["number"],
        node_id=node["node_id"],
        url=node["html_url"],
        title=node["title"],
        body=node["body"] or "",
        open=node["state"] == "open",
        merged=node["merged_at"] is not None,
        draft=bool(node["draft"]),
        conflicting=conflicting,
        head_sha=node["head"]["sha"],
        paths=paths,
        opened_at=_moment(node["created_at"]),
        closed_at=_moment(node["closed_at"]),
    )


def _of_graphql(node: Mapping[str, Any]) -> Pull:
    files = node.get("files") or {}
    return Pull(
        number=node["number"],
        node_id=node["id"],
        url=node["url"],
        title=node["title"],
        body=node["body"],
        open=node["state"] == "OPEN",
        merged=node["merged"],
        draft=node["isDraft"],
        conflicting=node["mergeable"] == "CONFLICTING",
        head_sha=node["headRefOid"],
        paths=tuple(file["path"] for file in files.get("nodes") or ()),
        opened_at=_moment(node["createdAt"]),
        closed_at=_moment(node["closedAt"]),
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
