"""The sandbox's git objects are git's own, byte for byte."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.diffs import compare
from bot.sandbox.git import EMPTY_TREE, FILE, ObjectStore, TreeEntry, person
from bot.sandbox.history import ancestors, is_ancestor, log, merge_base, merge_trees

GIT = shutil.which("git")
NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
ADA = person("Ada", "ada@example.org", NOON)


def tree_of(store: ObjectStore, **files: str) -> str:
    return store.write_files({path: TreeEntry(FILE, store.write_blob(text)) for path, text in files.items()})


def commit(store: ObjectStore, *parents: str, **files: str) -> str:
    return store.write_commit(tree_of(store, **files), parents, "A commit", (ADA, ADA)).sha


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What git says, in a repository."""
    command = [GIT or "git", "-C", str(folder), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True)  # noqa: S603 - our own words
    return done.stdout.decode().strip()


@pytest.mark.skipif(GIT is None, reason="git is not installed")
def test_git_agrees_on_every_object_and_finds_no_fault(tmp_path: Path) -> None:
    store = ObjectStore()
    files = {
        "a.txt": TreeEntry(FILE, store.write_blob("a\n")),
        "a/b.txt": TreeEntry("100755", store.write_blob(b"\0\xff")),
        "a-b": TreeEntry("120000", store.write_blob("a.txt")),
    }
    first = store.write_commit(store.write_files(files), (), "First\n\nmit Umlaut: ä", (ADA, ADA))
    signed = store.write_commit(first.tree, (first.sha,), "Signed", (ADA, ADA), sign=True)
    git(tmp_path, "init", "-q")
    for sha, (kind, content) in store.objects.items():
        assert git(tmp_path, "hash-object", "-w", "-t", kind, "--stdin", stdin=content) == sha
    git(tmp_path, "update-ref", "refs/heads/main", signed.sha)
    git(tmp_path, "fsck", "--strict", "--no-dangling")
    assert git(tmp_path, "log", "-1", "--format=%an %s %P", "main") == f"Ada Signed {first.sha}"


def test_the_empty_tree_has_the_name_that_everybody_knows() -> None:
    assert ObjectStore().write_tree({}) == EMPTY_TREE


class TestHistory:
    def test_a_commit_is_its_own_ancestor_and_a_fork_is_none(self) -> None:
        store = ObjectStore()
        root = commit(store, a="1")
        left, right = commit(store, root, a="2"), commit(store, root, a="3")
        assert is_ancestor(store, root, root)
        assert is_ancestor(store, root, left)
        assert not is_ancestor(store, left, right)
        assert merge_base(store, left, right) == root

    def test_unrelated_histories_have_no_merge_base(self) -> None:
        store = ObjectStore()
        assert merge_base(store, commit(store, a="1"), commit(store, b="1")) is None

    def test_the_log_names_every_commit_once_children_first(self) -> None:
        store = ObjectStore()
        root = commit(store, a="1")
        left, right = commit(store, root, a="2"), commit(store, root, b="3")
        merge = commit(store, left, right, a="2", b="3")
        shas = [one.sha for one in log(store, merge)]
        assert sorted(shas) == sorted(ancestors(store, merge))
        assert shas[0] == merge
        assert shas[-1] == root
        assert [one.sha for one in log(store, merge, without=left)] == [merge, right]

    def test_a_merge_takes_what_one_side_changed_and_reports_what_both_did(self) -> None:
        store = ObjectStore()
        base = tree_of(store, same="0", mine="0", yours="0", both="0", gone="0", alike="0")
        ours = tree_of(store, same="0", mine="1", yours="0", both="1", gone="0", alike="2")
        theirs = tree_of(store, same="0", mine="0", yours="2", both="2", alike="2")
        merged = merge_trees(store, base, ours, theirs)
        texts = {path: store.blob(entry.sha).decode() for path, entry in merged.files.items()}
        assert merged.conflicts == ("both",)
        assert texts == {"same": "0", "mine": "1", "yours": "2", "both": "1", "alike": "2"}


LINES = st.lists(st.sampled_from(["a", "b", "c", "-x", "+y", ""]), max_size=40)


def patched(before: list[str], patch: str) -> list[str]:
    """Apply a patch the way a reader would: by its line numbers."""
    result, at = [], 0
    for line in patch.split("\n"):
        if line.startswith("@@"):
            old = line.split()[1].lstrip("-").split(",")
            start = int(old[0]) - (0 if old[-1] == "0" and len(old) > 1 else 1)
            result += before[at:start]
            at = start
        elif line.startswith("+"):
            result.append(line[1:])
        elif line.startswith("-"):
            assert before[at] == line[1:]
            at += 1
        elif line.startswith(" "):
            assert before[at] == line[1:]
            result.append(line[1:])
            at += 1
    return result + before[at:]


@given(LINES, LINES)
def test_a_patch_turns_the_old_file_into_the_new_one(old: list[str], new: list[str]) -> None:
    store = ObjectStore()
    texts = ["".join(f"{line}\n" for line in lines) for lines in (old, new)]
    changes = compare(store, *(tree_of(store, file=text) for text in texts))
    if texts[0] == texts[1]:
        assert changes == ()
        return
    [change] = changes
    assert change.patch is not None
    assert patched(old, change.patch) == new
    assert change.additions - change.deletions == len(new) - len(old)


def test_a_missing_last_newline_is_a_change() -> None:
    store = ObjectStore()
    [change] = compare(store, tree_of(store, file="a\n"), tree_of(store, file="a"))
    assert change.patch == "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file"


def test_a_binary_file_has_no_patch() -> None:
    store = ObjectStore()
    binary = store.write_files({"file": TreeEntry(FILE, store.write_blob(b"\0"))})
    [change] = compare(store, tree_of(store, file="a"), binary)
    assert change.patch is None
