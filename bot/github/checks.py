"""Pull requests to be checked, what they change, and the check runs that tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.check_words import CHECK_NAME, Annotation, Report
from bot.clock import Clock
from bot.github import documents
from bot.github.batches import batches, query
from bot.github.client import Client, GraphQLAnswer
from bot.github.errors import GitHubError, NotFound, TooMuch, Unavailable
from bot.github.model import is_commit_by
from bot.github.scoped import OneRepository

PULLS_A_PAGE = (50, 10)
"""How many are asked for at once, and how many where that is too much for GitHub."""
MOST_PULLS = 300
"""Of the open ones, those updated last."""
PULLS_A_QUERY = 20
ANNOTATIONS_A_REQUEST = 50
_KEPT_BACK = "refUpdateRule", "rules"
"""What GitHub may keep from an app, which goes on without."""


@dataclass(frozen=True)
class Run:
    """A check run of the app's own: ``annotations`` is how many it has."""

    id: int
    digest: str
    completed: bool
    annotations: int

    def says(self, report: Report) -> bool:
        """Whether it has been told all of that."""
        return self.completed and self.digest == report.digest


@dataclass(frozen=True)
class CheckedPull:
    """An open pull request, and the newest run of the app's own on its head.

    ``paths`` are the files that it changes, ``None`` where that cannot be told for certain: there are
    too many, or one was renamed, whose old name GitHub does not tell.
    """

    number: int
    head: str
    head_branch: str
    base_branch: str
    author: str
    emails: tuple[str, str]
    """Of the last commit's author and committer."""
    paths: frozenset[str] | None
    run: Run | None

    def is_by(self, slug: str) -> bool:
        """Whether the app opened it and made its last commit."""
        return self.author == slug and is_commit_by(slug, *self.emails)


@dataclass(frozen=True)
class CheckedSite:
    """A repository whose pull requests are checked.

    ``base`` is the branch that its page is built from, ``base_sha`` its tip where there is one.
    ``required`` tells that nothing gets onto it without this check. ``unsettled`` are pull requests that
    are not among the ``pulls`` because somebody pushed a moment ago, and GitHub is still at it.
    """

    full_name: str
    url: str
    private: bool
    archived: bool
    default: str
    default_sha: str
    base: str
    base_sha: str | None
    required: bool
    pulls: tuple[CheckedPull, ...] = ()
    unsettled: frozenset[int] = frozenset()

    def with_pulls(self, nodes: Iterable[Mapping[str, Any] | None]) -> CheckedSite:
        """The same with these besides, those of them that are open."""
        found = [node for node in nodes if node is not None and node["state"] == "OPEN"]
        pulls = tuple(pull for pull in map(_pull, found) if pull is not None)
        others = frozenset(node["number"] for node in found) - {pull.number for pull in pulls}
        return replace(self, pulls=self.pulls + pulls, unsettled=self.unsettled | others)


@dataclass(frozen=True)
class Found:
    """What lies at a path: its id, GitHub's type of it (``Blob``, ``Tree``, ``Commit``), and bytes."""

    oid: str
    kind: str
    size: int = 0


class CheckReader:
    """Reads one site's pull requests, as the app of this id."""

    def __init__(self, client: Client, full_name: str, app_id: int, base: str) -> None:
        self._client = client
        owner, _, name = full_name.partition("/")
        self._repository = {"owner": owner, "name": name}
        self._asked = {
            **self._repository,
            "app": app_id,
            "check": CHECK_NAME,
            "base": f"refs/heads/{base}",
        }
        self._base = base

    async def open_pulls(self) -> CheckedSite:
        """The site with its open pull requests. Raises ``GitHubError``."""
        after, site = None, None
        while site is None or (after is not None and len(site.pulls) < MOST_PULLS):
            found = await self._page(after)
            page = found["pullRequests"]
            site = (site or self._site(found)).with_pulls(page["nodes"])
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        return site

    async def some_pulls(self, numbers: Sequence[int]) -> CheckedSite:
        """The site with those of these numbers that are open. Raises ``GitHubError``."""
        site = None
        for batch in batches(numbers, PULLS_A_QUERY):
            document, variables = documents.some_pulls(batch)
            found = self._repository_in(await query(self._client, document, {**self._asked, **variables}))
            site = (site or self._site(found)).with_pulls(found.get(f"p{at}") for at in range(len(batch)))
        assert site is not None  # noqa: S101 - nobody asks for none
        return site

    async def _page(self, after: str | None) -> Mapping[str, Any]:
        for first in PULLS_A_PAGE:
            variables = {**self._asked, "first": first, "after": after}
            try:
                return self._repository_in(await query(self._client, documents.OPEN_PULLS, variables))
            except TooMuch:
                if first == PULLS_A_PAGE[-1]:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def objects(self, expressions: Sequence[str]) -> dict[str, Found | None]:
        """What lies at these expressions (``commit`` or ``commit:path``); ``None`` where there is nothing."""
        document, variables = documents.objects(expressions)
        found = self._repository_in(await query(self._client, document, {**self._repository, **variables}))
        nodes = {expression: found.get(f"o{at}") for at, expression in enumerate(expressions)}
        return {
            expression: Found(node["oid"], node["__typename"], node.get("byteSize") or 0) if node else None
            for expression, node in nodes.items()
        }

    def _repository_in(self, answer: GraphQLAnswer) -> Mapping[str, Any]:
        """What an answer says of the repository. Raises ``GitHubError`` where that is nothing, or not all."""
        name = "/".join(self._repository.values())
        for error in answer.errors:
            path = error.get("path") or []
            gone = error.get("type") == "NOT_FOUND" and len(path) > 1
            if not gone and not any(part in _KEPT_BACK for part in path):
                kind = NotFound if error.get("type") == "NOT_FOUND" else GitHubError
                raise kind(f"{name}: {error.get('message')}")
        found = answer.data.get("repository")
        if not isinstance(found, Mapping):
            raise Unavailable(f"{name}: GitHub gave no answer.")
        return found

    def _site(self, found: Mapping[str, Any]) -> CheckedSite:
        default, base = found["defaultBranchRef"], found["base"]
        if default is None:
            raise NotFound(f"{found['nameWithOwner']} has no commit yet.")
        return CheckedSite(
            full_name=found["nameWithOwner"],
            url=found["url"],
            private=found["isPrivate"],
            archived=found["isArchived"],
            default=default["name"],
            default_sha=default["target"]["oid"],
            base=self._base,
            base_sha=base["target"]["oid"] if base else None,
            required=base is not None and CHECK_NAME in _required(base),
        )


def _required(base: Mapping[str, Any]) -> Iterator[str]:
    """The names of the checks without which nothing gets onto the branch, by its own rule or a ruleset."""
    yield from (base.get("refUpdateRule") or {}).get("requiredStatusCheckContexts") or ()
    for rule in (base.get("rules") or {}).get("nodes") or ():
        for check in ((rule or {}).get("parameters") or {}).get("requiredStatusChecks") or ():
            yield check["context"]


def _head_commit(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The last commit, where it is the one that the head is said to be."""
    commits = [each["commit"] for each in node["commits"]["nodes"] if each is not None]
    return next((commit for commit in commits if commit["oid"] == node["headRefOid"]), None)


def _pull(node: Mapping[str, Any]) -> CheckedPull | None:
    commit = _head_commit(node)
    if commit is None:
        return None
    runs = [
        run
        for suite in (commit["checkSuites"] or {"nodes": ()})["nodes"]
        for run in (suite["checkRuns"] or {"nodes": ()})["nodes"]
    ]
    return CheckedPull(
        number=node["number"],
        head=node["headRefOid"],
        head_branch=node["headRefName"],
        base_branch=node["baseRefName"],
        author=(node["author"] or {}).get("login") or "",
        emails=(_email(commit["author"]), _email(commit["committer"])),
        paths=_paths(node),
        run=_run(runs[0]) if runs else None,
    )


def _email(person: Mapping[str, Any] | None) -> str:
    return (person or {}).get("email") or ""


def _paths(node: Mapping[str, Any]) -> frozenset[str] | None:
    files = [file for file in (node["files"] or {"nodes": ()})["nodes"] if file is not None]
    if node["changedFiles"] > len(files) or any(file["changeType"] == "RENAMED" for file in files):
        return None
    return frozenset(file["path"] for file in files)


def _run(node: Mapping[str, Any]) -> Run:
    annotations = (node["annotations"] or {}).get("totalCount") or 0
    return Run(node["databaseId"], node["externalId"] or "", node["status"] == "COMPLETED", annotations)


class CheckRuns:
    """Writes what a check says of a commit."""

    def __init__(self, client: Client, full_name: str, clock: Clock) -> None:
        self._repository = OneRepository(client, full_name)
        self._clock = clock

    async def begin(self, head: str, report: Report, run: Run | None) -> Run:
        """The first of the requests that a report takes, which is the last one where all of it fits.

        A run that stands is told anew where that leaves nothing behind: GitHub appends annotations to
        those that are there, so that a run which has others is superseded by a new one of its name.
        """
        if run is not None and run.digest == report.digest:
            return await self._update(run, report)
        if run is not None and not run.annotations:
            return await self._update(replace(run, digest=report.digest, completed=False), report)
        sent = {"name": CHECK_NAME, "head_sha": head, **self._sent(report, 0)}
        made = await self._repository.send("POST", "/check-runs", sent)
        return _after(Run(int(made["id"]), report.digest, completed=False, annotations=0), report)

    async def finish(self, run: Run, report: Report) -> None:
        """All further requests."""
        while not run.completed:
            run = await self._update(run, report)

    async def _update(self, run: Run, report: Report) -> Run:
        sent = self._sent(report, run.annotations)
        number = str(run.id)
        await self._repository.send("PATCH", "/check-runs/{check_run_id}", sent, check_run_id=number)
        return _after(run, report)

    def _sent(self, report: Report, told: int) -> dict[str, object]:
        """One request's body, where so many annotations have been told already."""
        part = report.annotations[told : told + ANNOTATIONS_A_REQUEST]
        output = {
            "title": report.title,
            "summary": report.summary,
            **({"annotations": [_annotation(each) for each in part]} if part else {}),
        }
        sent: dict[str, object] = {"external_id": report.digest, "output": output, "status": "in_progress"}
        if told + len(part) >= len(report.annotations):
            now = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
            sent |= {"status": "completed", "conclusion": report.conclusion, "completed_at": now}
        return sent


def _after(run: Run, report: Report) -> Run:
    told = min(run.annotations + ANNOTATIONS_A_REQUEST, len(report.annotations))
    return replace(run, annotations=told, completed=told >= len(report.annotations))


def _annotation(said: Annotation) -> dict[str, object]:
    return {
        "path": said.path,
        "start_line": said.line,
        "end_line": said.line,
        "annotation_level": said.level,
        "message": said.message,
    }
