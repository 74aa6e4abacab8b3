"""Runs a GraphQL request: parse, check, weigh, execute, and word the errors as GitHub does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from graphql.pyutils import camel_to_snake

from bot.sandbox.auth import Identity
from bot.sandbox.graphql import checks, conversations, fields
from bot.sandbox.graphql.context import Context, Info, ObjectNode, RefNode
from bot.sandbox.graphql.cost import Estimate, estimate
from bot.sandbox.graphql.root import MUTATION, QUERY
from bot.sandbox.limits import Limits, exceeded
from bot.sandbox.records import (
    Account,
    Comment,
    Issue,
    Label,
    Milestone,
    PullRequest,
    Release,
    Repository,
    TimelineEvent,
)
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso

_SCHEMA = Path(__file__).with_name("schema.graphql")
_RESOLVERS: Mapping[str, Mapping[str, fields.Resolver]] = {
    "Query": QUERY,
    "Mutation": MUTATION,
    "Repository": {**fields.REPOSITORY, **conversations.OF_REPOSITORY},
    "Milestone": {**fields.MILESTONE, "issues": conversations.issues},
    "Release": fields.RELEASE,
    "Ref": {**fields.REF, **checks.OF_REF},
    "Commit": {**fields.COMMIT, **checks.OF_COMMIT},
    "CheckSuite": checks.SUITE,
    "CheckRun": checks.RUN,
    "RepositoryRule": checks.RULE,
    "Tree": fields.TREE,
    "TreeEntry": fields.TREE_ENTRY,
    "Blob": fields.BLOB,
    "Issue": conversations.ISSUE,
    "PullRequest": {**conversations.PULL_REQUEST, **checks.OF_PULL},
    "PullRequestChangedFile": conversations.CHANGED_FILE,
    "LabeledEvent": conversations.TIMELINE_EVENT,
    "ReviewRequestedEvent": conversations.TIMELINE_EVENT,
    "AutoMergeEnabledEvent": conversations.TIMELINE_EVENT,
    "IssueComment": conversations.COMMENT,
    "Label": conversations.LABEL,
    "User": conversations.OWNER,
    "Organization": conversations.OWNER,
    "Bot": conversations.ACCOUNT,
}
_TYPES: Mapping[type, str] = {
    Repository: "Repository",
    Milestone: "Milestone",
    Release: "Release",
    RefNode: "Ref",
    PullRequest: "PullRequest",
    Issue: "Issue",
    Comment: "IssueComment",
    Label: "Label",
    checks.RequiredChecks: "RequiredStatusChecksParameters",
}


@cache
def schema() -> GraphQLSchema:
    """The schema, with a resolver for every field that is not simply an attribute."""
    built = build_schema(_SCHEMA.read_text(encoding="utf-8"))
    for name, resolvers in _RESOLVERS.items():
        kind = built.get_type(name)
        if isinstance(kind, GraphQLObjectType):
            for field_name, resolver in resolvers.items():
                kind.fields[field_name].resolve = resolver
    for name in ("DateTime", "GitTimestamp"):
        scalar = built.get_type(name)
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_output_value = _moment
    return built


def _moment(value: Any) -> Any:  # noqa: ANN401 - whatever a resolver gave
    return iso(value) if isinstance(value, datetime) else value


_attribute = lru_cache(maxsize=None)(camel_to_snake)


def _read(source: Any, info: Info, **_: Any) -> Any:  # noqa: ANN401 - records of any kind
    if isinstance(source, dict):
        return source.get(info.field_name)
    return getattr(source, _attribute(info.field_name), None)


def _type_of(value: Any, _: Info, __: Any) -> str | None:  # noqa: ANN401 - the same
    if isinstance(value, Account):
        return conversations.actor_type(value)
    if isinstance(value, ObjectNode):
        return value.kind.capitalize()
    if isinstance(value, TimelineEvent):
        return value.kind
    return _TYPES.get(type(value))


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, and what it cost."""

    body: Json
    cost: int = 0


@lru_cache(maxsize=256)
def _prepared(text: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    document = parse(text)
    return document, tuple(validate(schema(), document))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that may run: what is asked, and what that weighs."""

    document: DocumentNode
    variables: dict[str, Any]
    name: str | None
    weight: Estimate


# The bot asks the same again and again: to weigh a large query takes as long as to answer a small one.
@lru_cache(maxsize=256)
def _read_request(raw: bytes) -> _Asked | Answer:
    """Read the JSON body of a request, or say what is wrong with it whatever there is to see."""
    try:
        sent = json.loads(raw)
    except ValueError:
        sent = None
    if not isinstance(sent, dict) or not isinstance(sent.get("query"), str):
        return Answer({"errors": [{"message": "A query attribute must be specified and must be a string."}]})
    variables, name = sent.get("variables") or {}, sent.get("operationName")
    try:
        document, wrong = _prepared(sent["query"])
    except GraphQLError as error:
        return Answer({"errors": [_worded(error)]})
    operation = get_operation_ast(document, name)
    if wrong or operation is None:
        errors = [_worded(error) for error in wrong] or [{"message": "An operation name is required"}]
        return Answer({"errors": errors})
    weight = estimate(schema(), document, operation, variables)
    if weight.refusals:
        return Answer({"errors": weight.refusals})
    return _Asked(document, variables, name, weight)


def execute(state: State, limits: Limits, identity: Identity, raw: bytes) -> Answer:
    """Answer the JSON body of a GraphQL request."""
    asked = _read_request(raw)
    if isinstance(asked, Answer):
        return asked
    weight = asked.weight
    if limits.pool(identity, "graphql").remaining < weight.points:
        return Answer({"errors": [{"type": "RATE_LIMITED", "message": exceeded(identity)}]})
    limits.spend(identity, "graphql", weight.points)
    result = execute_sync(
        schema(),
        asked.document,
        context_value=Context(state, limits, identity, weight.points, weight.nodes),
        variable_values=asked.variables,
        operation_name=asked.name,
        field_resolver=_read,
        type_resolver=_type_of,
    )
    body: Json = {"data": result.data}
    if result.errors:
        body["errors"] = [_worded(error) for error in result.errors]
    return Answer(body, weight.points)


_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


def _worded(error: GraphQLError) -> Json:
    """An error in GitHub's form: its type stands at the top, not among the extensions."""
    shape: Json = dict(error.formatted)
    extensions = dict(shape.pop("extensions", {}))
    if kind := extensions.pop("type", None):
        shape = {"type": kind, **shape}
    if unknown := _UNKNOWN_FIELD.match(error.message):
        field_name, type_name = unknown.groups()
        shape["message"] = f"Field '{field_name}' doesn't exist on type '{type_name}'"
        extensions = {"code": "undefinedField", "typeName": type_name, "fieldName": field_name}
    return {**shape, "extensions": extensions} if extensions else shape
