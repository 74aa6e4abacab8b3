"""Commits, trees, blobs, refs, branches and files."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from bot.sandbox.diffs import FileChange, compare
from bot.sandbox.git import Commit, Person, TreeEntry
from bot.sandbox.identifiers import node_id
from bot.sandbox.records import Repository
from bot.sandbox.shapes.accounts import account_shape
from bot.sandbox.shapes.repositories import api_url, html_url
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso


def _person(who: Person) -> Json:
    return {"name": who.name, "email": who.email, "date": iso(who.date)}


def verification(commit: Commit) -> Json:
    """Whether the commit's signature is GitHub's own."""
    signed = commit.signature
    verified = is_verified(commit)
    return {
        "verified": verified,
        "reason": "valid" if verified else "unknown_key" if signed else "unsigned",
        "signature": signed,
        "payload": commit.payload.decode() if signed else None,
        "verified_at": iso(commit.committer.date) if verified else None,
    }


def is_verified(commit: Commit) -> bool:
    """Whether GitHub signed the commit: it signs only what it commits itself."""
    return commit.signature is not None and commit.committer.email == "noreply@github.com"


def git_commit(state: State, repository: Repository, commit: Commit) -> Json:
    """A commit as ``git/commits`` gives it."""
    url = api_url(state, repository)
    page = html_url(state, repository)
    return {
        "sha": commit.sha,
        "node_id": node_id("C", repository.id, commit.sha),
        "url": f"{url}/git/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {"sha": sha, "url": f"{url}/git/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
            for sha in commit.parents
        ],
        "verification": verification(commit),
    }


def commit(state: State, repository: Repository, commit: Commit) -> Json:
    """A commit as lists give it."""
    url = api_url(state, repository)
    inner = git_commit(state, repository, commit)
    people = {"author": commit.author, "committer": commit.committer}
    accounts = {role: state.account_of_email(who.email) for role, who in people.items()}
    kept = ("author", "committer", "message", "tree", "url", "verification")
    return {
        "sha": commit.sha,
        "node_id": inner["node_id"],
        "commit": {**{name: inner[name] for name in kept}, "comment_count": 0},
        "url": f"{url}/commits/{commit.sha}",
        "html_url": inner["html_url"],
        "comments_url": f"{url}/commits/{commit.sha}/comments",
        **{role: account_shape(state, who) if who else None for role, who in accounts.items()},
        "parents": [{**parent, "url": f"{url}/commits/{parent['sha']}"} for parent in inner["parents"]],
    }


def full_commit(state: State, repository: Repository, shown: Commit) -> Json:
    """One commit, with what it changed."""
    store = repository.store
    before = store.commit(shown.parents[0]).tree if shown.parents else None
    changes = compare(store, before, shown.tree)
    added, removed = sum(c.additions for c in changes), sum(c.deletions for c in changes)
    return {
        **commit(state, repository, shown),
        "stats": {"total": added + removed, "additions": added, "deletions": removed},
        "files": [diff_entry(state, repository, change, shown.sha) for change in changes],
    }


def diff_entry(state: State, repository: Repository, change: FileChange, ref: str) -> Json:
    """One file of a comparison."""
    page, path = html_url(state, repository), quote(change.path)
    entry: Json = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{page}/blob/{ref}/{path}",
        "raw_url": f"{page}/raw/{ref}/{path}",
        "contents_url": f"{api_url(state, repository)}/contents/{path}?ref={ref}",
    }
    return entry | ({"patch": change.patch} if change.patch is not None else {})


def git_ref(state: State, repository: Repository, name: str, sha: str) -> Json:
    """A ref; ``name`` is without ``refs/``."""
    url = api_url(state, repository)
    kind = repository.store.kind(sha) or "commit"
    return {
        "ref": f"refs/{name}",
        "node_id": node_id("REF", repository.id, f"refs/{name}"),
        "url": f"{url}/git/refs/{quote(name)}",
        "object": {"sha": sha, "type": kind, "url": f"{url}/git/{kind}s/{sha}"},
    }


def tree(state: State, repository: Repository, sha: str, entries: Mapping[str, TreeEntry]) -> Json:
    """A tree with the given entries, by path."""
    url = f"{api_url(state, repository)}/git"
    items = []
    for path, entry in entries.items():
        item: Json = {"path": path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        if entry.kind == "blob":
            item["size"] = len(repository.store.blob(entry.sha))
        if entry.kind != "commit":
            item["url"] = f"{url}/{entry.kind}s/{entry.sha}"
        items.append(item)
    return {"sha": sha, "url": f"{url}/trees/{sha}", "tree": items, "truncated": False}


def blob(state: State, repository: Repository, sha: str) -> Json:
    """A blob with its content."""
    content = repository.store.blob(sha)
    return {
        "sha": sha,
        "node_id": node_id("B", repository.id, sha),
        "size": len(content),
        "url": f"{api_url(state, repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def short_branch(state: State, repository: Repository, name: str, sha: str) -> Json:
    """A branch as the list gives it."""
    url = api_url(state, repository)
    protection = repository.protections.get(name)
    checks = protection.checks if protection else ()
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "protected": protection is not None,
        "protection": {
            "enabled": protection is not None,
            "required_status_checks": {
                "enforcement_level": "everyone" if checks else "off",
                "contexts": list(checks),
                "checks": [{"context": context, "app_id": None} for context in checks],
            },
        },
        "protection_url": f"{url}/branches/{quote(name)}/protection",
    }


def branch(state: State, repository: Repository, name: str, sha: str) -> Json:
    """One branch."""
    url = f"{api_url(state, repository)}/branches/{quote(name)}"
    return {
        **short_branch(state, repository, name, sha),
        "commit": commit(state, repository, repository.store.commit(sha)),
        "_links": {"self": url, "html": f"{html_url(state, repository)}/tree/{quote(name)}"},
    }


def entry(state: State, repository: Repository, path: str, found: TreeEntry, ref: str) -> Json:
    """A file or directory as ``contents`` gives it, without its content."""
    url, page = api_url(state, repository), html_url(state, repository)
    where = quote(path)
    is_file = found.kind == "blob"
    links = {
        "self": f"{url}/contents/{where}?ref={quote(ref, safe='')}",
        "git": f"{url}/git/{found.kind}s/{found.sha}",
        "html": f"{page}/{'blob' if is_file else 'tree'}/{quote(ref)}/{where}",
    }
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": found.sha,
        "size": len(repository.store.blob(found.sha)) if is_file else 0,
        "url": links["self"],
        "html_url": links["html"],
        "git_url": links["git"],
        "download_url": f"{page}/raw/{quote(ref)}/{where}" if is_file else None,
        "type": {"blob": "file", "tree": "dir"}.get(found.kind, "submodule"),
        "_links": links,
    }
