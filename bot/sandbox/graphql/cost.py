"""What a query costs before it runs, and the queries that are too large to run at all.

The rules are those of https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

MOST_ON_A_PAGE = 100
MOST_NODES = 500_000
_REQUESTS_A_POINT = 100

Refusal = dict[str, Any]


@dataclass(slots=True)
class Estimate:
    """The requests that GitHub would make inside, the nodes it might return, and what is wrong."""

    requests: int = 0
    nodes: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def points(self) -> int:
        """What the query costs: a hundredth of the requests, but at least 1."""
        return max(1, round(self.requests / _REQUESTS_A_POINT))


def estimate(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Estimate:
    """Walk a query without running it."""
    walker = _Walker(schema, document, variables)
    root = schema.get_root_type(operation.operation)
    if root is not None:
        walker.selections(operation.selection_set, root, 1, (str(operation.operation.value),))
    found = walker.found
    if found.nodes > MOST_NODES and not found.refusals:
        found.refusals.append(
            {
                "type": "MAX_NODE_LIMIT_EXCEEDED",
                "message": f"This query requests up to {found.nodes:,} possible nodes which exceeds the "
                f"maximum limit of {MOST_NODES:,}.",
            }
        )
    return found


class _Walker:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.found = Estimate()
        self._schema = schema
        self._variables = variables
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def selections(
        self, selected: SelectionSetNode, kind: GraphQLNamedType, times: int, path: tuple[str, ...]
    ) -> None:
        for node in selected.selections:
            if isinstance(node, FieldNode):
                self._field(node, kind, times, path)
            elif isinstance(node, InlineFragmentNode):
                on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else kind
                self.selections(node.selection_set, on or kind, times, path)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                on = self._schema.get_type(fragment.type_condition.name.value)
                self.selections(fragment.selection_set, on or kind, times, path)

    def _field(self, node: FieldNode, kind: GraphQLNamedType, times: int, path: tuple[str, ...]) -> None:
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return
        definition: GraphQLField | None = kind.fields.get(node.name.value)
        if definition is None or node.selection_set is None:
            return
        path = (*path, node.alias.value if node.alias else node.name.value)
        below = get_named_type(definition.type)
        if below.name.endswith("Connection"):
            times = self._connection(node, times, path)
        self.selections(node.selection_set, below, times, path)

    def _connection(self, node: FieldNode, times: int, path: tuple[str, ...]) -> int:
        given = {argument.name.value: self._integer(argument.value) for argument in node.arguments or ()}
        sizes = {name: size for name, size in given.items() if name in ("first", "last") and size is not None}
        name = node.name.value
        if not sizes:
            self._refuse(
                node,
                path,
                "MISSING_PAGINATION_BOUNDARIES",
                f"You must provide a `first` or `last` value to properly paginate the `{name}` connection.",
            )
            return times
        for which, size in sizes.items():
            if size > MOST_ON_A_PAGE:
                said = f"Requesting {size} records on the `{name}` connection exceeds the `{which}` limit of"
                self._refuse(node, path, "EXCESSIVE_PAGINATION", f"{said} {MOST_ON_A_PAGE} records.")
            elif size < 0:
                said = f"`{which}` on the `{name}` connection cannot be less than zero."
                self._refuse(node, path, "NEGATIVE_PAGINATION", said)
        self.found.requests += times
        times *= min(sizes.values())
        self.found.nodes += times
        return times

    def _integer(self, value: object) -> int | None:
        if isinstance(value, IntValueNode):
            return int(value.value)
        if isinstance(value, VariableNode):
            given = self._variables.get(value.name.value)
            return given if isinstance(given, int) else None
        return None

    def _refuse(self, node: FieldNode, path: tuple[str, ...], kind: str, message: str) -> None:
        start = node.loc.start_token if node.loc else None
        where = [{"line": start.line, "column": start.column}] if start else []
        self.found.refusals.append({"type": kind, "path": list(path), "locations": where, "message": message})
