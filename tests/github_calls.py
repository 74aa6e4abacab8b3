"""Every call of GitHub's API that the code can make, and the permission that each takes. Shared by tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import FieldNode, OperationDefinitionNode, OperationType, Visitor, parse, visit

from bot.github import documents
from bot.github.documents import FIRST_PAGE, Ask, AskThreads
from bot.sandbox.rest.dispatch import ROUTES
from bot.sandbox.rest.routing import Route, find

CODE = Path(documents.__file__).parent
REPOSITORY = "/repos/{owner}/{repo}"
READING = {"get": "GET", "get_text": "GET", "get_all": "GET", "add": "POST"}
"""By the method of the client; ``get_while`` has the address behind what it looks for."""

BY_FIELD = {
    "milestones": "issues",
    "issues": "issues",
    "pullRequest": "pull_requests",
    "pullRequests": "pull_requests",
    "commits": "pull_requests",
    "checkSuites": "checks",
    **dict.fromkeys(
        ("releases", "latestRelease", "release", "object", "ref", "defaultBranchRef"), "contents"
    ),
    **dict.fromkeys(("nodes", "files"), ""),
    "enablePullRequestAutoMerge": "pull_requests",
    "updateRefs": "contents",
}
"""The permission by which GitHub lets an app see a field of a private repository, or do what it names."""


BY_NODE = {"Notes": {"contents"}, "Comments": {"issues", "pull_requests"}}
"""The same for documents that ask for things by their ids, whatever these belong to."""


@dataclass(frozen=True, order=True)
class Call:
    """One operation, as the table names it, and the permissions of which one suffices."""

    name: str
    needs: tuple[tuple[str, str], ...]


def calls_in_the_code() -> frozenset[Call]:
    """Everything that ``bot/github`` can ask."""
    return frozenset({*_rest_calls(), *_graphql_calls()})


def _rest_calls() -> Iterator[Call]:
    for path in sorted(CODE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = [_literal(argument) for argument in node.args[:2]]
                if node.func.attr == "send" and len(words) > 1:
                    yield from _call_to(words[0], words[1])
                elif node.func.attr == "get_while" and len(words) > 1:
                    yield from _call_to("GET", words[1])
                elif node.func.attr in READING and words:
                    yield from _call_to(READING[node.func.attr], words[0])
            elif isinstance(node, ast.Assign) and str(_literal(node.value)).startswith("/repos/"):
                yield from _call_to("GET", _literal(node.value))
            elif isinstance(node, ast.Assign) and str(_literal(node.value)).startswith("/app-manifests/"):
                yield from _call_to("POST", _literal(node.value))


def _call_to(method: str | None, url: str | None) -> Iterator[Call]:
    if method and url is not None and (url.startswith("/") or not url):
        path = re.sub(r"\{\?.*?\}", "", url)
        whole = path.startswith(("/app", "/installation", "/repos/"))
        yield call_of(method, re.sub(r"\{\w+\}", "1", path if whole else f"/repos/o/r{path}"))


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)
    return None


def call_of(method: str, path: str) -> Call:
    """The operation of a path as it is asked for."""
    route, _ = find(ROUTES, method, path)
    return Call(name_of(route), route.needs)


def name_of(route: Route) -> str:
    """As the table writes it, without what all paths of a repository begin with."""
    template = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route.pattern.pattern)
    return f"{route.method} {template.removeprefix(REPOSITORY).lstrip('/') or REPOSITORY}"


def _graphql_calls() -> Iterator[Call]:
    written = [value for name, value in vars(documents).items() if name.isupper() and "{" in str(value)]
    written += [
        documents.facts([Ask("o/r", FIRST_PAGE, FIRST_PAGE, ("v1",))])[0],
        documents.configured(["o/r"], "x")[0],
        documents.begun(["o/r"])[0],
        documents.threads([AskThreads("o/r", "2020-04-01T12:00:00Z")])[0],
        documents.comments([("node", FIRST_PAGE)])[0],
        documents.some_pulls([1])[0],
        documents.objects(["HEAD:x"])[0],
    ]
    for text in written:
        if re.match(r"(query|mutation) ", text):
            yield graphql_call(text)


def graphql_call(document: str) -> Call:
    """A GraphQL document by its name, with all the permissions that its fields take."""
    tree = parse(document)
    [operation] = tree.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    level = "write" if operation.operation is OperationType.MUTATION else "read"
    found: set[str] = set()

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            found.add(BY_FIELD.get(node.name.value, ""))

    visit(tree, Fields())
    needed = BY_NODE.get(operation.name.value, found - {""})
    return Call(
        f"{operation.operation.value} {operation.name.value}", tuple((one, level) for one in sorted(needed))
    )
