"""The GraphQL documents that the bot sends, and nothing but them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_PAGE = "pageInfo{hasNextPage endCursor}"
_MILESTONES = f"nodes{{number title state url openIssueCount closedIssueCount}} {_PAGE}"
_RELEASE = "id tagName name isDraft isPrerelease isLatest publishedAt updatedAt url"
_RELEASES = f"nodes{{{_RELEASE}}} {_PAGE}"
_NEWEST_FIRST = "orderBy:{field:CREATED_AT,direction:DESC}"

FIRST_PAGE = ""
"""The cursor before the first item."""

Variables = dict[str, object]


@dataclass(frozen=True)
class Ask:
    """What to read of one repository: pages by their cursors (``None``: not at all), releases by tag."""

    repository: str
    milestones_after: str | None = None
    releases_after: str | None = None
    tags: tuple[str, ...] = ()


def facts(asks: Sequence[Ask]) -> tuple[str, Variables]:
    """A query over several repositories: the n-th answers under the alias ``r<n>``."""
    variables: Variables = {}
    declared: list[str] = []
    parts: list[str] = []

    def variable(name: str, value: str, kind: str) -> str:
        variables[name] = value
        declared.append(f"${name}:{kind}")
        return f"${name}"

    for number, ask in enumerate(asks):
        owner, _, name = ask.repository.partition("/")
        where = (
            f"owner:{variable(f'o{number}', owner, 'String!')},name:{variable(f'n{number}', name, 'String!')}"
        )
        fields = ["nameWithOwner isPrivate"]
        if ask.milestones_after is not None:
            after = ""
            if ask.milestones_after != FIRST_PAGE:
                after = f",after:{variable(f'm{number}', ask.milestones_after, 'String')}"
            fields.append(f"milestones(first:100{after}){{{_MILESTONES}}}")
        if ask.releases_after is not None:
            after = ""
            if ask.releases_after != FIRST_PAGE:
                after = f",after:{variable(f'e{number}', ask.releases_after, 'String')}"
            else:
                fields.append(f"latestRelease{{{_RELEASE}}}")
            fields.append(f"releases(first:100,{_NEWEST_FIRST}{after}){{{_RELEASES}}}")
        for position, tag in enumerate(ask.tags):
            wanted = variable(f"t{number}x{position}", tag, "String!")
            fields.append(f"tag{position}:release(tagName:{wanted}){{{_RELEASE}}}")
        parts.append(f"r{number}:repository({where}){{{' '.join(fields)}}}")
    return f"query Facts({','.join(declared)}){{{' '.join(parts)}}}", variables


NOTES = "query Notes($ids:[ID!]!){nodes(ids:$ids){...on Release{id description}}}"
"""The notes of releases by their node ids; one that is gone is ``null``."""


def configured(repositories: Sequence[str], path: str) -> tuple[str, Variables]:
    """Which of these repositories hold a file on their default branch: ``r<n>`` with an object or not."""
    variables: Variables = {"file": f"HEAD:{path}"}
    declared = ["$file:String!"]
    parts = []
    for number, repository in enumerate(repositories):
        owner, _, name = repository.partition("/")
        variables |= {f"o{number}": owner, f"n{number}": name}
        declared += [f"$o{number}:String!", f"$n{number}:String!"]
        parts.append(
            f"r{number}:repository(owner:$o{number},name:$n{number})"
            "{databaseId nameWithOwner isArchived isPrivate object(expression:$file){oid}}"
        )
    return f"query Configured({','.join(declared)}){{{' '.join(parts)}}}", variables


def begun(repositories: Sequence[str]) -> tuple[str, Variables]:
    """Which of these repositories have milestones or releases: ``r<n>`` with how many there are."""
    variables: Variables = {}
    declared = []
    parts = []
    for number, repository in enumerate(repositories):
        owner, _, name = repository.partition("/")
        variables |= {f"o{number}": owner, f"n{number}": name}
        declared += [f"$o{number}:String!", f"$n{number}:String!"]
        parts.append(
            f"r{number}:repository(owner:$o{number},name:$n{number}){{name url isArchived isFork isPrivate "
            "milestones(first:1){totalCount} releases(first:1){totalCount}}"
        )
    return f"query Begun({','.join(declared)}){{{' '.join(parts)}}}", variables


_TIP = (
    "name target{oid ...on Commit{committedDate author{email} committer{email} tree{oid} "
    "parents(first:2){nodes{oid}}}}"
)

_PULL = (
    "id number title body url state createdAt closedAt isDraft merged mergeable headRefOid baseRefName "
    "headRepository{databaseId}"
)
_FROM_BRANCH = f"first:10,headRefName:$branchName,{_NEWEST_FIRST}"

SITE = f"""query Site($owner:String!,$name:String!,$base:String!,$branch:String!,$baseName:String!,
 $branchName:String!,$workflows:String!,$file:String!){{
 repository(owner:$owner,name:$name){{
  databaseId nameWithOwner url isArchived isPrivate hasIssuesEnabled
  parent{{nameWithOwner object(expression:$file){{...on Blob{{text}}}}}}
  defaultBranchRef{{{_TIP}}}
  base:ref(qualifiedName:$base){{{_TIP}}}
  branch:ref(qualifiedName:$branch){{{_TIP}}}
  workflows:object(expression:$workflows){{oid}}
  open:pullRequests(states:[OPEN],{_FROM_BRANCH}){{
   pageInfo{{hasNextPage}} nodes{{{_PULL} files(first:3){{nodes{{path}}}}}}
  }}
  over:pullRequests(states:[CLOSED,MERGED],baseRefName:$baseName,{_FROM_BRANCH}){{
   pageInfo{{hasNextPage}} nodes{{{_PULL}}}
  }}
 }}
}}"""
"""A site at one moment: where its branches stand, and the proposals there are or were.

Anybody may open pull requests from a fork's branch of that name, so that there may be more of them.
"""

FORK = f"""query Fork($owner:String!,$name:String!,$base:String!,$branch:String!,$workflows:String!){{
 repository(owner:$owner,name:$name){{
  databaseId nameWithOwner isArchived isPrivate
  parent{{databaseId nameWithOwner}}
  base:ref(qualifiedName:$base){{{_TIP}}}
  branch:ref(qualifiedName:$branch){{{_TIP}}}
  workflows:object(expression:$workflows){{oid}}
 }}
}}"""
"""A fork at one moment: whose it is, and where its copies of the same branches stand."""

GRANTED = """query Granted($owner:String!,$name:String!,$number:Int!){
 repository(owner:$owner,name:$name){pullRequest(number:$number){
  timelineItems(first:100,itemTypes:[LABELED_EVENT,REVIEW_REQUESTED_EVENT,AUTO_MERGE_ENABLED_EVENT]){nodes{
   __typename
   ...on LabeledEvent{actor{__typename login}}
   ...on ReviewRequestedEvent{actor{__typename login}}
   ...on AutoMergeEnabledEvent{actor{__typename login}}
  }}
 }}
}"""
"""Who was the first to label a pull request, to ask for reviews of it, and to let it merge by itself."""

BRANCH = (
    "query Branch($owner:String!,$name:String!,$ref:String!)"
    "{repository(owner:$owner,name:$name){id ref(qualifiedName:$ref){target{oid}}}}"
)
"""Where a branch stands, and the id of its repository."""

DELETE_BRANCH = (
    "mutation DeleteBranch($repository:ID!,$ref:GitRefname!,$sha:GitObjectID!)"
    "{updateRefs(input:{repositoryId:$repository,"
    f'refUpdates:[{{name:$ref,beforeOid:$sha,afterOid:"{"0" * 40}"}}]}}){{clientMutationId}}}}'
)
"""Delete a branch where it stands at a commit, and nowhere else: in one step, which REST has none for."""

AUTOMERGE = (
    "mutation Automerge($pull:ID!)"
    "{enablePullRequestAutoMerge(input:{pullRequestId:$pull}){pullRequest{number}}}"
)

_UPDATED = "orderBy:{field:UPDATED_AT,direction:DESC}"
_THREADS = f"nodes{{id number updatedAt}} {_PAGE}"


@dataclass(frozen=True)
class AskThreads:
    """Which issues and pull requests of a repository to name, those updated last first.

    ``since`` is a moment as GitHub writes it; pages are named by their cursors (``None``: not at all).
    """

    repository: str
    since: str
    issues_after: str | None = FIRST_PAGE
    pulls_after: str | None = FIRST_PAGE


def threads(asks: Sequence[AskThreads]) -> tuple[str, Variables]:
    """A query over several repositories: the n-th answers under the alias ``r<n>``.

    Pull requests cannot be asked for by the moment of their update, so that their pages are short.
    """
    variables: Variables = {}
    declared: list[str] = []
    parts: list[str] = []
    for number, ask in enumerate(asks):
        owner, _, name = ask.repository.partition("/")
        variables |= {f"o{number}": owner, f"n{number}": name}
        declared += [f"$o{number}:String!", f"$n{number}:String!"]
        fields = ["databaseId nameWithOwner"]
        for field, prefix, after, arguments in (
            ("issues", "i", ask.issues_after, f"first:100,filterBy:{{since:$s{number}}},{_UPDATED}"),
            ("pullRequests", "p", ask.pulls_after, f"first:30,{_UPDATED}"),
        ):
            if after is None:
                continue
            page = ""
            if after != FIRST_PAGE:
                variables[f"{prefix}{number}"] = after
                declared.append(f"${prefix}{number}:String")
                page = f",after:${prefix}{number}"
            fields.append(f"{field}({arguments}{page}){{{_THREADS}}}")
        if ask.issues_after is not None:
            variables[f"s{number}"] = ask.since
            declared.append(f"$s{number}:DateTime!")
        parts.append(f"r{number}:repository(owner:$o{number},name:$n{number}){{{' '.join(fields)}}}")
    return f"query Threads({','.join(declared)}){{{' '.join(parts)}}}", variables


_COMMENTS = (
    "nodes{fullDatabaseId body createdAt lastEditedAt author{__typename login} "
    "reactionGroups{content viewerHasReacted}} pageInfo{hasPreviousPage startCursor}"
)


def comments(asks: Sequence[tuple[str, str]]) -> tuple[str, Variables]:
    """The newest comments of issues and pull requests: the n-th answers under the alias ``t<n>``.

    Each is asked for by its node id and the cursor of the comment before which to begin.
    """
    variables: Variables = {}
    declared: list[str] = []
    parts: list[str] = []
    for number, (node_id, before) in enumerate(asks):
        variables[f"i{number}"] = node_id
        declared.append(f"$i{number}:ID!")
        arguments = "last:50"
        if before != FIRST_PAGE:
            variables[f"b{number}"] = before
            declared.append(f"$b{number}:String")
            arguments += f",before:$b{number}"
        found = f"comments({arguments}){{{_COMMENTS}}}"
        parts.append(f"t{number}:node(id:$i{number}){{...on Issue{{{found}}} ...on PullRequest{{{found}}}}}")
    return f"query Comments({','.join(declared)}){{{' '.join(parts)}}}", variables


_CHECKED = (
    "number state headRefOid headRefName baseRefName author{login} changedFiles "
    "files(first:100){nodes{path changeType}} "
    "commits(last:1){nodes{commit{oid author{email} committer{email} "
    "checkSuites(first:1,filterBy:{appId:$app}){nodes{"
    "checkRuns(first:1,filterBy:{checkName:$check,checkType:LATEST}){nodes{"
    "databaseId externalId status annotations(first:1){totalCount}}}}}}}}"
)
_CHECKED_SITE = (
    "nameWithOwner url isPrivate isArchived defaultBranchRef{name target{oid}} "
    "base:ref(qualifiedName:$base){name target{oid} refUpdateRule{requiredStatusCheckContexts} "
    "rules(first:50){nodes{parameters{...on RequiredStatusChecksParameters{"
    "requiredStatusChecks{context}}}}}}"
)
_CHECKED_DECLARED = "$owner:String!,$name:String!,$base:String!,$app:Int!,$check:String!"

OPEN_PULLS = (
    f"query OpenPulls({_CHECKED_DECLARED},$first:Int!,$after:String){{"
    f"repository(owner:$owner,name:$name){{{_CHECKED_SITE} "
    f"pullRequests(states:[OPEN],first:$first,after:$after,{_UPDATED}){{nodes{{{_CHECKED}}} {_PAGE}}}}}}}"
)
"""A site's open pull requests, those updated last first, each with the app's own check of its head."""


def some_pulls(numbers: Sequence[int]) -> tuple[str, Variables]:
    """The same for some by their numbers: the n-th answers under the alias ``p<n>``."""
    variables: Variables = {f"n{at}": number for at, number in enumerate(numbers)}
    declared = ",".join([_CHECKED_DECLARED, *(f"$n{at}:Int!" for at in range(len(numbers)))])
    parts = " ".join(f"p{at}:pullRequest(number:$n{at}){{{_CHECKED}}}" for at in range(len(numbers)))
    return (
        f"query SomePulls({declared}){{repository(owner:$owner,name:$name){{{_CHECKED_SITE} {parts}}}}}",
        variables,
    )


def objects(expressions: Sequence[str]) -> tuple[str, Variables]:
    """What lies where in a repository: the n-th expression (``commit:path``) under the alias ``o<n>``."""
    variables: Variables = {f"e{at}": expression for at, expression in enumerate(expressions)}
    declared = ",".join(
        ["$owner:String!,$name:String!", *(f"$e{at}:String!" for at in range(len(expressions)))]
    )
    parts = " ".join(
        f"o{at}:object(expression:$e{at}){{__typename oid ...on Blob{{byteSize}}}}"
        for at in range(len(expressions))
    )
    return f"query Objects({declared}){{repository(owner:$owner,name:$name){{{parts}}}}}", variables
