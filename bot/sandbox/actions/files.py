"""Files: commits that set or remove whole files, as people push them and as ``contents`` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.actions import refs
from bot.sandbox.git import FILE, Commit, Person, TreeEntry
from bot.sandbox.records import Repository
from bot.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Push:
    """How a commit is made: ``people`` are author and committer if not ``by``; ``sign`` lets GitHub sign."""

    message: str
    by: str
    people: tuple[Person, Person] | None = None
    sign: bool = False


def commit_files(
    state: State, repository: Repository, branch: str, files: Mapping[str, str | bytes | None], push: Push
) -> Commit:
    """Commit files onto a branch, which is made from the default branch where it does not exist.

    ``files`` holds the text of each path; None removes the file.
    """
    store = repository.store
    tip = repository.tip(branch) or repository.tip(repository.default_branch)
    entries = dict(store.files(store.commit(tip).tree)) if tip else {}
    for path, text in files.items():
        if text is None:
            entries.pop(path, None)
            continue
        mode = entries[path].mode if path in entries else FILE
        entries[path] = TreeEntry(mode, store.write_blob(text))
    author = state.signature(push.by)
    people = push.people or (author, author)
    tree = store.write_files(entries)
    commit = store.write_commit(tree, (tip,) if tip else (), push.message, people, sign=push.sign)
    name = f"heads/{branch}"
    if name in repository.refs:
        refs.update(state, repository, name, commit.sha, push.by)
    else:
        refs.create(state, repository, name, commit.sha, push.by)
    return commit
