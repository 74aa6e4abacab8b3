"""The git database: commits, trees and blobs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from bot.sandbox.errors import ApiError, not_found, unprocessable
from bot.sandbox.git import DIRECTORY, EMPTY_TREE, Person, TreeEntry, person
from bot.sandbox.records import Repository
from bot.sandbox.rest.body import Body
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes import git as shapes
from bot.sandbox.shapes.repositories import api_url

routes = Routes()
_MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}


def _created(body: Mapping[str, Any]) -> Reply:
    return Reply(201, body, {"Location": str(body["url"])})


@routes.add(
    "GET", "/repos/{owner}/{repo}/git/commits/{sha}", "contents=read", docs="git/commits#get-a-commit-object"
)
def get_commit(call: Call) -> Reply:
    """One commit object."""
    sha = call.params["sha"]
    if call.repository.store.kind(sha) != "commit":
        raise not_found()
    return Reply(200, shapes.git_commit(call.state, call.repository, call.repository.store.commit(sha)))


@routes.add("POST", "/repos/{owner}/{repo}/git/commits", "contents=write", docs="git/commits#create-a-commit")
def create_commit(call: Call) -> Reply:
    """Make a commit. GitHub signs what an app makes without naming author, committer or signature."""
    store = call.repository.store
    message, tree = call.body.text("message"), call.body.text("tree")
    parents = call.body.texts("parents")
    if store.kind(tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    if any(store.kind(parent) != "commit" for parent in parents):
        raise unprocessable("Parent SHA does not exist or is not a commit object")
    named = any(name in call.body for name in ("author", "committer", "signature"))
    signature = call.body.maybe("signature")
    if call.identity.kind == "installation" and not named:
        people = (call.state.signature(call.login), call.state.web_flow())
        commit = store.write_commit(tree, parents, message, people, sign=True)
    else:
        people = _people(call)
        commit = store.write_commit(tree, parents, message, people, signature=signature)
    return _created(shapes.git_commit(call.state, call.repository, commit))


def _people(call: Call) -> tuple[Person, Person]:
    myself = call.state.signature(call.login)
    author = read_person(call.body.object("author"), myself)
    return author, read_person(call.body.object("committer"), author)


def read_person(given: Body | None, otherwise: Person) -> Person:
    """A person as a request names them."""
    if given is None:
        return otherwise
    return person(given.text("name"), given.text("email"), given.moment("date") or otherwise.date)


@routes.add("GET", "/repos/{owner}/{repo}/git/trees/{sha*}", "contents=read", docs="git/trees#get-a-tree")
def get_tree(call: Call) -> Reply:
    """A tree by its sha, a commit's or a branch's; with ``recursive`` all that lies below."""
    repository, asked = call.repository, call.params["sha"]
    sha = find_tree(repository, asked)
    entries = repository.store.tree(sha)
    if "recursive" in call.query:
        entries = dict(_walk(repository, sha, ""))
    return Reply(200, shapes.tree(call.state, repository, sha, entries))


def find_tree(repository: Repository, asked: str) -> str:
    """The tree of a sha or a branch.

    Raises:
        ApiError: 404.
    """
    sha = repository.tip(asked) or repository.refs.get(f"tags/{asked}") or asked
    kind = repository.store.kind(sha)
    if kind == "commit":
        return repository.store.commit(sha).tree
    if kind != "tree":
        raise not_found()
    return sha


def _walk(repository: Repository, tree: str, prefix: str) -> list[tuple[str, TreeEntry]]:
    found = []
    for name, entry in repository.store.tree(tree).items():
        found.append((prefix + name, entry))
        if entry.kind == "tree":
            found.extend(_walk(repository, entry.sha, f"{prefix}{name}/"))
    return found


@routes.add("POST", "/repos/{owner}/{repo}/git/trees", "contents=write", docs="git/trees#create-a-tree")
def create_tree(call: Call) -> Reply:
    """Make a tree: the files of ``base_tree``, with the listed ones set or (sha null) removed."""
    store = call.repository.store
    base = call.body.maybe("base_tree")
    files: dict[str, TreeEntry] = {}
    if base is not None:
        if store.kind(base) not in ("tree", "commit"):
            raise unprocessable("base_tree is not a valid tree oid")
        files = dict(store.files(find_tree(call.repository, base)))
    for item in call.body.objects("tree"):
        _place(call, files, Body(item))
    sha = store.write_files(files)
    if sha == EMPTY_TREE and base is None:
        raise unprocessable("Invalid tree info")
    return _created(shapes.tree(call.state, call.repository, sha, store.tree(sha)))


def _place(call: Call, files: dict[str, TreeEntry], item: Body) -> None:
    path = item.text("path")
    if not path or path.startswith("/") or {"", ".", "..", ".git"} & set(path.split("/")):
        raise unprocessable("tree.path contains a malformed path component")
    if item.fields.get("sha", "") is None:
        _remove(files, path)
        return
    mode = item.maybe("mode") or ""
    if mode not in _MODES:
        raise unprocessable("Must supply a valid tree.mode")
    if "sha" in item and "content" in item:
        raise unprocessable("Must supply either tree.sha or tree.content")
    sha = item.text("sha") if "sha" in item else call.repository.store.write_blob(item.text("content"))
    if mode != "160000" and call.repository.store.kind(sha) != _MODES[mode]:
        raise unprocessable(f"tree.sha {sha} is not a valid {_MODES[mode]}")
    if mode == DIRECTORY:
        below = call.repository.store.files(sha)
        files.update({f"{path}/{name}": entry for name, entry in below.items()})
    else:
        files[path] = TreeEntry(mode, sha)


def _remove(files: dict[str, TreeEntry], path: str) -> None:
    gone = [name for name in files if name == path or name.startswith(f"{path}/")]
    if not gone:
        raise ApiError(422, "GitRPC::BadObjectState")
    for name in gone:
        del files[name]


@routes.add("GET", "/repos/{owner}/{repo}/git/blobs/{sha}", "contents=read", docs="git/blobs#get-a-blob")
def get_blob(call: Call) -> Reply:
    """One blob, as JSON or raw."""
    sha = call.params["sha"]
    if call.repository.store.kind(sha) != "blob":
        raise not_found()
    if call.accepts("raw"):
        content = call.repository.store.blob(sha)
        return Reply(200, content, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    return Reply(200, shapes.blob(call.state, call.repository, sha))


@routes.add("POST", "/repos/{owner}/{repo}/git/blobs", "contents=write", docs="git/blobs#create-a-blob")
def create_blob(call: Call) -> Reply:
    """Make a blob."""
    content = decode_content(call.body.text("content"), call.body.maybe("encoding") or "utf-8")
    sha = call.repository.store.write_blob(content)
    url = f"{api_url(call.state, call.repository)}/git/blobs/{sha}"
    return _created({"sha": sha, "url": url})


def decode_content(content: str, encoding: str) -> bytes:
    """A file's bytes as a request carries them.

    Raises:
        ApiError: 422, it is no Base64.
    """
    if encoding != "base64":
        return content.encode()
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise unprocessable("content is not valid Base64") from None
