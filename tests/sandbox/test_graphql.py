"""GraphQL: partial answers, costs and limits as GitHub has them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.clock import Clock
from bot.sandbox import Sandbox
from tests.sandbox.asking import ORGANIZATION, SITE, app_on, asking, site


@pytest.fixture
def unwatched(clock: Clock) -> Sandbox:
    """For queries that GitHub, too, finds fault with."""
    return Sandbox(clock)


def of_site(fields: str) -> str:
    return f'{{repository(owner:"org",name:"site"){{{fields}}}}}'


async def answer(github: Sandbox, query: str, token: str | None = None, **variables: object) -> Any:  # noqa: ANN401 - any JSON
    if token is None:
        _, token = app_on(github)
    async with asking(github, token) as client:
        return await client.graphql(query, **variables)


async def test_what_is_missing_is_null_with_an_error_of_its_own(github: Sandbox) -> None:
    site(github)
    github.create_repository("elsewhere/secret", private=True)
    told = await answer(
        github,
        '{a:repository(owner:"org",name:"site"){name} b:repository(owner:"org",name:"gone"){name} '
        'c:repository(owner:"elsewhere",name:"secret"){name}}',
    )
    assert told["data"] == {"a": {"name": "site"}, "b": None, "c": None}
    assert [(error["type"], error["path"]) for error in told["errors"]] == [
        ("NOT_FOUND", ["b"]),
        ("NOT_FOUND", ["c"]),
    ]
    assert told["errors"][0]["message"] == "Could not resolve to a Repository with the name 'org/gone'."


async def test_a_renamed_repository_is_followed_unless_told_otherwise(github: Sandbox) -> None:
    site(github).rename("home")
    query = '{repository(owner:"org",name:"site",followRenames:%s){nameWithOwner}}'
    _, token = app_on(github)
    followed = await answer(github, query % "true", token)
    assert followed["data"]["repository"]["nameWithOwner"] == "org/home"
    assert (await answer(github, query % "false", token))["errors"][0]["type"] == "NOT_FOUND"


async def test_milestones_and_releases_are_read_page_by_page(github: Sandbox) -> None:
    repo = site(github)
    for number in range(5):
        repo.create_milestone(f"v0.{number}", open=number, closed=1)
        repo.create_release(f"v0.{number}")
    query = """query($after:String,$until:String){repository(owner:"org",name:"site"){
        latestRelease{tagName isLatest}
        milestones(first:2,after:$after){totalCount pageInfo{hasNextPage endCursor}
          nodes{title openIssueCount closedIssueCount}}
        releases(first:2,after:$until,orderBy:{field:CREATED_AT,direction:DESC}){
          pageInfo{hasNextPage endCursor} nodes{tagName isDraft isPrerelease isLatest}}}}"""
    _, token = app_on(github)
    titles: list[str] = []
    tags: list[str] = []
    cursors: dict[str, str | None] = {"after": None, "until": None}
    async with asking(github, token) as client:
        for _ in range(3):
            found = (await client.graphql(query, **cursors))["data"]["repository"]
            titles += [node["title"] for node in found["milestones"]["nodes"]]
            tags += [node["tagName"] for node in found["releases"]["nodes"]]
            cursors["after"] = found["milestones"]["pageInfo"]["endCursor"]
            cursors["until"] = found["releases"]["pageInfo"]["endCursor"]
            # What is published in between does not shift the pages.
            repo.create_release(f"v1.{len(tags)}", latest=False)
        assert found["milestones"]["pageInfo"]["hasNextPage"] is False
    assert titles == ["v0.0", "v0.1", "v0.2", "v0.3", "v0.4"]
    assert tags == ["v0.4", "v0.3", "v0.2", "v0.1", "v0.0"]
    assert found["latestRelease"] == {"tagName": "v0.4", "isLatest": True}


class TestCost:
    async def test_is_told_and_taken_from_a_pool_of_its_own(self, github: Sandbox) -> None:
        site(github)
        names = " ".join(
            f'r{n}:repository(owner:"org",name:"site"){{milestones(first:100){{nodes{{issues(first:100){{totalCount}}}}}}}}'
            for n in range(2)
        )
        _, token = app_on(github)
        async with asking(github, token) as client:
            told = await client.graphql(f"{{rateLimit{{cost nodeCount remaining}} {names}}}")
            assert told["data"]["rateLimit"] == {"cost": 2, "nodeCount": 20_200, "remaining": 4998}
            pools = (await client.get("/rate_limit")).body["resources"]
            assert (pools["core"]["used"], pools["graphql"]["used"]) == (0, 2)
        assert [record.graphql_cost for record in github.requests] == [2, 0]

    async def test_is_at_least_one_and_counts_fragments_and_variables(self, github: Sandbox) -> None:
        site(github)
        query = """query($n:Int!){rateLimit{cost nodeCount} repository(owner:"org",name:"site"){...Part}}
        fragment Part on Repository{releases(first:$n){nodes{tagName}}}"""
        told = await answer(github, query, n=7)
        assert told["data"]["rateLimit"] == {"cost": 1, "nodeCount": 7}


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "kind", "said"),
        [
            (
                "releases(first:101){totalCount}",
                "EXCESSIVE_PAGINATION",
                "Requesting 101 records on the `releases` connection exceeds the `first` limit of 100",
            ),
            (
                "milestones{totalCount}",
                "MISSING_PAGINATION_BOUNDARIES",
                "You must provide a `first` or `last` value to properly paginate the `milestones`",
            ),
            (
                "milestones(first:100){nodes{issues(first:100){nodes{comments(first:100){totalCount}}}}}",
                "MAX_NODE_LIMIT_EXCEEDED",
                "This query requests up to 1,010,100 possible nodes which exceeds the maximum limit",
            ),
        ],
    )
    async def test_of_what_is_too_large(self, unwatched: Sandbox, fields: str, kind: str, said: str) -> None:
        site(unwatched)
        told = await answer(unwatched, of_site(fields))
        assert "data" not in told
        [error] = told["errors"]
        assert error["type"] == kind
        assert error["message"].startswith(said)

    async def test_of_what_does_not_exist(self, unwatched: Sandbox) -> None:
        site(unwatched)
        [error] = (await answer(unwatched, of_site("shoeSize")))["errors"]
        assert error["message"] == "Field 'shoeSize' doesn't exist on type 'Repository'"
        assert error["extensions"]["code"] == "undefinedField"

    async def test_of_what_is_no_query(self, unwatched: Sandbox) -> None:
        _, token = app_on(unwatched)
        async with asking(unwatched, token) as client:
            path = f"{client.server.url}/graphql"
            bodies: tuple[object, ...] = ({}, {"query": "{"}, [], {"query": 1})
            for body in bodies:
                assert (await client.ask("POST", path, body)).body["errors"]

    async def test_of_a_private_part_come_one_by_one(self, github: Sandbox) -> None:
        github.create_organization(ORGANIZATION)
        github.create_repository(SITE, private=True)
        _, token = app_on(github, contents="read")
        told = await answer(
            github, of_site('name milestones(first:1){totalCount} ref(qualifiedName:"main"){name}'), token
        )
        assert told["data"]["repository"] == {"name": "site", "milestones": None, "ref": {"name": "main"}}
        [error] = told["errors"]
        assert (error["type"], error["path"]) == ("FORBIDDEN", ["repository", "milestones"])


class TestObjects:
    async def test_are_found_by_expression(self, github: Sandbox) -> None:
        repo = site(github, **{".github/status-bot.yml": "a: 1\n"})
        file = "...on Blob{text byteSize isBinary isTruncated}"
        told = await answer(
            github,
            of_site(
                f'a:object(expression:"HEAD:.github/status-bot.yml"){{oid {file}}} '
                'b:object(expression:"main:none"){oid} c:object(expression:"main"){oid} '
                'd:object(expression:"none:x"){oid}'
            ),
        )
        found = told["data"]["repository"]
        assert found["a"] | {"oid": ""} == {
            "oid": "",
            "text": "a: 1\n",
            "byteSize": 5,
            "isBinary": False,
            "isTruncated": False,
        }
        assert (found["b"], found["c"], found["d"]) == (None, {"oid": repo.tip()}, None)

    async def test_missing_among_several_ids_leave_the_others_good(self, github: Sandbox) -> None:
        repo = site(github)
        release = repo.create_release("v1.0.0", body="Notes")
        query = "query($ids:[ID!]!){nodes(ids:$ids){...on Release{description}}}"
        told = await answer(github, query, ids=[release.node_id, "RE_gone"])
        assert told["data"]["nodes"] == [{"description": "Notes"}, None]
        assert told["errors"][0]["path"] == ["nodes", 1]

    async def test_of_a_draft_are_shown_to_those_who_may_push(self, github: Sandbox) -> None:
        repo = site(github)
        draft = repo.create_release("v1.0.0", draft=True)
        _, writer = app_on(github)
        query = (
            'query($id:ID!){node(id:$id){id} repository(owner:"org",name:"site"){'
            'releases(first:9){totalCount} release(tagName:"v1.0.0"){isDraft}}}'
        )
        seen = await answer(github, query, writer, id=draft.node_id)
        assert seen["data"]["repository"] == {"releases": {"totalCount": 1}, "release": {"isDraft": True}}
        reader = github.personal_token("nobody")
        hidden = await answer(github, query, reader, id=draft.node_id)
        assert hidden["data"] == {
            "node": None,
            "repository": {"releases": {"totalCount": 0}, "release": None},
        }


async def test_a_bot_has_its_suffix_only_where_it_passes_for_a_user(github: Sandbox) -> None:
    site(github)
    _, token = app_on(github)
    async with asking(github, token) as client:
        await client.post(f"/repos/{SITE}/issues", {"title": "x"})
        told = await client.graphql(
            "{viewer{login} "
            + of_site(
                'issues(first:1,filterBy:{createdBy:"status-bot[bot]"}){nodes{author{__typename login}}}'
            )[1:]
        )
    assert told["data"]["viewer"]["login"] == "status-bot[bot]"
    assert told["data"]["repository"]["issues"]["nodes"] == [
        {"author": {"__typename": "Bot", "login": "status-bot"}}
    ]
