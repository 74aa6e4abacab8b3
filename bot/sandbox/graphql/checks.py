"""How the fields of check suites, check runs and branch rules are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox import mergeability
from bot.sandbox.actions.suites import conclusion_of, latest, runs_of, status_of
from bot.sandbox.checks import CheckRun, CheckSuite, Protection
from bot.sandbox.graphql.context import Connection, Info, ObjectNode, RefNode, connect, context
from bot.sandbox.graphql.fields import Resolver
from bot.sandbox.identifiers import node_id
from bot.sandbox.records import PullRequest, Repository


@dataclass(frozen=True, slots=True)
class SuiteNode:
    """A check suite in its repository."""

    repository: Repository
    suite: CheckSuite

    @property
    def id(self) -> int:
        """The suite's number."""
        return self.suite.id


@dataclass(frozen=True, slots=True)
class RequiredChecks:
    """What a ruleset asks of a branch."""

    names: tuple[str, ...]

    @property
    def required_status_checks(self) -> list[dict[str, object]]:
        """The checks by their names."""
        return [{"context": name, "integrationId": None} for name in self.names]


def _suites(commit: ObjectNode, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    context(info).require(commit.repository, "checks")
    wanted = given.pop("filterBy", None) or {}
    app, name = wanted.get("appId"), wanted.get("checkName")
    found = [
        SuiteNode(commit.repository, suite)
        for suite in commit.repository.check_suites.values()
        if suite.head_sha == commit.oid
        and app in (None, suite.app_id)
        and (name is None or any(run.name == name for run in runs_of(commit.repository, suite)))
    ]
    return connect(found, **given)


def _runs(node: SuiteNode, _: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    wanted = given.pop("filterBy", None) or {}
    app, name = wanted.get("appId"), wanted.get("checkName")
    found = runs_of(node.repository, node.suite)
    if wanted.get("checkType") != "ALL":
        found = latest(found)
    found = [run for run in found if app in (None, run.app_id) and name in (None, run.name)]
    return connect(found, **given)


def _rule(node: RefNode, info: Info) -> dict[str, object] | None:
    context(info).require(node.repository, "contents")
    rule = _protection(node)
    if rule is None or rule.ruleset:
        return None
    return {"requiredApprovingReviewCount": rule.approvals, "requiredStatusCheckContexts": list(rule.checks)}


def _rules(node: RefNode, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    context(info).require(node.repository, "contents")
    rule = _protection(node)
    found = [RequiredChecks(rule.checks)] if rule is not None and rule.ruleset else []
    return connect(found, **given)


def _protection(node: RefNode) -> Protection | None:
    return node.repository.protections.get(node.name.removeprefix("heads/"))


def _base(pull: PullRequest, info: Info) -> RefNode | None:
    context(info).require(pull.repository, "contents")
    name = f"heads/{pull.base.ref}"
    return RefNode(pull.repository, name) if name in pull.repository.refs else None


def _commits(pull: PullRequest, info: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    context(info).require(pull.repository, "contents", "pull_requests")
    found = [
        {"id": node_id("PRC", pull.pull_id, commit.sha), "commit": ObjectNode(pull.repository, commit.sha)}
        for commit in mergeability.commits(pull)
    ]
    return connect(found, **given)


OF_REF: Mapping[str, Resolver] = {"refUpdateRule": _rule, "rules": _rules}
OF_COMMIT: Mapping[str, Resolver] = {"checkSuites": _suites}
OF_PULL: Mapping[str, Resolver] = {
    "baseRef": _base,
    "commits": _commits,
    "changedFiles": lambda one, _: len(mergeability.changes(one)),
}
RULE: Mapping[str, Resolver] = {
    "id": lambda one, _: node_id("RRU", *one.names),
    "parameters": lambda one, _: one,
}
SUITE: Mapping[str, Resolver] = {
    "id": lambda one, _: node_id("CS", one.id),
    "databaseId": lambda one, _: one.id,
    "checkRuns": _runs,
    "createdAt": lambda one, _: one.suite.created_at,
    "updatedAt": lambda one, _: one.suite.updated_at,
    "status": lambda one, _: status_of(one.repository, one.suite).upper(),
    "conclusion": lambda one, _: (conclusion_of(one.repository, one.suite) or "").upper() or None,
}


def _annotations(run: CheckRun, _: Info, **given: Any) -> Connection:  # noqa: ANN401 - GraphQL's arguments
    return connect(run.annotations, **given)


RUN: Mapping[str, Resolver] = {
    "id": lambda one, _: node_id("CR", one.id),
    "databaseId": lambda one, _: one.id,
    "status": lambda one, _: one.status.upper(),
    "conclusion": lambda one, _: one.conclusion.upper() if one.conclusion else None,
    "annotations": _annotations,
}
