"""Read what people have said of late on many repositories: two rounds of a few queries.

The first asks which issues and pull requests were updated, and costs a point for twenty repositories;
the second asks these alone for their newest comments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.batches import Halving, batches, error_of, for_each, query
from bot.github.client import Client
from bot.github.documents import FIRST_PAGE, AskThreads
from bot.github.errors import LASTING_TYPES, TooMuch

REPOSITORIES_PER_QUERY = 20
THREADS_PER_QUERY = 20
MOST_PAGES = 10
"""Pages read of one repository or of one conversation at most; what lies before them is let go."""
ANSWERS = frozenset({"ROCKET", "CONFUSED", "THUMBS_DOWN"})
"""GraphQL's names of the reactions by which the bot says that it answered a comment."""


@dataclass(frozen=True)
class Written:
    """A new comment that nobody has edited.

    ``author_type`` is GitHub's, ``User`` or ``Bot``; what an app said in a person's name cannot be
    told apart here. ``answered`` tells whether whoever reads it has reacted to it as the bot does to
    what it answered. ``full_name`` is the repository's name now, ``asked_as`` the one that was asked for.
    """

    asked_as: str
    full_name: str
    repository_id: int
    issue_number: int
    comment_id: int
    body: str
    author: str
    author_type: str
    answered: bool


@dataclass(frozen=True)
class Conversations:
    """Comments, the oldest first, and the repositories that could be read to the end, or never will be."""

    comments: tuple[Written, ...]
    done_with: frozenset[str]


async def read_conversations(client: Client, since: Mapping[str, datetime]) -> Conversations:
    """The comments on repositories (``owner/name``), each since its own moment.

    A repository that is gone or closed to this client has none. Raises ``GitHubError`` where GitHub
    as a whole does not answer.
    """
    readings = [_Repository(name, moment) for name, moment in since.items()]
    while unfinished := [reading for reading in readings if reading.next is not None]:
        ask = Halving(partial(_read_threads, client), _Repository.give_up)
        await for_each(batches(unfinished, REPOSITORIES_PER_QUERY), ask.run)
    threads = [thread for reading in readings if not reading.failed for thread in reading.threads]
    while waiting := [thread for thread in threads if thread.before is not None]:
        read = Halving(partial(_read_comments, client), _Thread.give_up)
        await for_each(batches(waiting, THREADS_PER_QUERY), read.run)
    comments = [comment for thread in threads for comment in thread.comments]
    return Conversations(
        tuple(sorted(comments, key=lambda comment: comment.comment_id)),
        frozenset(reading.asked_as for reading in readings if not reading.failed),
    )


class _Part(Protocol):
    """Whatever takes its part of an answer."""

    def take(self, data: Mapping[str, Any], /) -> None: ...

    def leave(self, *, passing: bool) -> None: ...


class _Repository:
    """One repository while its pages come in; ``next`` is what to ask for, ``None`` when done."""

    def __init__(self, asked_as: str, since: datetime) -> None:
        self.asked_as = asked_as
        self.full_name = asked_as
        self.repository_id = 0
        self.since = since
        self.failed = False
        """It could not be read now, and may be later."""
        self.threads: list[_Thread] = []
        written = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.next: AskThreads | None = AskThreads(asked_as, written)
        self._pages = 0

    def take(self, data: Mapping[str, Any]) -> None:
        """Add one answer, and decide whether there are more."""
        ask, self.next = self.next, None
        if ask is None:
            return
        self._pages += 1
        self.full_name, self.repository_id = data["nameWithOwner"], data["databaseId"]
        rest = {kind: self._rest(data, kind) for kind in ("issues", "pullRequests")}
        if self._pages < MOST_PAGES and rest != {"issues": None, "pullRequests": None}:
            self.next = replace(ask, issues_after=rest["issues"], pulls_after=rest["pullRequests"])

    def _rest(self, data: Mapping[str, Any], kind: str) -> str | None:
        """Take one page of a kind; gives the cursor of the next one that may hold something new."""
        page = data.get(kind)
        if page is None:
            return None
        nodes = [node for node in page["nodes"] if node is not None]
        new = [node for node in nodes if datetime.fromisoformat(node["updatedAt"]) >= self.since]
        self.threads += [_Thread(self, node["id"], node["number"]) for node in new]
        info = page["pageInfo"]
        return info["endCursor"] if info["hasNextPage"] and len(new) == len(nodes) else None

    def leave(self, *, passing: bool) -> None:
        """It cannot be read; ``passing``: it may be in ten minutes."""
        self.failed = passing
        self.next = None

    def give_up(self, _error: TooMuch) -> None:
        """GitHub cannot answer what is asked of it alone."""
        self.leave(passing=True)


@dataclass
class _Thread:
    """An issue or a pull request while its comments come in; ``before`` is where to go on."""

    repository: _Repository
    node_id: str
    number: int
    before: str | None = FIRST_PAGE
    comments: list[Written] = field(default_factory=list)
    pages: int = 0

    def take(self, data: Mapping[str, Any]) -> None:
        """Add the comments of one page that are new."""
        self.pages += 1
        self.before = None
        page = data.get("comments")
        if page is None:
            return
        since = self.repository.since
        nodes = [node for node in page["nodes"] if node is not None]
        new = [node for node in nodes if datetime.fromisoformat(node["createdAt"]) >= since]
        self.comments += [self._written(node) for node in new if node["lastEditedAt"] is None]
        info = page["pageInfo"]
        if info["hasPreviousPage"] and len(new) == len(nodes) and self.pages < MOST_PAGES:
            self.before = info["startCursor"]

    def _written(self, node: Mapping[str, Any]) -> Written:
        author = node["author"] or {"login": "", "__typename": ""}
        own = {group["content"] for group in node["reactionGroups"] or () if group["viewerHasReacted"]}
        return Written(
            asked_as=self.repository.asked_as,
            full_name=self.repository.full_name,
            repository_id=self.repository.repository_id,
            issue_number=self.number,
            # The older ``databaseId`` has no room for the numbers that comments have today.
            comment_id=int(node["fullDatabaseId"]),
            body=node["body"],
            author=author["login"],
            author_type=author["__typename"],
            answered=not ANSWERS.isdisjoint(own),
        )

    def leave(self, *, passing: bool) -> None:
        """It cannot be read: deleted meanwhile, or its whole repository is looked through again later."""
        self.before = None
        self.repository.failed |= passing

    def give_up(self, _error: TooMuch) -> None:
        """GitHub cannot answer what is asked of it alone."""
        self.leave(passing=True)


async def _read_threads(client: Client, batch: Sequence[_Repository]) -> None:
    asks = [reading.next for reading in batch if reading.next is not None]
    await _distribute(client, documents.threads(asks), "r", batch)


async def _read_comments(client: Client, batch: Sequence[_Thread]) -> None:
    asks = [(thread.node_id, thread.before) for thread in batch if thread.before is not None]
    await _distribute(client, documents.comments(asks), "t", batch)


async def _distribute(
    client: Client,
    asked: tuple[str, documents.Variables],
    prefix: str,
    batch: Sequence[_Part],
) -> None:
    """Send a query, and give each part of its answer to whom it belongs."""
    answer = await query(client, *asked)
    for number, reading in enumerate(batch):
        alias = f"{prefix}{number}"
        error = error_of(answer, alias)
        if error is not None:
            reading.leave(passing=error.get("type") not in LASTING_TYPES)
        elif answer.data.get(alias) is None:
            reading.leave(passing=True)
        else:
            with making_sense():
                reading.take(answer.data[alias])
