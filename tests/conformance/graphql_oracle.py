"""The oracle for GraphQL: documents, variables and answers against the schema that GitHub publishes."""

import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    build_schema,
    get_operation_ast,
    is_composite_type,
    is_leaf_type,
    parse,
    validate,
)
from graphql.execution import get_variable_values

from tests import npm
from tests.conformance.exchanges import Deviation, Exchange, Findings, Json, NoJsonError
from tests.lasting import lasting

PATH = "/graphql"
_TYPENAME = "__typename"

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_SCALARS: Mapping[str, re.Pattern[str]] = {
    "DateTime": _DATE_TIME,
    "GitTimestamp": _DATE_TIME,
    "BigInt": re.compile("-?[0-9]+"),
    "GitObjectID": re.compile("[0-9a-f]{40}"),
    "URI": re.compile(r"https?://\S+|git@\S+|/\S*"),
}


@functools.cache
def github() -> GraphQLSchema:
    """GitHub's schema; the test that asks is skipped where it cannot be had."""
    text = npm.fetch_or_skip(npm.GRAPHQL_SCHEMA).read_text(encoding="utf-8")
    with lasting():
        return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)


# A few documents are sent again and again: parsing and validating them costs far more than all else here.
_parsed = functools.lru_cache(maxsize=256)(parse)


@functools.lru_cache(maxsize=256)
def text_errors(text: str, schema: GraphQLSchema) -> tuple[str, ...]:
    """What is wrong with a document whatever its variables, in words."""
    try:
        document = _parsed(text)
    except GraphQLError as error:
        return (error.message,)
    if errors := validate(schema, document):
        return tuple(error.message for error in errors)
    return () if get_operation_ast(document) else ("the document holds not exactly one operation",)


def document_errors(text: str, variables: Mapping[str, object], schema: GraphQLSchema) -> list[str]:
    """What is wrong with a document and its variables, in words."""
    if errors := text_errors(text, schema):
        return list(errors)
    operation = get_operation_ast(_parsed(text))
    definitions = (operation and operation.variable_definitions) or ()
    declared = {definition.variable.name.value for definition in definitions}
    undeclared = [
        f"Variable '${name}' is given but not declared." for name in sorted(variables.keys() - declared)
    ]
    values = get_variable_values(schema, definitions, dict(variables))
    return undeclared + ([error.message for error in values] if isinstance(values, list) else [])


def deviations(exchange: Exchange, schema: GraphQLSchema) -> list[Deviation]:
    """Everything about a GraphQL exchange that GitHub's schema does not allow."""
    findings = Findings("POST /graphql", str(exchange))
    with suppress(NoJsonError):
        _check(findings, exchange, schema)
    return findings.deviations


def _check(findings: Findings, exchange: Exchange, schema: GraphQLSchema) -> None:
    sent = findings.body("request body", exchange.sent)
    if not isinstance(sent, dict) or not isinstance(text := sent.get("query"), str):
        findings.add("request body", 'has no "query"')
        return
    variables = sent.get("variables") or {}
    errors = document_errors(text, variables if isinstance(variables, dict) else {}, schema)
    for error in errors:
        findings.add("query", error)
    if exchange.answered is not None and exchange.status == HTTPStatus.OK and not errors:
        _check_answer(findings, findings.body("response body", exchange.answered), _parsed(text), schema)


def _check_answer(findings: Findings, answer: Json, document: DocumentNode, schema: GraphQLSchema) -> None:
    if not isinstance(answer, dict):
        findings.add("response body", "is no object")
        return
    for unknown in sorted(answer.keys() - {"data", "errors", "extensions"}):
        findings.add("response body", "is no key of a GraphQL answer", [unknown])
    errors = answer.get("errors", [])
    if not isinstance(errors, list) or not all(
        isinstance(error, dict) and isinstance(error.get("message"), str) for error in errors
    ):
        findings.add("response body", "is no list of objects with a message", ["errors"])
    data = answer.get("data")
    if data is None and errors:
        return
    operation = get_operation_ast(document)
    root = schema.get_root_type(operation.operation) if operation else None
    if operation is None or root is None:
        return
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    _Answer(findings, schema, fragments).check(root, [operation.selection_set], data, ["data"])


@dataclass(frozen=True)
class _Selected:
    """What is asked of one object under one name; ``always`` unless only some types are asked for it."""

    node: FieldNode
    on: GraphQLNamedType
    always: bool
    selections: list[SelectionSetNode] = field(default_factory=list)


@dataclass(frozen=True)
class _Answer:
    """Walks an answer along what was asked."""

    findings: Findings
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def check(
        self, kind: GraphQLOutputType, selections: list[SelectionSetNode], value: Json, at: list[str | int]
    ) -> None:
        if isinstance(kind, GraphQLNonNull):
            if value is None:
                self.findings.add("response body", f"is null where GitHub answers {kind}", at)
                return
            self.check(kind.of_type, selections, value, at)
        elif value is None:
            return
        elif isinstance(kind, GraphQLList):
            if not isinstance(value, list):
                self.findings.add("response body", f"is no list, where GitHub answers {kind}", at)
                return
            for number, item in enumerate(value):
                self.check(kind.of_type, selections, item, [*at, number])
        elif is_leaf_type(kind):
            self._leaf(kind, value, at)
        elif is_composite_type(kind):
            self._object(kind, selections, value, at)

    def _leaf(self, kind: GraphQLNamedType, value: Json, at: list[str | int]) -> None:
        if isinstance(kind, GraphQLEnumType):
            right = value in kind.values
        elif kind.name == "Int":
            right = isinstance(value, int) and not isinstance(value, bool)
        elif kind.name == "Float":
            right = isinstance(value, int | float) and not isinstance(value, bool)
        elif kind.name == "Boolean":
            right = isinstance(value, bool)
        elif isinstance(value, str):
            pattern = _SCALARS.get(kind.name)
            right = pattern is None or pattern.fullmatch(value) is not None
        else:
            right = False
        if not right:
            self.findings.add("response body", f"{value!r} is no {kind}", at)

    def _object(
        self, kind: GraphQLNamedType, selections: list[SelectionSetNode], value: Json, at: list[str | int]
    ) -> None:
        if not isinstance(value, dict):
            self.findings.add("response body", f"is no object, where GitHub answers {kind}", at)
            return
        selected: dict[str, _Selected] = {}
        for selection in selections:
            for each in self._fields(selection, kind, value, always=True):
                key = each.node.alias.value if each.node.alias else each.node.name.value
                selected.setdefault(key, each)
                if each.node.selection_set:
                    selected[key].selections.append(each.node.selection_set)
        for key, asked in selected.items():
            if key in value:
                self._field(asked, value[key], [*at, key])
            elif asked.always:
                self.findings.add("response body", "was asked for and is missing", [*at, key])
        for unasked in sorted(value.keys() - selected.keys()):
            self.findings.add("response body", "was not asked for", [*at, unasked])

    def _field(self, asked: _Selected, value: Json, at: list[str | int]) -> None:
        name = asked.node.name.value
        if name == _TYPENAME:
            if not isinstance(value, str) or not isinstance(self.schema.get_type(value), GraphQLObjectType):
                self.findings.add("response body", f"{value!r} is no type of GitHub's", at)
            return
        definition = self.schema.get_field(asked.on, name)  # type: ignore[arg-type]
        if definition:
            self.check(definition.type, asked.selections, value, at)

    def _fields(
        self, selection: SelectionSetNode, kind: GraphQLNamedType, value: dict[str, Json], *, always: bool
    ) -> Iterator[_Selected]:
        """The fields asked for, fragments opened. One for another type than the object's is left out."""
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield _Selected(node, kind, always)
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)
            condition = fragment.type_condition
            on = self.schema.get_type(condition.name.value) if condition else kind
            if on is None:
                continue
            fits = self._fits(on, kind, value)
            if fits is not False:
                yield from self._fields(fragment.selection_set, on, value, always=always and fits is True)

    def _fits(self, on: GraphQLNamedType, kind: GraphQLNamedType, value: dict[str, Json]) -> bool | None:
        """Whether the object is of the fragment's type; ``None`` where it does not tell."""
        if on is kind or (not isinstance(kind, GraphQLUnionType) and self._is_a(kind, on)):
            return True
        name = value.get(_TYPENAME)
        actual = self.schema.get_type(name) if isinstance(name, str) else None
        return self._is_a(actual, on) if actual else None

    def _is_a(self, kind: GraphQLNamedType, on: GraphQLNamedType) -> bool:
        if kind is on:
            return True
        members = on.types if isinstance(on, GraphQLUnionType) else ()
        return kind in members or on in getattr(kind, "interfaces", ())
