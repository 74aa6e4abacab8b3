"""An event names what may have changed, and nothing that does not matter is even parsed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.events import EVENTS, Comment, Dispatcher, MalformedPayloadError
from bot.trail import Trail, asked_for

JAVA = {"id": 7, "full_name": "open-telemetry/opentelemetry-java", "default_branch": "main"}
SITE = {"id": 9, "full_name": "open-telemetry/opentelemetry.io", "default_branch": "main"}
PERSON = {"id": 1, "login": "octocat", "type": "User"}
BOT = {"id": 2, "login": "status-bot[bot]", "type": "Bot"}
OTHER_BOT = {"id": 3, "login": "pre-commit-ci[bot]", "type": "Bot"}
PROPOSAL = {"head": {"ref": "status-bot/main"}, "user": BOT, "milestone": None, "merged": False}
PROPOSAL_REF = "refs/heads/status-bot/main"


class Notes:
    """A listener that writes down what it is told, and what the log knew at that moment."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.checks: list[tuple[object, ...]] = []
        self.hidden: list[int] = []
        self.trails: list[Trail] = []

    def _note(self, *told: object) -> None:
        self.told.append(told)
        self.trails.append(asked_for(None, "o/site"))

    def repository_changed(self, full_name: str, repository_id: int, reason: str) -> None:
        self._note("changed", full_name, repository_id, reason)

    def site_touched(
        self, full_name: str, repository_id: int, paths: frozenset[str] | None, ref: str
    ) -> None:
        self._note("touched", full_name, repository_id, paths, ref)

    def pull_touched(self, repository_id: int, number: int) -> None:
        self.checks.append(("touched", repository_id, number))

    def checks_asked(self, repository_id: int, numbers: frozenset[int], head: str) -> None:
        self.checks.append(("asked", repository_id, numbers, head))

    def repository_renamed(self, old_full_name: str, new_full_name: str, repository_id: int) -> None:
        self._note("renamed", old_full_name, new_full_name, repository_id)

    def repository_hidden(self, repository_id: int) -> None:
        self.hidden.append(repository_id)

    def repository_gone(self, full_name: str, repository_id: int) -> None:
        self._note("gone", full_name, repository_id)

    def installation_changed(self, installation_id: int, action: str) -> None:
        self._note("installation", installation_id, action)

    def comment_posted(self, comment: Comment) -> None:
        self._note("comment", comment)


async def heard(event_name: str, payload: object) -> Notes:
    """What a delivery makes the listener hear; of interest is exactly what it hears something of."""
    notes = Notes()
    body = msgspec.json.encode(payload)
    of_interest = await Dispatcher(notes).dispatch(event_name, "72d3162e", body)
    assert of_interest is bool(notes.told or notes.checks)
    return notes


async def told(event_name: str, payload: object) -> list[tuple[object, ...]]:
    """What it hears of sites and repositories."""
    return (await heard(event_name, payload)).told


async def checks(event_name: str, payload: object) -> list[tuple[object, ...]]:
    """What it hears of checks."""
    return (await heard(event_name, payload)).checks


def changed(reason: str) -> list[tuple[object, ...]]:
    return [("changed", JAVA["full_name"], 7, reason)]


def touched(paths: frozenset[str] | None, ref: str) -> list[tuple[object, ...]]:
    return [("touched", SITE["full_name"], 9, paths, ref)]


@pytest.mark.parametrize(
    ("event_name", "action"),
    [
        *(
            ("release", action)
            for action in [
                "created",
                "published",
                "released",
                "prereleased",
                "edited",
                "unpublished",
                "deleted",
            ]
        ),
        *(("milestone", action) for action in ["created", "edited", "opened", "closed", "deleted"]),
    ],
)
async def test_every_change_of_a_release_or_milestone_names_its_repository(
    event_name: str, action: str
) -> None:
    payload = {"action": action, event_name: {"id": 1, "tag_name": "v1.0"}, "repository": JAVA}
    assert await told(event_name, payload) == changed(f"{event_name} {action}")


@pytest.mark.parametrize("event_name", ["issues", "pull_request"])
@pytest.mark.parametrize("action", ["milestoned", "demilestoned"])
async def test_joining_or_leaving_a_milestone_matters_whatever_the_payload_says_of_it(
    event_name: str, action: str
) -> None:
    payload = {"action": action, "issue": {"number": 5, "milestone": None}, "repository": JAVA}
    assert await told(event_name, payload) == changed(f"{event_name} {action}")


@pytest.mark.parametrize(
    ("event_name", "part", "action"),
    [
        *(
            ("issues", "issue", action)
            for action in ["opened", "closed", "reopened", "deleted", "transferred"]
        ),
        *(("pull_request", "pull_request", action) for action in ["opened", "closed", "reopened"]),
    ],
)
async def test_other_changes_of_issues_matter_only_where_a_milestone_counts_them(
    event_name: str, part: str, action: str
) -> None:
    without = {"number": 5, "milestone": None, "head": {"ref": "feature"}}
    inside = without | {"milestone": {"number": 3, "title": "v0.4"}}
    assert await told(event_name, {"action": action, part: without, "repository": JAVA}) == []
    payload = {"action": action, part: inside, "repository": JAVA}
    assert await told(event_name, payload) == changed(f"{event_name} {action}")


@pytest.mark.parametrize(
    ("event_name", "action"),
    [
        ("issues", "labeled"),
        ("issues", "from_the_future"),
        ("pull_request", "assigned"),
        ("release", "sparkled"),
        ("milestone", ""),
        ("repository", "starred"),
        ("installation", "renamed"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
    ],
)
async def test_an_action_that_changes_no_number_or_is_unknown_is_of_no_interest(
    event_name: str, action: str
) -> None:
    assert await told(event_name, {"action": action, "issue": {"number": 1}, "repository": JAVA}) == []


@pytest.mark.parametrize(
    "event_name", ["ping", "workflow_job", "star", "workflow_run", "from_the_future", ""]
)
async def test_the_body_of_an_event_without_a_rule_is_not_even_parsed(event_name: str) -> None:
    notes = Notes()
    assert await Dispatcher(notes).dispatch(event_name, "72d3162e", b"{ this is no JSON") is False
    assert notes.told == []
    assert event_name not in EVENTS


async def test_a_push_names_the_branch_and_every_path_that_it_touched() -> None:
    payload = {
        "ref": "refs/heads/main",
        "commits": [
            {"added": ["a.md"], "modified": ["data/progress_source.yaml"], "removed": []},
            {"added": [], "modified": ["data/progress_source.yaml"], "removed": ["b.md"]},
        ],
        "repository": SITE,
        "sender": PERSON,
    }
    paths = frozenset({"a.md", "b.md", "data/progress_source.yaml"})
    assert await told("push", payload) == touched(paths, "refs/heads/main")


COMMIT = {"added": ["a.md"], "modified": [], "removed": []}


@pytest.mark.parametrize(
    "unclear",
    [
        pytest.param({"forced": True, "commits": [COMMIT]}, id="forced"),
        pytest.param({"created": True, "commits": [COMMIT]}, id="a new branch"),
        pytest.param({"commits": []}, id="no commits"),
        pytest.param({"commits": [COMMIT] * 2048}, id="as many commits as are ever listed"),
        pytest.param({"commits": [COMMIT, {}]}, id="a commit without files"),
        pytest.param({"commits": [COMMIT | {"added": ["x"] * 3000}]}, id="as many files as are ever listed"),
    ],
)
async def test_a_push_whose_paths_cannot_be_told_says_so(unclear: dict[str, object]) -> None:
    payload = {"ref": "refs/heads/main", "repository": SITE, "sender": PERSON} | unclear
    assert await told("push", payload) == touched(None, "refs/heads/main")


async def test_neither_tags_nor_deleted_branches_matter() -> None:
    for ref, deleted in (("refs/tags/v1.0", False), ("refs/tags/v1.0", True), ("refs/heads/topic", True)):
        assert await told("push", {"ref": ref, "deleted": deleted, "repository": SITE}) == []


async def test_a_person_who_pushes_to_the_proposal_s_branch_or_deletes_it_is_heard_but_no_bot_is() -> None:
    pushed = {"ref": PROPOSAL_REF, "commits": [COMMIT], "repository": SITE}
    gone = {"ref": PROPOSAL_REF, "deleted": True, "commits": [], "repository": SITE}
    assert await told("push", pushed | {"sender": PERSON}) == touched(frozenset({"a.md"}), PROPOSAL_REF)
    assert await told("push", gone | {"sender": PERSON}) == touched(None, PROPOSAL_REF)
    assert await told("push", pushed | {"sender": BOT}) == []
    assert await told("push", gone | {"sender": BOT}) == []
    on_main = pushed | {"ref": "refs/heads/main", "sender": BOT}
    assert await told("push", on_main) == touched(frozenset({"a.md"}), "refs/heads/main")


@pytest.mark.parametrize("action", ["opened", "closed", "reopened", "synchronize", "edited"])
@pytest.mark.parametrize("sender", [PERSON, OTHER_BOT])
async def test_what_others_do_to_a_proposal_wakes_its_site(action: str, sender: dict[str, object]) -> None:
    payload = {"action": action, "pull_request": PROPOSAL, "repository": SITE, "sender": sender}
    assert await told("pull_request", payload) == touched(None, PROPOSAL_REF)


@pytest.mark.parametrize("action", ["opened", "closed", "reopened", "synchronize", "edited"])
async def test_what_the_bot_does_to_its_own_proposal_does_not_wake_it(action: str) -> None:
    payload = {"action": action, "pull_request": PROPOSAL, "repository": SITE, "sender": BOT}
    assert await told("pull_request", payload) == []


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened"])
@pytest.mark.parametrize("sender", [PERSON, BOT, OTHER_BOT])
async def test_what_a_pull_request_brings_is_to_be_checked(action: str, sender: dict[str, object]) -> None:
    pull = {"number": 5, "head": {"ref": "change"}, "user": PERSON, "milestone": None}
    payload = {"action": action, "pull_request": pull, "repository": SITE, "sender": sender}
    assert await checks("pull_request", payload) == [("touched", 9, 5)]


async def test_only_another_base_makes_an_edited_pull_request_another_one() -> None:
    pull = {"number": 5, "head": {"ref": "change"}, "user": PERSON, "milestone": None}
    payload = {"action": "edited", "pull_request": pull, "repository": SITE, "sender": PERSON}
    assert await checks("pull_request", payload | {"changes": {"title": {"from": "x"}}}) == []
    assert await checks("pull_request", payload | {"changes": {"base": {"ref": {"from": "x"}}}}) == [
        ("touched", 9, 5)
    ]


async def test_checks_are_asked_for_by_number_or_by_commit() -> None:
    suite = {"id": 3, "head_sha": "abc", "pull_requests": [{"number": 5}, {"number": 6}]}
    payload = {"action": "rerequested", "check_suite": suite, "repository": SITE, "sender": PERSON}
    assert await checks("check_suite", payload) == [("asked", 9, frozenset({5, 6}), "abc")]
    assert await checks("check_suite", payload | {"action": "requested"}) == [
        ("touched", 9, 5),
        ("touched", 9, 6),
    ]
    from_fork = {"id": 3, "head_sha": "abc", "pull_requests": []}
    run = {"action": "rerequested", "check_run": from_fork, "repository": SITE, "sender": PERSON}
    assert await checks("check_run", run) == [("asked", 9, frozenset(), "abc")]
    pushed = payload | {"action": "requested", "check_suite": from_fork}
    assert await checks("check_suite", pushed) == [], "a branch without a pull request"
    for event_name in ("check_suite", "check_run"):
        for action in ("created", "completed", "requested_action"):
            others = payload | run | {"action": action}
            assert await checks(event_name, others) == []


async def test_a_merge_wakes_the_site_even_if_the_bot_had_asked_for_it() -> None:
    merged = PROPOSAL | {"merged": True}
    payload = {"action": "closed", "pull_request": merged, "repository": SITE, "sender": BOT}
    assert await told("pull_request", payload) == touched(None, PROPOSAL_REF)


async def test_a_person_s_own_pull_request_from_such_a_branch_is_no_deed_of_the_bot() -> None:
    by_person = PROPOSAL | {"user": PERSON}
    payload = {"action": "edited", "pull_request": by_person, "repository": SITE, "sender": PERSON}
    assert await told("pull_request", payload) == touched(None, PROPOSAL_REF)


async def test_a_proposal_in_a_milestone_matters_twice() -> None:
    counted = PROPOSAL | {"milestone": {"number": 1}}
    payload = {"action": "closed", "pull_request": counted, "repository": SITE, "sender": PERSON}
    heard = await told("pull_request", payload)
    assert sorted(str(note[0]) for note in heard) == ["changed", "touched"]


@pytest.mark.parametrize("action", ["created", "archived", "unarchived", "privatized", "publicized"])
async def test_what_may_be_read_or_written_has_changed_with_the_repository_s_settings(action: str) -> None:
    payload = {"action": action, "repository": SITE}
    assert await told("repository", payload) == [
        ("changed", SITE["full_name"], 9, f"repository {action}"),
        *touched(
            frozenset({".github/status-bot.yml"}) if action == "unarchived" else None, "refs/heads/main"
        ),
    ]


async def test_only_a_repository_that_becomes_private_has_to_be_hidden() -> None:
    for action, hidden in (("privatized", [9]), ("publicized", [])):
        assert (await heard("repository", {"action": action, "repository": SITE})).hidden == hidden


async def test_an_edited_repository_matters_only_for_its_default_branch() -> None:
    described = {"action": "edited", "changes": {"description": {"from": "old"}}, "repository": SITE}
    moved = {"action": "edited", "changes": {"default_branch": {"from": "master"}}, "repository": SITE}
    assert await told("repository", described) == []
    assert await told("repository", moved) == [
        ("changed", SITE["full_name"], 9, "repository edited"),
        *touched(None, "refs/heads/main"),
    ]


@pytest.mark.parametrize(
    ("changes", "old"),
    [
        ({"repository": {"name": {"from": "java"}}}, "open-telemetry/java"),
        ({"owner": {"from": {"user": {"login": "octocat", "id": 1}}}}, "octocat/opentelemetry-java"),
        ({"owner": {"from": {"organization": {"login": "cncf", "id": 1}}}}, "cncf/opentelemetry-java"),
        ({"owner": {"from": {}}}, "open-telemetry/opentelemetry-java"),
        (None, "open-telemetry/opentelemetry-java"),
    ],
)
async def test_a_renamed_or_transferred_repository_is_named_by_its_old_and_new_name(
    changes: object, old: str
) -> None:
    for action in ("renamed", "transferred"):
        payload = {"action": action, "changes": changes, "repository": JAVA}
        assert await told("repository", payload) == [("renamed", old, JAVA["full_name"], 7)]


async def test_a_deleted_repository_is_gone() -> None:
    assert await told("repository", {"action": "deleted", "repository": JAVA}) == [
        ("gone", JAVA["full_name"], 7)
    ]


@pytest.mark.parametrize(
    ("event_name", "action"),
    [
        *(
            ("installation", action)
            for action in ["created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"]
        ),
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
    ],
)
async def test_every_change_of_an_installation_is_told(event_name: str, action: str) -> None:
    payload = {"action": action, "installation": {"id": 77}, "repositories": [{"id": 1}]}
    assert await told(event_name, payload) == [("installation", 77, action)]


async def test_a_comment_is_told_with_all_that_an_answer_needs() -> None:
    payload = {
        "action": "created",
        "issue": {"number": 12, "pull_request": {"url": "…"}, "milestone": None},
        "comment": {
            "id": 34,
            "node_id": "IC_x",
            "body": "/status help",
            "html_url": "https://github.com/o/r/pull/12#issuecomment-34",
            "user": PERSON,
        },
        "repository": SITE,
        "installation": {"id": 77},
    }
    assert await told("issue_comment", payload) == [
        (
            "comment",
            Comment(
                full_name="open-telemetry/opentelemetry.io",
                repository_id=9,
                issue_number=12,
                comment_id=34,
                comment_node_id="IC_x",
                body="/status help",
                author_login="octocat",
                author_type="User",
                installation_id=77,
                url="https://github.com/o/r/pull/12#issuecomment-34",
                on_pull_request=True,
            ),
        )
    ]


async def test_a_comment_of_somebody_who_is_gone_is_still_told() -> None:
    comment = {"id": 34, "body": None, "user": None}
    payload = {"action": "created", "issue": {"number": 12}, "comment": comment, "repository": SITE}
    ((_, heard),) = await told("issue_comment", payload)
    assert isinstance(heard, Comment)
    assert (heard.author_login, heard.body, heard.installation_id, heard.on_pull_request) == (
        "",
        "",
        None,
        False,
    )


@pytest.mark.parametrize(
    ("event_name", "body"),
    [
        pytest.param("release", b"", id="empty"),
        pytest.param("release", b"{", id="cut off"),
        pytest.param("release", b"[]", id="a list"),
        pytest.param("release", b'"text"', id="a text"),
        pytest.param("release", b"{} {}", id="two documents"),
        pytest.param("release", b"\xff\xfe{\x00}\x00", id="UTF-16"),
        pytest.param("release", b'{"action": "\xff"}', id="no UTF-8"),
        pytest.param("release", b'{"action": 1}', id="a number for an action"),
        pytest.param("release", b'{"action": "published", "repository": "x"}', id="a text for a repository"),
        pytest.param("release", b'{"action": "published", "repository": {"id": 7}}', id="no name"),
        pytest.param("release", b'{"action": "published"}', id="no repository"),
        pytest.param(
            "release",
            b'{"action": "published", "repository": {"id": 1%s, "full_name": "o/r"}}' % (b"0" * 5000),
            id="an endless number",
        ),
        pytest.param("release", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="too deep"),
        pytest.param(
            "issues", b'{"action": "closed", "repository": {"id": 1, "full_name": "o/r"}}', id="no issue"
        ),
        pytest.param("pull_request", b'{"action": "synchronize"}', id="no pull request"),
        pytest.param("installation", b'{"action": "created"}', id="no installation"),
        pytest.param(
            "issue_comment",
            b'{"action": "created", "repository": {"id": 1, "full_name": "o/r"}}',
            id="no comment",
        ),
    ],
)
async def test_what_is_not_the_documented_json_is_malformed_and_reaches_nobody(
    event_name: str, body: bytes
) -> None:
    notes = Notes()
    with pytest.raises(MalformedPayloadError):
        await Dispatcher(notes).dispatch(event_name, "72d3162e", body)
    assert notes.told == []


parts = ["id", "full_name", "number", "milestone", "head", "ref", "user", "from", "owner", "name", "added"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("a/é\0"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(parts), inner),
    max_leaves=5,
)
names = [
    "action",
    "repository",
    "installation",
    "sender",
    "issue",
    "pull_request",
    "comment",
    "changes",
    "ref",
    "commits",
]
actions = st.sampled_from(
    ["created", "closed", "edited", "renamed", "deleted", "added", "synchronize", "milestoned"]
)


@given(
    event_name=st.sampled_from(sorted(EVENTS)),
    payload=st.dictionaries(st.sampled_from(names), json_values),
    action=actions,
)
async def test_any_json_at_all_is_accepted_or_of_no_interest_or_malformed(
    event_name: str, payload: dict[str, object], action: str
) -> None:
    notes = Notes()
    body = msgspec.json.encode(payload | {"action": action})
    try:
        heard = await Dispatcher(notes).dispatch(event_name, "72d3162e", body)
    except MalformedPayloadError:
        return
    assert heard is bool(notes.told)


async def test_one_log_line_follows_each_accepted_delivery_and_what_is_told_knows_its_id() -> None:
    notes = Notes()
    dispatcher = Dispatcher(notes)
    with capture_logs() as lines:
        body = msgspec.json.encode({"action": "published", "repository": JAVA})
        await dispatcher.dispatch("release", "72d3162e", body)
        body = msgspec.json.encode({"action": "labeled", "repository": JAVA})
        await dispatcher.dispatch("issues", "9c1d44aa", body)
    assert [line["log_level"] for line in lines] == ["info", "debug"]
    assert (
        lines[0].items()
        >= {
            "event": "delivery accepted",
            "log_level": "info",
            "delivery": "72d3162e",
            "reason": "release published",
            "repository": "open-telemetry/opentelemetry-java",
        }.items()
    )
    [trail] = notes.trails
    assert (trail.causes, trail.deliveries) == (("delivery",), ("72d3162e",))
    assert (lines[0]["site"], lines[0]["run"]) == ("o/site", trail.run)
    assert asked_for(None, None).deliveries == ()
