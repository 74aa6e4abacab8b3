"""The REST oracle sees what is wrong, and lets pass what is right."""

import json

import pytest

from tests.conformance import description, rest_oracle
from tests.conformance.description import Description
from tests.conformance.exchanges import Exchange

REF = {
    "ref": "refs/heads/main",
    "node_id": "x",
    "url": "https://api.github.com/repos/o/r/git/refs/heads/main",
    "object": {"type": "commit", "sha": "a" * 40, "url": "https://api.github.com/repos/o/r/git/commits/a"},
}
REFUSED = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
MOVE_REF = {"sha": "a" * 40, "force": False}


@pytest.fixture
def github() -> Description:
    return description.github()


def complaints(
    github: Description, request: str, status: int, answered: object = None, sent: object = None
) -> list[str]:
    method, _, target = request.partition(" ")
    exchange = Exchange(
        method,
        target,
        b"" if sent is None else json.dumps(sent).encode(),
        status,
        b"" if answered is None else json.dumps(answered).encode(),
    )
    return [f"{found.where}: {found.message}" for found in rest_oracle.deviations(exchange, github)]


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /repos/o/r/git/ref/heads/main",
        "GET /repos/o/r/git/ref/heads/status-bot/main",
        "GET /repos/o/r/git/ref/heads%2Fstatus-bot%2Fmain",
    ],
)
def test_a_right_exchange_passes(github: Description, request_line: str) -> None:
    assert complaints(github, request_line, 200, REF) == []


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/repos/o/r/releases/latest", "/repos/{owner}/{repo}/releases/latest"),
        ("/repos/o/r/releases/7", "/repos/{owner}/{repo}/releases/{release_id}"),
        ("/repos/o/r/releases/tags/cmd/v1", "/repos/{owner}/{repo}/releases/tags/{tag}"),
        ("/repos/o/r/contents/data/a.yaml", "/repos/{owner}/{repo}/contents/{path}"),
        ("/repos/o/r/compare/main...a/b", "/repos/{owner}/{repo}/compare/{basehead}"),
        ("/repos/o/r/commits/heads/a/b", "/repos/{owner}/{repo}/commits/{ref}"),
        ("/repos/o/r/commits/heads/a/check-runs", "/repos/{owner}/{repo}/commits/{ref}/check-runs"),
        ("/orgs/o/installation", "/orgs/{org}/installation"),
    ],
)
def test_a_path_finds_its_operation(github: Description, path: str, template: str) -> None:
    operation = github.operation("GET", path)
    assert operation is not None
    assert operation.template == template


def test_an_operation_that_github_does_not_have_is_seen(github: Description) -> None:
    expected = ["path: GitHub has no operation POST /repos/o/r/shoes"]
    assert complaints(github, "POST /repos/o/r/shoes", 404, REFUSED) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"force": False}, 'request body: "sha" is a required property'),
        ({"sha": 1}, 'request body /sha: 1 is not of type "string"'),
        ({"sha": "a" * 40, "forced": True}, "request body /forced: is no property"),
        (None, "request body: is missing"),
    ],
)
def test_wrong_requests_are_seen(github: Description, sent: object, expected: str) -> None:
    (complaint,) = complaints(github, "PATCH /repos/o/r/git/refs/heads/main", 200, REF, sent)
    assert complaint.startswith(expected)


def test_a_wrong_request_that_was_refused_as_such_passes(github: Description) -> None:
    refused = {**REFUSED, "message": "Validation Failed", "errors": [{"code": "missing_field"}]}
    assert complaints(github, "PATCH /repos/o/r/git/refs/heads/main", 422, refused, {"sha": 1}) == []


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /repos/o/r/issues?per_page=many", "query parameter per_page"),
        ("GET /repos/o/r/issues?state=ajar", "query parameter state"),
        ("GET /repos/o/r/issues?colour=red", "query parameter colour: is not one of this operation's"),
        ("GET /repos/o/r/issues/one", "path parameter issue_number"),
    ],
)
def test_wrong_parameters_are_seen(github: Description, request_line: str, expected: str) -> None:
    complaint = complaints(github, request_line, 404, REFUSED)[0]
    assert complaint.startswith(expected)


def test_right_parameters_pass(github: Description) -> None:
    assert complaints(github, "GET /repos/o/r/issues?per_page=100&state=all&labels=a,b", 200, []) == []


def test_wrong_answers_are_seen(github: Description) -> None:
    wrong = {**REF, "object": {**REF["object"], "type": 1}, "url": "main"}  # type: ignore[dict-item]
    assert sorted(complaints(github, "GET /repos/o/r/git/ref/heads/main", 200, wrong)) == [
        'response body /object/type: 1 is not of type "string"',
        'response body /url: "main" is not a "uri"',
    ]


def test_null_passes_only_where_github_may_answer_it(github: Description) -> None:
    milestone = {"title": "v1", "description": None, "due_on": None, "closed_at": None}
    found = complaints(github, "GET /repos/o/r/milestones/1", 200, {**milestone, "number": None})
    assert 'response body /number: null is not of type "integer"' in found
    assert not [complaint for complaint in found if "description" in complaint or "due_on" in complaint]


def test_a_status_that_is_neither_described_nor_usual_is_seen(github: Description) -> None:
    expected = ["status: 418 is not described for this operation"]
    assert complaints(github, "GET /repos/o/r/git/ref/heads/main", 418, REFUSED) == expected


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_refusals_may_come_from_any_operation(github: Description, status: int) -> None:
    assert complaints(github, "DELETE /installation/token", status, REFUSED) == []


def test_a_refusal_says_why_in_githubs_form(github: Description) -> None:
    request_line = "POST /repos/o/r/pulls/1/requested_reviewers"
    sent = {"reviewers": ["stranger"]}
    assert complaints(github, request_line, 422, {**REFUSED, "status": "422"}, sent) == []
    assert complaints(github, request_line, 422, {"message": 7}, sent) == [
        'response body /message: 7 is not of type "string"'
    ]


def test_an_unchanged_answer_has_no_body(github: Description) -> None:
    request_line = "GET /repos/o/r/git/ref/heads/main"
    assert complaints(github, request_line, 304) == []
    assert complaints(github, request_line, 304, REF) == ["response body: stands where 304 has none"]


def test_a_body_must_be_json_and_stand_only_where_there_is_one(github: Description) -> None:
    assert complaints(github, "DELETE /installation/token", 204, {}) == [
        "response body: stands where 204 has none"
    ]
    (complaint,) = complaints(github, "GET /meta", 200)
    assert complaint.startswith("response body: is no JSON")


def test_pages_for_people_are_not_checked(github: Description) -> None:
    page = Exchange("GET", "/o/r/pull/1", b"", 200, b"<h1>", "text/html; charset=utf-8")
    assert rest_oracle.deviations(page, github) == []
