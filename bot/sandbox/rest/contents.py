"""Files by their paths."""

from __future__ import annotations

import base64

from bot.sandbox.actions.files import Push, commit_files
from bot.sandbox.errors import ApiError, conflict, not_found, unprocessable
from bot.sandbox.git import Person, TreeEntry
from bot.sandbox.records import Repository
from bot.sandbox.rest.commits import find_commit
from bot.sandbox.rest.git import decode_content, read_person
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes import git as shapes

routes = Routes()
_INLINE_BYTES = 1024 * 1024  # larger files come raw only
_LARGEST_BYTES = 100 * 1024 * 1024


@routes.add(
    "GET", "/repos/{owner}/{repo}/readme", "contents=read", docs="repos/contents#get-a-repository-readme"
)
def get_readme(call: Call) -> Reply:
    """The README of the root directory."""
    call.params["path"] = "README.md"
    return get_content(call)


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/contents/{path*}",
    "contents=read",
    docs="repos/contents#get-repository-content",
)
def get_content(call: Call) -> Reply:
    """A file (JSON with Base64, or raw) or a directory (a list)."""
    repository, path = call.repository, call.params["path"].strip("/")
    ref = call.query.get("ref") or repository.default_branch
    found = _find(repository, ref, path)
    if found.kind == "tree":
        below = repository.store.tree(found.sha)
        prefix = f"{path}/" if path else ""
        listed = [
            shapes.entry(call.state, repository, prefix + name, entry, ref) for name, entry in below.items()
        ]
        return Reply(200, listed)
    if found.kind == "commit":
        submodule = shapes.entry(call.state, repository, path, found, ref)
        return Reply(200, {**submodule, "submodule_git_url": submodule["html_url"]})
    content = repository.store.blob(found.sha)
    if call.accepts("raw"):
        return Reply(200, content, {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    if len(content) > _LARGEST_BYTES:
        raise ApiError(403, "This API returns blobs up to 100 MB in size.")
    small = len(content) <= _INLINE_BYTES
    body = {
        **shapes.entry(call.state, repository, path, found, ref),
        "content": base64.encodebytes(content).decode() if small else "",
        "encoding": "base64" if small else "none",
    }
    return Reply(200, body)


def _find(repository: Repository, ref: str, path: str) -> TreeEntry:
    try:
        tree = find_commit(repository, ref).tree
    except ApiError:
        if not any(name.startswith("heads/") for name in repository.refs):
            raise not_found("This repository is empty.") from None
        raise not_found(f"No commit found for the ref {ref}") from None
    found = repository.store.find(tree, path)
    if found is None:
        raise not_found()
    return found


def _check_sha(call: Call, branch: str, path: str) -> bool:
    """Whether the file exists; the request must then name its blob."""
    tip = call.repository.tip(branch)
    if tip is None:
        if any(name.startswith("heads/") for name in call.repository.refs):
            raise not_found(f"Branch {branch} not found")
        return False
    found = call.repository.store.find(call.repository.store.commit(tip).tree, path)
    given = call.body.maybe("sha")
    if found is None:
        if given:
            raise unprocessable('Invalid request.\n\n"sha" was supplied for a file that does not exist.')
        return False
    if given is None:
        raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
    if given != found.sha:
        raise conflict(f"{path} does not match {given}")
    return True


def _commit(call: Call, content: bytes | None) -> Reply:
    repository, path = call.repository, call.params["path"].strip("/")
    branch = call.body.maybe("branch") or repository.default_branch
    message = call.body.text("message")
    existed = _check_sha(call, branch, path)
    if content is None and not existed:
        raise not_found()
    named = "author" in call.body or "committer" in call.body
    push = Push(message, call.login, _people(call), sign=not named)
    commit = commit_files(call.state, repository, branch, {path: content}, push)
    found = repository.store.find(commit.tree, path)
    body = {
        "content": shapes.entry(call.state, repository, path, found, branch) if found else None,
        "commit": shapes.git_commit(call.state, repository, commit),
    }
    return Reply(200 if existed else 201, body)


def _people(call: Call) -> tuple[Person, Person]:
    author = read_person(call.body.object("author"), call.state.signature(call.login))
    named = "author" in call.body or "committer" in call.body
    otherwise = author if named else call.state.web_flow()
    return author, read_person(call.body.object("committer"), otherwise)


@routes.add(
    "PUT",
    "/repos/{owner}/{repo}/contents/{path*}",
    "contents=write",
    docs="repos/contents#create-or-update-file-contents",
)
def put_content(call: Call) -> Reply:
    """Commit one file."""
    return _commit(call, decode_content(call.body.text("content"), "base64"))


@routes.add(
    "DELETE", "/repos/{owner}/{repo}/contents/{path*}", "contents=write", docs="repos/contents#delete-a-file"
)
def delete_content(call: Call) -> Reply:
    """Commit the removal of one file."""
    call.body.text("sha")
    return _commit(call, None)
