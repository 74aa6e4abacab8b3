"""Every GraphQL document of the bot is one that GitHub's schema allows."""

import pytest
from graphql import GraphQLSchema

from bot.github import documents
from bot.github.documents import FIRST_PAGE, Ask, AskThreads
from tests.conformance import graphql_oracle

ASKS = (
    Ask("org/all-of-it", milestones_after=FIRST_PAGE, releases_after=FIRST_PAGE),
    Ask("org/further-pages", milestones_after="Y3Vyc29y", releases_after="Y3Vyc29y"),
    Ask("org/two-tags", tags=("v1.0", "cmd/builder/v0.1.0")),
)
WRITTEN_OUT = {
    name: text
    for name, text in vars(documents).items()
    if isinstance(text, str) and text.startswith(("query", "mutation", "{"))
}


@pytest.fixture
def schema() -> GraphQLSchema:
    return graphql_oracle.github()


@pytest.mark.parametrize("asks", [ASKS[:1], ASKS[1:2], ASKS[2:], ASKS])
def test_facts_are_asked_for_as_github_answers_them(asks: tuple[Ask, ...], schema: GraphQLSchema) -> None:
    assert graphql_oracle.document_errors(*documents.facts(asks), schema) == []


def test_sites_are_asked_for_as_github_answers_them(schema: GraphQLSchema) -> None:
    text, variables = documents.configured(["org/one", "org/two"], ".github/status-bot.yml")
    assert graphql_oracle.document_errors(text, variables, schema) == []


def test_what_has_begun_is_asked_for_as_github_answers_it(schema: GraphQLSchema) -> None:
    assert graphql_oracle.document_errors(*documents.begun(["org/one", "org/two"]), schema) == []


def test_conversations_are_asked_for_as_github_answers_them(schema: GraphQLSchema) -> None:
    asks = (
        AskThreads("org/first-pages", "2020-03-20T12:00:00Z"),
        AskThreads("org/more-issues", "2020-03-20T12:00:00Z", issues_after="Y3Vyc29y", pulls_after=None),
        AskThreads("org/more-pulls", "2020-03-20T12:00:00Z", issues_after=None, pulls_after="Y3Vyc29y"),
    )
    assert graphql_oracle.document_errors(*documents.threads(asks), schema) == []
    threads = (("I_1", FIRST_PAGE), ("PR_2", "Y3Vyc29y"))
    assert graphql_oracle.document_errors(*documents.comments(threads), schema) == []


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_documents_that_are_written_out_are_valid(name: str, schema: GraphQLSchema) -> None:
    assert graphql_oracle.text_errors(WRITTEN_OUT[name], schema) == ()


def test_the_documents_that_are_written_out_are_found() -> None:
    assert {"NOTES", "SITE"} <= WRITTEN_OUT.keys()
