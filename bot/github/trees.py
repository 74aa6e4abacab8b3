"""What stands where a file is to be written: a link, a folder or a submodule is no file of the bot's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cachetools import LRUCache

from bot.github.client import Client
from bot.github.scoped import OneRepository

MAX_KEPT = 1000
KINDS = {"120000": "a symbolic link", "160000": "a submodule", "040000": "a folder"}
"""By their modes in git's trees, see https://docs.github.com/rest/git/trees#create-a-tree."""
FILE = "a file"
FOLDER = KINDS["040000"]

Parts = tuple[str, ...]
Key = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Obstacle:
    """What lies at a path or on the way to it, and would be replaced by a file there."""

    path: str
    kind: str


class TreeReader:
    """Looks at the way to files in a tree. What a tree holds never changes, so it is looked at once."""

    def __init__(self) -> None:
        self._known: LRUCache[Key, Obstacle | None] = LRUCache(MAX_KEPT)

    async def obstacle(
        self, client: Client, repository: str, tree: str, paths: Sequence[str]
    ) -> Obstacle | None:
        """What keeps one of the paths from being a file; ``None`` where all are, or could be.

        Raises ``GitHubError`` where the tree cannot be read.
        """
        key = tree, tuple(paths)
        if key not in self._known:
            ways = sorted(tuple(path.split("/")) for path in paths)
            self._known[key] = await _first(OneRepository(client, repository), tree, "", ways)
        return self._known[key]


async def kinds_at(client: Client, repository: str, tree: str, paths: Sequence[str]) -> dict[str, str]:
    """What stands at paths and on the way to them: ``FILE`` or one of ``KINDS``, by its own path.

    Where nothing stands, nothing is said. Raises ``GitHubError`` where the tree cannot be read.
    """
    ways = sorted(tuple(path.split("/")) for path in paths)
    return dict([kind async for kind in _kinds(OneRepository(client, repository), tree, "", ways)])


async def _listed(repository: OneRepository, tree: str) -> dict[str, Any]:
    """What lies in one folder, by its name there."""
    found = await repository.get("/git/trees/{tree}", tree=tree)
    return {entry["path"]: entry for entry in found["tree"]}


async def _kinds(
    repository: OneRepository, tree: str, prefix: str, ways: Sequence[Parts]
) -> AsyncIterator[tuple[str, str]]:
    listed = await _listed(repository, tree)
    for name, group in groupby(ways, key=lambda way: way[0]):
        entry, further = listed.get(name), [way[1:] for way in group if way[1:]]
        if entry is None:
            continue
        yield prefix + name, KINDS.get(entry["mode"], FILE)
        if entry["type"] == "tree" and further:
            async for kind in _kinds(repository, entry["sha"], f"{prefix}{name}/", further):
                yield kind


async def _first(repository: OneRepository, tree: str, prefix: str, ways: Sequence[Parts]) -> Obstacle | None:
    """The first obstacle on ways through one folder, of which each folder is listed once."""
    listed = await _listed(repository, tree)
    for name, group in groupby(ways, key=lambda way: way[0]):
        entry, further = listed.get(name), [way[1:] for way in group]
        if entry is None:
            continue
        goes_on = any(further)
        if (entry["type"] == "tree") != goes_on or entry["mode"] in ("120000", "160000"):
            return Obstacle(prefix + name, KINDS.get(entry["mode"], FILE))
        if goes_on and (found := await _first(repository, entry["sha"], f"{prefix}{name}/", further)):
            return found
    return None
