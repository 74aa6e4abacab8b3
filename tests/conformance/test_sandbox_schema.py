"""The sandbox's GraphQL schema is a part of GitHub's."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

import bot
from tests.conformance import graphql_oracle
from tests.conformance.subset import differences

SCHEMAS = sorted((Path(bot.__file__).parent / "sandbox").rglob("*.graphql"))

WHOLE = """
interface Node { id: ID! }
type Query { node(id: ID!): Node, milestones(first: Int, state: State!): [Milestone!]! }
type Milestone implements Node { id: ID!, title: String!, state: State! }
enum State { OPEN CLOSED }
input Close { id: ID!, reason: String! }
type Mutation { close(input: Close!): Milestone }
"""


@pytest.fixture
def github() -> GraphQLSchema:
    return graphql_oracle.github()


def test_nothing_in_the_sandbox_is_other_than_at_github(github: GraphQLSchema) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SCHEMAS)
    assert list(differences(build_schema(text), github)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("title: String!", "title: String", "Milestone.title: String, but GitHub's is String!"),
        ("title: String!", "name: String!", "Milestone.name: GitHub has no such field"),
        ("node(id: ID!)", "node(key: ID!)", "Query.node(key): GitHub takes no such input"),
        ("first: Int", "first: String", "Query.milestones(first): String, but GitHub's is Int"),
        ("first: Int, state: State!", "first: Int", "Query.milestones(state): GitHub requires it"),
        ("OPEN CLOSED", "OPEN SHUT", "State has the value SHUT, but not GitHub's"),
        ("id: ID!, reason: String!", "id: ID!", "Close(reason): GitHub requires it"),
        (
            "enum State { OPEN CLOSED }",
            "scalar State",
            "State: a GraphQLScalarType, but GitHub's is a GraphQLEnumType",
        ),
        ("type Mutation", "type Extra { a: Int }\ntype Mutation", "Extra: GitHub has no such type"),
    ],
)
def test_every_kind_of_difference_is_seen(right: str, wrong: str, expected: str) -> None:
    part = build_schema(WHOLE.replace(right, wrong))
    assert expected in list(differences(part, build_schema(WHOLE)))


def test_a_part_may_leave_out_what_it_does_not_need() -> None:
    part = build_schema(WHOLE.replace("title: String!, ", "").replace("first: Int, ", ""))
    assert list(differences(part, build_schema(WHOLE))) == []
