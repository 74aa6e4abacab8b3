"""Git's objects: the bytes git would write, under the sha1 git would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

DIRECTORY = "040000"
FILE = "100644"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or committed, and when."""

    name: str
    email: str
    date: datetime

    def line(self) -> str:
        """The line of a commit object."""
        return f"{self.name} <{self.email}> {int(self.date.timestamp())} +0000"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """What a name in a tree stands for; the mode has six digits, as in GitHub's API."""

    mode: str
    sha: str

    @property
    def kind(self) -> str:
        """``blob``, ``tree`` or ``commit`` (a submodule)."""
        return {DIRECTORY: "tree", "160000": "commit"}.get(self.mode, "blob")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; ``signature`` is the armoured text of its ``gpgsig`` header."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    signature: str | None = None

    @property
    def headline(self) -> str:
        """The message's first line."""
        return self.message.split("\n", 1)[0]

    @property
    def payload(self) -> bytes:
        """The object's bytes without the signature: what was signed."""
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in self.parents)]
        lines += [f"author {self.author.line()}", f"committer {self.committer.line()}"]
        return ("\n".join(lines) + "\n\n" + self.message).encode()


def object_sha(kind: str, content: bytes) -> str:
    """Git's name for an object."""
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


class ObjectStore:
    """The objects of a repository and of all its forks, which share them as at GitHub."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self._trees: dict[str, dict[str, TreeEntry]] = {}
        self._commits: dict[str, Commit] = {}
        self._files: dict[str, dict[str, TreeEntry]] = {}
        self._generations: dict[str, int] = {}
        self.write_tree({})

    def kind(self, sha: str) -> str | None:
        """``blob``, ``tree``, ``commit``, or None where there is no such object."""
        found = self.objects.get(sha)
        return found[0] if found else None

    def _write(self, kind: str, content: bytes) -> str:
        sha = object_sha(kind, content)
        self.objects.setdefault(sha, (kind, content))
        return sha

    def write_blob(self, content: bytes | str) -> str:
        """Keep a file's content."""
        return self._write("blob", content.encode() if isinstance(content, str) else content)

    def write_tree(self, entries: Mapping[str, TreeEntry]) -> str:
        """Keep one directory."""
        ordered = sorted(entries.items(), key=lambda e: e[0] + "/" if e[1].mode == DIRECTORY else e[0])
        content = b"".join(
            f"{entry.mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry.sha)
            for name, entry in ordered
        )
        sha = self._write("tree", content)
        self._trees.setdefault(sha, dict(ordered))
        return sha

    def write_commit(
        self,
        tree: str,
        parents: Iterable[str],
        message: str,
        people: tuple[Person, Person],
        *,
        sign: bool = False,
        signature: str | None = None,
    ) -> Commit:
        """Keep a commit of ``people`` (author, committer); ``sign`` makes GitHub's own signature."""
        unsigned = Commit("", tree, tuple(parents), *people, message)
        armour = _sign(unsigned.payload) if sign else signature
        content = unsigned.payload
        if armour:
            header = "gpgsig " + armour.rstrip("\n").replace("\n", "\n ") + "\n"
            head, _, text = content.partition(b"\n\n")
            content = head + b"\n" + header.encode() + b"\n" + text
        sha = self._write("commit", content)
        commit = Commit(sha, tree, unsigned.parents, *people, message, armour)
        self._commits.setdefault(sha, commit)
        self._generations[sha] = 1 + max((self._generations[parent] for parent in commit.parents), default=0)
        return self._commits[sha]

    def blob(self, sha: str) -> bytes:
        """A blob's content."""
        kind, content = self.objects[sha]
        if kind != "blob":
            raise KeyError(sha)
        return content

    def tree(self, sha: str) -> Mapping[str, TreeEntry]:
        """The entries of one directory, in git's order."""
        return self._trees[sha]

    def commit(self, sha: str) -> Commit:
        """The commit of that name."""
        return self._commits[sha]

    def generation(self, sha: str) -> int:
        """How many commits stand on the longest way from the root: orders commits of one second."""
        return self._generations[sha]

    def files(self, tree: str) -> Mapping[str, TreeEntry]:
        """Every file below a tree by its path."""
        if tree not in self._files:
            found: dict[str, TreeEntry] = {}
            for name, entry in self._trees[tree].items():
                if entry.kind == "tree":
                    found.update({f"{name}/{path}": e for path, e in self.files(entry.sha).items()})
                else:
                    found[name] = entry
            self._files[tree] = found
        return self._files[tree]

    def write_files(self, files: Mapping[str, TreeEntry]) -> str:
        """Keep the trees that hold exactly these files."""
        here: dict[str, TreeEntry] = {}
        below: dict[str, dict[str, TreeEntry]] = {}
        for path, entry in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                below.setdefault(first, {})[rest] = entry
            else:
                here[first] = entry
        for name, inner in below.items():
            here[name] = TreeEntry(DIRECTORY, self.write_files(inner))
        return self.write_tree(here)

    def find(self, tree: str, path: str) -> TreeEntry | None:
        """The entry at a path below a tree; the empty path is the tree itself."""
        entry: TreeEntry | None = TreeEntry(DIRECTORY, tree)
        for name in filter(None, path.split("/")):
            if entry is None or entry.kind != "tree":
                return None
            entry = self._trees[entry.sha].get(name)
        return entry


def _sign(payload: bytes) -> str:
    """Stand in for GitHub's key: the armour that a signature has, over a digest of what is signed."""
    digest = hashlib.sha256(payload).hexdigest()
    return f"-----BEGIN PGP SIGNATURE-----\n\n{digest}\n-----END PGP SIGNATURE-----\n"


def person(name: str, email: str, date: datetime) -> Person:
    """A person at a moment, which git keeps to the second."""
    return Person(name, email, date.astimezone(UTC).replace(microsecond=0))
