"""Pages of files and commits."""

from __future__ import annotations

from bot.sandbox.diffs import compare, is_binary
from bot.sandbox.errors import ApiError
from bot.sandbox.git import Commit
from bot.sandbox.records import Issue, PullRequest, Repository
from bot.sandbox.rest.commits import find_commit
from bot.sandbox.rest.routing import Reply
from bot.sandbox.shapes.git import is_verified
from bot.sandbox.state import State
from bot.sandbox.web.links import markdown
from bot.sandbox.web.rendering import show

_SHOWN_BYTES = 1024 * 1024
_LISTED_ISSUES = 10


def author_of(state: State, commit: Commit) -> str:
    """The login of a commit's author, or the name where there is none."""
    account = state.account_of_email(commit.author.email)
    return account.login if account else commit.author.name


def overview(state: State, repository: Repository, _: dict[str, str]) -> Reply:
    """A repository: its files, its branches and its README."""
    tip = repository.tip(repository.default_branch)
    commit = repository.store.commit(tip) if tip else None
    files = repository.store.files(commit.tree) if commit else {}
    readme = repository.store.blob(files["README.md"].sha).decode() if "README.md" in files else None
    return show(
        "repository.html",
        repository=repository,
        tab="Code",
        commit=commit,
        author=author_of(state, commit) if commit else "",
        files=sorted(files),
        readme=markdown(state, repository, readme) if readme else None,
        tracked=(
            ("Open pull requests", _open(repository, pulls=True)),
            ("Open issues", _open(repository, pulls=False)[:_LISTED_ISSUES]),
        ),
        branches=sorted(ref.removeprefix("heads/") for ref in repository.refs if ref.startswith("heads/")),
    )


def _open(repository: Repository, *, pulls: bool) -> list[Issue]:
    found = [one for one in repository.issues.values() if isinstance(one, PullRequest) is pulls]
    return [one for one in reversed(found) if one.state == "open"]


def _find(repository: Repository, rest: str) -> tuple[str, str, bytes]:
    """A file by ``ref/path``, where the ref may hold slashes."""
    parts = rest.split("/")
    for length in range(1, len(parts)):
        ref, path = "/".join(parts[:length]), "/".join(parts[length:])
        try:
            found = repository.store.find(find_commit(repository, ref).tree, path)
        except ApiError:
            continue
        if found and found.kind == "blob":
            return ref, path, repository.store.blob(found.sha)
    raise KeyError(rest)


def blob(_: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One file."""
    ref, path, content = _find(repository, args["rest"])
    hidden = is_binary(content) or len(content) > _SHOWN_BYTES
    lines = None if hidden else content.decode(errors="replace").splitlines()
    return show(
        "blob.html", repository=repository, tab="Code", ref=ref, path=path, size=len(content), lines=lines
    )


def raw(_: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One file as it is."""
    _ref, _path, content = _find(repository, args["rest"])
    kind = "application/octet-stream" if is_binary(content) else "text/plain; charset=utf-8"
    headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
    return Reply(200, content, headers | {"Content-Security-Policy": "default-src 'none'; sandbox"})


def commit(state: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One commit and what it changed."""
    shown = find_commit(repository, args["sha"])
    before = repository.store.commit(shown.parents[0]).tree if shown.parents else None
    return show(
        "commit.html",
        repository=repository,
        tab="Code",
        commit=shown,
        message=shown.message.partition("\n")[2].strip(),
        author=author_of(state, shown),
        verified=is_verified(shown),
        changes=compare(repository.store, before, shown.tree),
    )
