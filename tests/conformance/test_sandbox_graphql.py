"""Every field of every type in the sandbox's GraphQL schema once, answered as GitHub's schema has it."""

from pathlib import Path

import aiohttp
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

import bot
from bot.sandbox import PullRequest, Server
from bot.sandbox.actions import pulls
from tests.conformance.watched import WatchedSandbox

SCHEMA = build_schema((Path(bot.__file__).parent / "sandbox/graphql/schema.graphql").read_text("utf-8"))

SIG = 'repository(owner:"org",name:"sig")'

TIMELINE = SIG + "{pullRequest(number:2){timelineItems(first:1,itemTypes:%s){nodes{...on %s{%%s}}}}}"

CHECK = SIG + "{pullRequest(number:2){commits(last:1){nodes{commit{checkSuites(first:1){nodes{%s}}}}}}}"
RULES = SIG + '{ref(qualifiedName:"refs/heads/ruled"){rules(first:1){nodes{%s}}}}'

# A way to one of each type.
WAYS = {
    "AutoMergeEnabledEvent": TIMELINE % ("AUTO_MERGE_ENABLED_EVENT", "AutoMergeEnabledEvent"),
    "AutoMergeRequest": SIG + "{pullRequest(number:2){autoMergeRequest{%s}}}",
    "Blob": SIG + '{object(expression:"HEAD:docs/a.md"){...on Blob{%s}}}',
    "Bot": SIG + "{issue(number:1){comments(first:1){nodes{author{...on Bot{%s}}}}}}",
    "CheckAnnotation": CHECK % "checkRuns(first:1){nodes{annotations(first:1){nodes{%s}}}}",
    "CheckRun": CHECK % "checkRuns(first:1){nodes{%s}}",
    "CheckSuite": CHECK % "%s",
    "Commit": SIG + '{object(expression:"HEAD"){...on Commit{%s}}}',
    "GitActor": SIG + '{object(expression:"HEAD"){...on Commit{author{%s}}}}',
    "Issue": SIG + "{issue(number:1){%s}}",
    "IssueComment": SIG + "{issue(number:1){comments(first:1){nodes{%s}}}}",
    "Label": SIG + "{issue(number:1){labels(first:1){nodes{%s}}}}",
    "LabeledEvent": TIMELINE % ("LABELED_EVENT", "LabeledEvent"),
    "Milestone": SIG + "{milestone(number:1){%s}}",
    "Organization": 'organization(login:"org"){%s}',
    "PullRequest": SIG + "{pullRequest(number:2){%s}}",
    "PullRequestChangedFile": SIG + "{pullRequest(number:2){files(first:1){nodes{%s}}}}",
    "PullRequestCommit": SIG + "{pullRequest(number:2){commits(first:1){nodes{%s}}}}",
    "RateLimit": "rateLimit{%s}",
    "ReactionGroup": SIG + "{issue(number:1){comments(first:1){nodes{reactionGroups{%s}}}}}",
    "Ref": SIG + '{ref(qualifiedName:"refs/heads/main"){%s}}',
    "RefUpdateRule": SIG + '{ref(qualifiedName:"refs/heads/main"){refUpdateRule{%s}}}',
    "Release": SIG + '{release(tagName:"v0.1.0"){%s}}',
    "Repository": SIG + "{%s}",
    "RepositoryRule": RULES % "%s",
    "RequiredStatusChecksParameters": RULES % "parameters{...on RequiredStatusChecksParameters{%s}}",
    "ReviewRequestedEvent": TIMELINE % ("REVIEW_REQUESTED_EVENT", "ReviewRequestedEvent"),
    "StatusCheckConfiguration": RULES
    % "parameters{...on RequiredStatusChecksParameters{requiredStatusChecks{%s}}}",
    "Tree": SIG + '{object(expression:"HEAD:"){...on Tree{%s}}}',
    "TreeEntry": SIG + '{object(expression:"HEAD:"){...on Tree{entries{%s}}}}',
    "User": 'user(login:"ada"){%s}',
}

# What those fields are asked for that need to be told.
ARGUMENTS = {
    "Repository.issue": "(number:1)",
    "Repository.milestone": "(number:1)",
    "Repository.object": '(expression:"HEAD")',
    "Repository.pullRequest": "(number:2)",
    "Repository.ref": '(qualifiedName:"refs/heads/main")',
    "Repository.refs": '(refPrefix:"refs/heads/",first:2)',
    "Repository.release": '(tagName:"v0.1.0")',
    "Organization.repository": '(name:"sig")',
    "User.repository": '(name:"fork")',
}


def everything_of(kind: GraphQLObjectType) -> str:
    """All fields of a type; of what they lead to, no more than what it is."""
    fields = [f"{name}{arguments_of(kind, name, field)}{below(field)}" for name, field in kind.fields.items()]
    return " ".join(["__typename", *fields])


def arguments_of(kind: GraphQLObjectType, name: str, field: GraphQLField) -> str:
    return ARGUMENTS.get(f"{kind}.{name}", "(first:2)" if "first" in field.args else "")


def below(field: GraphQLField) -> str:
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return ""
    if kind.name.endswith("Connection"):
        page = "pageInfo{startCursor endCursor hasNextPage hasPreviousPage}"
        return f"{{totalCount nodes{{__typename}} edges{{cursor node{{__typename}}}} {page}}}"
    return "{__typename}"


def kinds(schema: GraphQLSchema) -> set[str]:
    """The types that hold something of their own."""
    passed = ("Connection", "Edge", "Payload")
    return {
        name
        for name, kind in schema.type_map.items()
        if is_object_type(kind) and not name.startswith("__") and not name.endswith(passed)
    } - {"Query", "Mutation", "PageInfo"}


def populate(github: WatchedSandbox) -> str:
    """One of everything in a repository; gives a token of an app that is installed there."""
    github.create_organization("org", owners=["ada"])
    github.create_user("grace")
    sig = github.create_repository("org/sig", files={"README.md": "# SIG\n", "docs/a.md": "a\n"})
    milestone = sig.create_milestone("v0.1", description="First")
    issue = sig.create_issue("A fault", "In line 2", milestone=milestone)
    sig.label_issue(issue.number, "bug")
    sig.push({"docs/a.md": "b\n"}, branch="change")
    pull = sig.create_pull("change", by="ada")
    sig.label_issue(pull.number, "bug")
    pulls.request_reviews(github.state, pull, ["grace"], [], "ada")
    sig.protect(approvals=1)  # automerge waits only where something is missing
    sig.push({"x": "x"}, branch="ruled")
    sig.protect("ruled", checks=["status page"], ruleset=True)
    sig.create_release("v0.1.0", name="First light", body="Notes")
    sig.fork("ada", "fork")
    permissions = dict.fromkeys(("checks", "contents", "issues", "pull_requests"), "write")
    return github.installation_token(github.install(github.create_app("bot", permissions), "org"))


def run_on(pull: PullRequest) -> dict[str, object]:
    """A check run that says something of a line."""
    line = {"path": "docs/a.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "!"}
    output = {"title": "One fault", "summary": "In line 1", "annotations": [line]}
    return {"name": "status page", "head_sha": pull.head.sha, "conclusion": "failure", "output": output}


async def ask(server: Server, token: str, query: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{server.url}/api/graphql", json={"query": query}) as response,
    ):
        answer: dict[str, object] = await response.json()
        return answer


def test_there_is_a_way_to_every_type() -> None:
    assert kinds(SCHEMA) == WAYS.keys()


async def test_every_field_is_as_github_describes_it(github: WatchedSandbox) -> None:
    token = populate(github)
    sig = github.repository("org/sig")
    issue, pull = sig.issue(1).node_id, sig.pull(2).node_id
    async with github.serve() as server:

        async def data(query: str) -> str:
            answer = await ask(server, token, query)
            assert "errors" not in answer, (query, answer["errors"])
            return str(answer["data"])

        said = f'(input:{{subjectId:"{issue}",body:"Hi"}})'
        merge = f'(input:{{pullRequestId:"{pull}"}}){{actor{{login}} pullRequest{{number}}}}'
        await data(f"mutation{{addComment{said}{{subject{{id}} commentEdge{{cursor}}}}}}")
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            made = await session.post(f"{server.api_url}/repos/org/sig/check-runs", json=run_on(sig.pull(2)))
            assert made.status == 201
        await data(f"mutation{{enablePullRequestAutoMerge{merge}}}")
        for name, way in WAYS.items():
            kind = SCHEMA.get_type(name)
            assert isinstance(kind, GraphQLObjectType)
            assert f"'__typename': '{name}'" in await data(f"{{{way % everything_of(kind)}}}")
        await data(f"mutation{{disablePullRequestAutoMerge{merge}}}")
        await data(f'{{nodes(ids:["{issue}","{pull}"]){{__typename id}} node(id:"{issue}"){{id}}}}')
        await data('{repositoryOwner(login:"org"){__typename login} viewer{login}}')


async def test_what_is_gone_is_null_with_an_error(github: WatchedSandbox) -> None:
    token = populate(github)
    async with github.serve() as server:
        answer = await ask(server, token, '{a:repository(owner:"org",name:"gone"){id} b:viewer{login}}')
    assert answer["data"] == {"a": None, "b": {"login": "bot[bot]"}}
    assert "errors" in answer


async def test_refs_are_updated_all_or_none_and_only_where_they_stand_as_was_said(
    github: WatchedSandbox,
) -> None:
    token, nothing = populate(github), "0" * 40
    sig = github.repository("org/sig")
    main, change = str(sig.tip("main")), str(sig.tip("change"))

    async def update(server: Server, *updates: tuple[str, str, str]) -> bool:
        listed = ",".join(
            f'{{name:"refs/heads/{name}",beforeOid:"{before}",afterOid:"{after}"}}'
            for name, before, after in updates
        )
        wanted = f'(input:{{repositoryId:"{sig.record.node_id}",refUpdates:[{listed}]}})'
        return "errors" not in await ask(server, token, f"mutation{{updateRefs{wanted}{{clientMutationId}}}}")

    async with github.serve() as server:
        assert not await update(server, ("new", nothing, main), ("change", main, nothing))
        assert sig.branches == ["change", "main", "ruled"]
        assert await update(server, ("new", nothing, main), ("change", change, nothing))
        assert sig.branches == ["main", "new", "ruled"]
        assert await update(server, ("new", main, change))
        assert not await update(server, ("new", change, main)), "this is no fast-forward"
        assert sig.tip("new") == change
