"""The GraphQL oracle sees what is wrong, and lets pass what is right."""

import json

import pytest
from graphql import GraphQLSchema

from tests.conformance import graphql_oracle
from tests.conformance.exchanges import Exchange

QUERY = """query($owner:String!){
  repository(owner:$owner,name:"sig"){
    databaseId url
    milestones(first:2){nodes{title state openIssueCount} pageInfo{hasNextPage endCursor}}
    head:ref(qualifiedName:"refs/heads/main"){target{oid ...on Commit{committedDate}}}
  }
  rateLimit{cost remaining resetAt}
}"""


def answer() -> dict[str, object]:
    return {
        "databaseId": 7,
        "url": "https://github.com/org/sig",
        "milestones": {
            "nodes": [{"title": "v0.1", "state": "OPEN", "openIssueCount": 3}],
            "pageInfo": {"hasNextPage": False, "endCursor": None},
        },
        "head": {"target": {"oid": "0" * 40, "committedDate": "2020-04-01T00:00:00Z"}},
    }


RATE = {"cost": 1, "remaining": 4999, "resetAt": "2020-04-01T01:00:00Z"}


@pytest.fixture
def schema() -> GraphQLSchema:
    return graphql_oracle.github()


def complaints(
    schema: GraphQLSchema, body: object, query: str = QUERY, variables: dict[str, object] | None = None
) -> list[str]:
    sent = {"query": query, "variables": {"owner": "org"} if variables is None else variables}
    exchange = Exchange("POST", "/graphql", json.dumps(sent).encode(), 200, json.dumps(body).encode())
    return [f"{found.where}: {found.message}" for found in graphql_oracle.deviations(exchange, schema)]


def test_a_right_exchange_passes(schema: GraphQLSchema) -> None:
    assert complaints(schema, {"data": {"repository": answer(), "rateLimit": RATE}}) == []


def test_a_repository_that_is_gone_may_be_null_with_an_error(schema: GraphQLSchema) -> None:
    body = {"data": {"repository": None, "rateLimit": RATE}, "errors": [{"message": "Could not resolve"}]}
    assert complaints(schema, body) == []


def test_a_refusal_without_data_passes(schema: GraphQLSchema) -> None:
    assert complaints(schema, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit"}]}) == []


def test_a_field_that_github_does_not_have_is_seen(schema: GraphQLSchema) -> None:
    (complaint,) = complaints(schema, {"data": {}}, query="{viewer{shoeSize}}", variables={})
    assert "Cannot query field 'shoeSize' on type 'User'" in complaint


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "Expected a value of non-null type 'String!' to be provided."),
        ({"owner": 3}, "String cannot represent a non string value: 3"),
        ({"owner": "org", "name": "sig"}, "Variable '$name' is given but not declared."),
    ],
)
def test_wrong_variables_are_seen(schema: GraphQLSchema, variables: dict[str, object], expected: str) -> None:
    (complaint,) = complaints(schema, {"data": {}}, variables=variables)
    assert expected in complaint


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"databaseId": "7"}, "/data/repository/databaseId: '7' is no Int"),
        ({"url": None}, "/data/repository/url: is null where GitHub answers URI!"),
        ({"url": "org/sig"}, "/data/repository/url: 'org/sig' is no URI"),
        ({"extra": 1}, "/data/repository/extra: was not asked for"),
        ({"milestones": []}, "/data/repository/milestones: is no object"),
        (
            {"milestones": {"nodes": {}, "pageInfo": {"hasNextPage": False, "endCursor": None}}},
            "/data/repository/milestones/nodes: is no list",
        ),
        (
            {
                "milestones": {
                    "nodes": [{"title": "v0.1", "state": "open", "openIssueCount": 3}],
                    "pageInfo": {"hasNextPage": False, "endCursor": None},
                }
            },
            "/data/repository/milestones/nodes/0/state: 'open' is no MilestoneState",
        ),
        (
            {"head": {"target": {"oid": "main", "committedDate": "yesterday"}}},
            "/data/repository/head/target/oid: 'main' is no GitObjectID",
        ),
    ],
)
def test_wrong_values_are_seen(schema: GraphQLSchema, wrong: dict[str, object], expected: str) -> None:
    body = {"data": {"repository": {**answer(), **wrong}, "rateLimit": RATE}}
    assert expected in complaints(schema, body)[0]


def test_what_was_asked_for_must_be_there(schema: GraphQLSchema) -> None:
    repository = answer()
    del repository["url"]
    body = {"data": {"repository": repository, "rateLimit": RATE}}
    assert complaints(schema, body) == ["response body /data/repository/url: was asked for and is missing"]


def test_what_only_some_types_are_asked_for_may_be_missing(schema: GraphQLSchema) -> None:
    body = {"data": {"repository": {**answer(), "head": {"target": {"oid": "0" * 40}}}, "rateLimit": RATE}}
    assert complaints(schema, body) == []


def test_a_named_type_is_held_to_what_it_is_asked_for(schema: GraphQLSchema) -> None:
    query = '{node(id:"x"){__typename ...on Release{tagName} ...on Milestone{title}}}'
    right = {"data": {"node": {"__typename": "Release", "tagName": "v1"}}}
    wrong = {"data": {"node": {"__typename": "Release", "title": "v1"}}}
    assert complaints(schema, right, query, {}) == []
    assert complaints(schema, wrong, query, {}) == [
        "response body /data/node/tagName: was asked for and is missing",
        "response body /data/node/title: was not asked for",
    ]
