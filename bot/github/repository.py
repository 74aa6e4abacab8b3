"""Read facts and files: as few requests as the rules allow, and what could not be read said as such.

Twenty repositories a query and four queries at once; further pages of all of them together; last
the notes of the chosen releases, unless they were read before and have not been edited since.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.batches import Halving, batches, error_of, for_each, query
from bot.github.caching import BoundedCache, Recent
from bot.github.client import Client
from bot.github.errors import LASTING_TYPES, NotFound, TooMuch, Unavailable
from bot.github.reading import Note, Reading, Wanted
from bot.status.facts import RepositoryFacts

log = structlog.get_logger(__name__)

REPOSITORIES_PER_QUERY = 20
NOTES_PER_QUERY = 100
LOSSLESS = ("utf-8", "surrogatepass")
"""How texts are kept: a text with a single emoji in it takes four times as much as it is."""
CACHED_NOTES_BYTES = 16 * 2**20
CACHED_FILES_BYTES = 32 * 2**20
MOST_REPOSITORIES = MOST_FILES = 10_000
NOTES_FOR_EACH_ROW = 3
"""Those of the latest release, of the one before, which is the latest again if that is deleted, and of one
that another site shows."""
VERSIONS = 4
"""Of a file so many are kept: the base's and the branch's, as they are and as they were a moment ago."""

Progress = Callable[[int, int], None]
"""Told how many repositories are read, and of how many."""


def no_progress(_done: int, _total: int) -> None:
    """Nobody waits."""


@dataclass(frozen=True)
class FactsRead:
    """Facts by the names that were asked for.

    ``passing_errors`` names those that may be readable in a minute, ``private`` those whose facts
    are not for everybody.
    """

    repositories: Mapping[str, RepositoryFacts]
    passing_errors: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()


class FactsReader:
    """Reads the facts of repositories; remembers release notes by their edition."""

    def __init__(self) -> None:
        self._notes: BoundedCache[Note, bytes] = BoundedCache(CACHED_NOTES_BYTES)
        self._recent: Recent[str, Note] = Recent(MOST_REPOSITORIES)

    async def read(
        self, client: Client, wanted: Sequence[Wanted], progress: Progress = no_progress
    ) -> FactsRead:
        """Read what GitHub says of these repositories; ``progress`` is told how far it has come.

        A repository that is gone, hidden or unanswerable comes back with its error, the others are
        good. Raises ``GitHubError`` where GitHub as a whole does not answer.
        """
        readings = [Reading(each) for each in wanted]

        async def ask(batch: Sequence[Reading]) -> None:
            await Halving(partial(_read_facts, client), _give_up).run(batch)
            progress(sum(reading.next is None for reading in readings), len(readings))

        while unfinished := [reading for reading in readings if reading.next is not None]:
            await for_each(batches(unfinished, REPOSITORIES_PER_QUERY), ask)
        notes = await self._read_notes(client, readings)
        return FactsRead(
            {reading.wanted.repository: reading.facts(notes) for reading in readings},
            frozenset(reading.wanted.repository for reading in readings if reading.passing),
            frozenset(reading.wanted.repository for reading in readings if reading.private),
        )

    async def _read_notes(self, client: Client, readings: Iterable[Reading]) -> Mapping[Note, str]:
        """The chosen notes; a repository whose notes cannot be read is marked so."""
        wanting = {
            note: reading for reading in readings if reading.error is None for note in reading.chosen_notes()
        }
        known = {note: self._notes[note].decode(*LOSSLESS) for note in wanting if note in self._notes}
        unknown = sorted(wanting.keys() - known.keys(), key=lambda note: note.node_id)

        async def read(batch: Sequence[Note]) -> None:
            answer = await query(client, documents.NOTES, {"ids": [note.node_id for note in batch]})
            found = {node["id"]: node["description"] or "" for node in answer.data.get("nodes", ()) if node}
            for note in batch:
                if note.node_id in found:
                    known[note] = found[note.node_id]
                    self._notes[note] = known[note].encode(*LOSSLESS)
                else:
                    # Deleted since its tag was read a moment ago; the next look sees it gone.
                    wanting[note].fail("the notes of its release are not there", passing=True)

        def give_up(note: Note, error: TooMuch) -> None:
            _give_up(wanting[note], error)

        await for_each(batches(unknown, NOTES_PER_QUERY), Halving(read, give_up).run)
        self._let_older_go(readings)
        return known

    def _let_older_go(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            if reading.error is None:
                name, keep = reading.wanted.repository.lower(), NOTES_FOR_EACH_ROW * len(reading.wanted.sigs)
                for old in self._recent.asked_for(name, reading.chosen_notes(), keep):
                    self._notes.pop(old, None)


async def _read_facts(client: Client, batch: Sequence[Reading]) -> None:
    """One query for a batch. Raises ``TooMuch`` where half of it may do."""
    asks = [reading.next for reading in batch if reading.next is not None]
    answer = await query(client, *documents.facts(asks))
    for number, reading in enumerate(batch):
        alias = f"r{number}"
        error = error_of(answer, alias)
        if error is not None:
            # Partial data of it would be a guess.
            reading.fail(_message(error), passing=error.get("type") not in LASTING_TYPES)
        elif answer.data.get(alias) is None:
            reading.fail("GitHub gave no answer", passing=True)
        else:
            _take(reading, answer.data[alias])


def _take(reading: Reading, data: Mapping[str, Any]) -> None:
    try:
        with making_sense():
            reading.take(data)
    except Unavailable as error:
        log.warning("repository cannot be read now", repository=reading.wanted.repository, why=str(error))
        reading.fail("GitHub gave an answer that makes no sense", passing=True)


def _give_up(reading: Reading, error: TooMuch) -> None:
    reading.fail(str(error), passing=True)


def _message(error: Mapping[str, Any]) -> str:
    return "404 Not Found" if error.get("type") == "NOT_FOUND" else str(error.get("message"))


class FileReader:
    """Reads files at one commit. What a commit holds never changes, so it is read once."""

    def __init__(self) -> None:
        self._files: BoundedCache[tuple[str, str, str], bytes | None] = BoundedCache(CACHED_FILES_BYTES)
        self._recent: Recent[tuple[str, str], str] = Recent(MOST_FILES)

    async def read(self, client: Client, repository: str, path: str, commit: str) -> str | None:
        """A file's text, or ``None`` where there is no such file.

        Raises ``UnicodeDecodeError`` where it is not UTF-8, ``GitHubError`` where it cannot be read.
        """
        key = (repository, path, commit)
        if key in self._files:
            kept = self._files[key]
            text = kept.decode(*LOSSLESS) if kept is not None else None
        else:
            text = await self._fetch(client, repository, path, commit)
            self._files[key] = text.encode(*LOSSLESS) if text is not None else None
        # Each of the bot's own commits makes a version that nobody will ask for any more.
        for old in self._recent.asked_for((repository, path), (commit,), VERSIONS):
            self._files.pop((repository, path, old), None)
        return text

    @staticmethod
    async def _fetch(client: Client, repository: str, path: str, commit: str) -> str | None:
        owner, _, name = repository.partition("/")
        # No template does this: ``{path}`` would quote the slashes too, ``{+path}`` no "#" and no "?".
        url = f"/repos/{{owner}}/{{name}}/contents/{quote(path)}{{?ref}}"
        try:
            answer = await client.get_text(url, owner=owner, name=name, ref=commit)
        except NotFound:
            return None
        if answer is None:
            return ""
        return answer if isinstance(answer, str) else _text_in(answer)


def _text_in(described: object) -> str | None:
    """The text within a file's description; ``None`` for a folder's listing, or where it is no file.

    Raises ``UnicodeDecodeError`` where it is not UTF-8, ``Unavailable`` where the text was left out.
    """
    if not isinstance(described, dict) or described.get("type", "file") != "file":
        return None
    content = described.get("content")
    if described.get("encoding") != "base64" or not isinstance(content, str):
        raise Unavailable("GitHub described a file and left out its text.")
    try:
        written = b64decode(content)
    except ValueError as error:
        raise Unavailable(f"GitHub gave a file whose text makes no sense: {error}") from error
    return written.decode()
