"""Read facts and files: as few requests as the rules allow, and what could not be read said as such.

Twenty repositories a query and four queries at once; further pages of all of them together; last
the notes of the chosen releases, unless they were read before and have not been edited since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.github import documents
from bot.github.caching import TextCache
from bot.github.client import Client, GraphQLAnswer
from bot.github.documents import Ask
from bot.github.errors import GitHubError, NotFound, TooMuch, Unavailable
from bot.github.reading import Note, Reading, Wanted
from bot.status.facts import RepositoryFacts

REPOSITORIES_PER_QUERY = 20
NOTES_PER_QUERY = 100
QUERIES_AT_ONCE = 4
FAILURES_IN_A_ROW = 8
"""Halving twenty repositories down to the one that GitHub cannot answer takes six failures."""
CACHED_NOTES_CHARACTERS = 32 * 2**20
CACHED_FILES_CHARACTERS = 32 * 2**20

log = structlog.get_logger(__name__)
T = TypeVar("T")


Progress = Callable[[int, int], None]
"""Told how many repositories are read, and of how many."""


def no_progress(_done: int, _total: int) -> None:
    """Nobody waits."""


@dataclass(frozen=True)
class FactsRead:
    """Facts by the names that were asked for, and those that may be readable in a minute."""

    repositories: Mapping[str, RepositoryFacts]
    passing_errors: frozenset[str]


class FactsReader:
    """Reads the facts of repositories; remembers release notes by their edition."""

    def __init__(self) -> None:
        self._notes: TextCache[Note, str] = TextCache(CACHED_NOTES_CHARACTERS)

    async def read(
        self, client: Client, wanted: Sequence[Wanted], progress: Progress = no_progress
    ) -> FactsRead:
        """Read what GitHub says of these repositories; ``progress`` is told how far it has come.

        A repository that is gone, hidden or unanswerable comes back with its error, the others are
        good. Raises ``GitHubError`` where GitHub as a whole does not answer.
        """
        readings = [Reading(each) for each in wanted]
        run = _Run(client)

        async def ask(batch: Sequence[Reading]) -> None:
            await run.ask(batch)
            progress(sum(reading.next is None for reading in readings), len(readings))

        while unfinished := [reading for reading in readings if reading.next is not None]:
            await _gather(ask(batch) for batch in _batches(unfinished, REPOSITORIES_PER_QUERY))
        notes = await self._read_notes(client, readings)
        return FactsRead(
            {reading.wanted.repository: reading.facts(notes) for reading in readings},
            frozenset(reading.wanted.repository for reading in readings if reading.passing),
        )

    async def _read_notes(self, client: Client, readings: Iterable[Reading]) -> Mapping[Note, str]:
        chosen = {note for reading in readings if reading.error is None for note in reading.chosen_notes()}
        known = {note: self._notes[note] for note in chosen if note in self._notes}
        unknown = sorted(chosen - known.keys(), key=lambda note: note.node_id)

        async def ask(batch: Sequence[Note]) -> None:
            try:
                answer = await client.query(documents.NOTES, ids=[note.node_id for note in batch])
            except TooMuch:
                if len(batch) == 1:
                    raise
                for half in _halves(batch):
                    await ask(half)
                return
            found = {node["id"]: node["description"] or "" for node in answer.data.get("nodes", ()) if node}
            for note in batch:
                if note.node_id not in found:
                    # Deleted since its tag was read a moment ago; the next look sees it gone.
                    raise Unavailable("A release vanished while its notes were read.")
                known[note] = self._notes[note] = found[note.node_id]

        await _gather(ask(batch) for batch in _batches(unknown, NOTES_PER_QUERY))
        return known


class _Run:
    """One reading of many repositories, which gives up when GitHub fails time after time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._failures_in_a_row = 0

    async def ask(self, batch: Sequence[Reading]) -> None:
        """One query for a batch; where it is too much, the same for its halves."""
        asks = [reading.next for reading in batch if reading.next is not None]
        try:
            answer = await self._query(asks)
        except TooMuch as error:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= FAILURES_IN_A_ROW:
                raise
            if len(batch) > 1:
                log.info("query too large, halving it", repositories=len(batch))
                for half in _halves(batch):
                    await self.ask(half)
            else:
                batch[0].fail(str(error), passing=True)
            return
        self._failures_in_a_row = 0
        for number, reading in enumerate(batch):
            error_of_alias = _error_of(answer, f"r{number}")
            if error_of_alias is not None:
                reading.fail(error_of_alias, passing=not error_of_alias.startswith("404"))
            else:
                reading.take(answer.data[f"r{number}"])

    async def _query(self, asks: Sequence[Ask]) -> GraphQLAnswer:
        document, variables = documents.facts(asks)
        answer = await self._client.query(document, **variables)
        if any(error.get("type") == "RESOURCE_LIMITS_EXCEEDED" for error in answer.errors):
            raise TooMuch("GraphQL: resource limits exceeded.")
        if answer.errors and not any(error.get("path") for error in answer.errors):
            raise GitHubError(f"GraphQL: {answer.errors[0].get('message', 'no message')}")
        return answer


def _error_of(answer: GraphQLAnswer, alias: str) -> str | None:
    """Why one repository's part cannot be used; partial data of it would be a guess."""
    for error in answer.errors:
        if (error.get("path") or [None])[0] == alias:
            if error.get("type") == "NOT_FOUND":
                return "404 Not Found"
            return str(error.get("message") or error.get("type") or "unknown error")
    return None if answer.data.get(alias) is not None else "GitHub gave no answer"


def _batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _halves(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    middle = (len(items) + 1) // 2
    return items[:middle], items[middle:]


async def _gather(jobs: Iterable[Awaitable[None]]) -> None:
    """Run jobs, a few at once; the first failure ends them all."""
    gate = asyncio.Semaphore(QUERIES_AT_ONCE)

    async def one(job: Awaitable[None]) -> None:
        async with gate:
            await job

    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


class FileReader:
    """Reads files at one commit. What a commit holds never changes, so it is read once."""

    def __init__(self) -> None:
        self._files: TextCache[tuple[str, str, str], str | None] = TextCache(CACHED_FILES_CHARACTERS)

    async def read(self, client: Client, repository: str, path: str, commit: str) -> str | None:
        """A file's text, or ``None`` where there is no such file.

        Raises ``UnicodeDecodeError`` where it is not UTF-8, ``GitHubError`` where it cannot be read.
        """
        key = (repository, path, commit)
        if key in self._files:
            return self._files[key]
        text = self._files[key] = await self._fetch(client, repository, path, commit)
        return text

    @staticmethod
    async def _fetch(client: Client, repository: str, path: str, commit: str) -> str | None:
        owner, _, name = repository.partition("/")
        try:
            answer = await client.get_text(
                "/repos/{owner}/{name}/contents/{+path}{?ref}", owner=owner, name=name, path=path, ref=commit
            )
        except NotFound:
            return None
        if answer is None:
            return ""
        # A folder answers with a list of its entries.
        return answer if isinstance(answer, str) else None
