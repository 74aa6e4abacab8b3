"""What differs is told in the words people use, the weightiest first, and never too long."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.status.changes import Changes, RowChange, changes_between, digest, headline, substance
from bot.status.datafile import OutputRow, Value
from bot.status.ladder import Column

LADDER = tuple(map(Column, ("v0.1", "v0.2", "beta", "v1.0")))
STANDING: dict[str, Value] = {
    "msLabel": "v0.2",
    "openIssues": 3,
    "closedIssues": 17,
    "totalIssues": 20,
    "percent": 85,
    "milestoneUrl": "https://github.com/org/sig/milestone/2",
    "releaseName": "The third",
    "releaseTag": "v0.1.3",
    "releaseDescription": "* a thing",
}


def row(label: str, repository: str = "", component: str | None = None, **values: Value) -> OutputRow:
    return OutputRow(label, repository or f"org/{label.lower()}", STANDING | values, component=component)


def state(values: dict[str, Value]) -> OutputRow:
    return OutputRow("Go", "org/go", STANDING | values)


def told(before: list[OutputRow], after: list[OutputRow]) -> str:
    return headline(changes_between(before, after, LADDER))


def change(before: OutputRow, after: OutputRow) -> RowChange:
    """The one change between two states of a row, among others that stay."""
    others = [row("First"), row("Last")]
    (found,) = changes_between([others[0], before, others[1]], [others[0], after, others[1]], LADDER).rows
    return found


def test_nothing_differs_between_equal_outputs() -> None:
    rows = [row("Go"), row("PHP")]
    changes = changes_between(rows, rows, LADDER)
    assert changes == Changes(())
    assert not changes.counts_only
    assert headline(changes) == ""


def test_a_change_holds_both_states() -> None:
    found = change(row("Go"), row("Go", msLabel="beta"))
    assert (found.label, found.repository) == ("Go", "org/go")
    assert found.before == STANDING
    assert found.after == STANDING | {"msLabel": "beta"}
    assert (found.step_back, found.counts_only, found.column_back, found.release_back) == (False,) * 4
    assert (found.former_label, found.former_repository) == (None, None)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"msLabel": "beta"}, "Go reaches beta"),
        ({"msLabel": "old"}, {"msLabel": "v0.1"}, "Go reaches v0.1"),
        ({}, {"msLabel": "new"}, "Go reaches new"),
        ({}, {"msLabel": "v1.0", "percent": 100}, "Go completes v1.0"),
        ({"msLabel": "v1.0"}, {"msLabel": "v1.0", "percent": 100}, "Go completes v1.0"),
        ({}, {"releaseTag": "v0.3.0"}, "Go 0.3.0 released"),
        ({}, {"releaseTag": "api/v0.3.0", "prerelease": True}, "Go 0.3.0 released"),
        ({}, {"releaseTag": "1.0.0-rc.1"}, "Go 1.0.0-rc.1 released"),
        ({"releaseTag": ""}, {}, "Go 0.1.3 released"),
        ({}, {"releaseTag": "the one for @everybody (#7)"}, "Go has a new release"),
        ({}, {"releaseDescription": "* another"}, "Update release notes of Go"),
        ({}, {"releaseName": "3rd", "milestoneUrl": ""}, "Update release notes of Go"),
        ({}, {"releasedAt": "2020-01-01T00:00:00Z"}, "Update release notes of Go"),
        ({}, {"prerelease": True}, "Update release notes of Go"),
        ({}, {"milestoneUrl": "https://github.com/org/sig/milestone/3"}, "Update links of Go"),
        ({}, {"releaseUrl": "https://github.com/org/sig/releases/tag/v0.1.3"}, "Update links of Go"),
        ({"percent": 100}, {"msLabel": "v1.0", "percent": 100}, "Go completes v1.0"),
        ({"percent": 100}, {"percent": 100, "totalIssues": 21}, "Update issue counts of Go"),
        (
            {},
            {
                "milestoneUrl": "a",
                "releaseUrl": "b",
                "openIssues": 4,
                "closedIssues": 4,
                "totalIssues": 8,
                "percent": 50,
            },
            "Update links of Go",
        ),
        ({}, {"releaseTag": "v-v1.0"}, "Go 1.0 released"),
        ({}, {"releaseTag": "v1.0-preview.2"}, "Go 1.0-preview.2 released"),
        ({}, {"releaseTag": "1.0.dev2"}, "Go 1.0.dev2 released"),
        ({}, {"openIssues": 4, "totalIssues": 21, "percent": 80}, "Update issue counts of Go"),
        ({"msLabel": "v1.0", "percent": 100}, {"msLabel": "v1.0"}, "Update issue counts of Go"),
    ],
)
def test_each_kind_of_change_has_its_words(
    before: dict[str, Value], after: dict[str, Value], words: str
) -> None:
    found = change(state(before), state(after))
    assert headline(Changes((found,))) == words
    assert not found.step_back
    assert found.counts_only == words.startswith("Update issue counts")


@pytest.mark.parametrize(
    ("before", "after", "words", "column_back", "release_back"),
    [
        ({}, {"msLabel": "v0.1"}, "Go back to v0.1", True, False),
        ({"msLabel": "v1.0", "percent": 100}, {"msLabel": "beta"}, "Go back to beta", True, False),
        ({}, {"releaseTag": "v0.1.2"}, "Go back to 0.1.2", False, True),
        ({}, {"releaseTag": "v0.1.3-rc.1"}, "Go back to 0.1.3-rc.1", False, True),
        ({}, {"releaseTag": ""}, "Go without a release", False, True),
        ({"releaseTag": "a/v2.0"}, {"releaseTag": "b/v1.0"}, "Go 1.0 released", False, False),
        ({"releaseTag": "A/v2.0"}, {"releaseTag": "a/v1.0"}, "Go back to 1.0", False, True),
        ({"releaseTag": "x"}, {"releaseTag": "v0.1"}, "Go 0.1 released", False, False),
        ({}, {"releaseTag": "x"}, "Go has a new release", False, False),
    ],
)
def test_a_step_back_is_marked_as_one(
    before: dict[str, Value], after: dict[str, Value], words: str, *, column_back: bool, release_back: bool
) -> None:
    found = change(state(before), state(after))
    assert headline(Changes((found,))) == words
    assert (found.column_back, found.release_back) == (column_back, release_back)
    assert found.step_back == (column_back or release_back)
    assert not found.counts_only


def test_rows_come_go_and_get_other_names() -> None:
    added, removed, stays = row("PHP"), row("Ruby"), row("Go")
    changes = changes_between([removed, stays], [stays, added], LADDER)
    assert [(change.label, change.before is None, change.after is None) for change in changes.rows] == [
        ("PHP", True, False),
        ("Ruby", False, True),
    ]
    assert [change.repository for change in changes.rows] == ["org/php", "org/ruby"]
    assert headline(changes) == "PHP added; Ruby removed"
    assert not changes.counts_only
    renamed = change(row("Go"), row("Golang", "org/go"))
    assert headline(Changes((renamed,))) == "Go renamed to Golang"
    assert (renamed.former_label, renamed.counts_only) == ("Go", False)
    moved = change(row("Go"), row("Go", "next/go"))
    assert headline(Changes((moved,))) == "Go moved to next/go"
    assert (moved.former_repository, moved.counts_only) == ("org/go", False)


def test_a_first_output_without_a_tag_is_no_lost_release() -> None:
    values = {key: value for key, value in STANDING.items() if key != "releaseTag"}
    before = OutputRow("Go", "org/go", values)
    assert told([before], [row("Go", releaseTag="")]) == "Update release notes of Go"


def test_rows_are_told_apart_by_repository_and_component_and_then_by_label() -> None:
    before = [
        row("Core", "org/mono", "core"),
        row("Api", "org/mono", "api"),
        row("Go"),
        row("Old", "org/old"),
    ]
    after = [
        row("Api", "ORG/mono", "API", msLabel="beta"),
        row("Core", "org/mono", "core"),
        row("Old", "org/new"),
        row("Golang", "org/go", "sdk"),
    ]
    assert told(before, after) == "Api reaches beta; Old moved to org/new; Go renamed to Golang"


def test_of_rows_for_one_repository_none_is_taken_for_another() -> None:
    before = [row("A", "org/mono", "a")]
    after = [row("B", "org/mono", "b"), row("C", "org/mono", "c")]
    assert told(before, after) == "B added; C added; A removed"


def test_the_same_repository_in_another_case_is_no_change() -> None:
    assert changes_between([row("Go", "Org/Go")], [row("Go", "org/go")], LADDER) == Changes(())


def test_the_weightiest_comes_first_and_counts_go_along_in_silence() -> None:
    before = [row("Counting"), row("Noted"), row("Go"), row("Java"), row("Python")]
    after = [
        row("Counting", openIssues=1),
        row("Noted", releaseDescription="* more"),
        row("Go", releaseTag="v0.2.0"),
        row("Java", msLabel="beta", releaseTag="v0.4.0"),
        row("Python", msLabel="v0.1"),
        row("PHP"),
    ]
    changes = changes_between(before, after, LADDER)
    assert [change.label for change in changes.rows] == ["Counting", "Noted", "Go", "Java", "Python", "PHP"]
    assert headline(changes, 1000) == (
        "Java reaches beta; Python back to v0.1; Go 0.2.0 released; Java 0.4.0 released; PHP added; "
        "release notes of Noted"
    )
    assert headline(changes) == "Java reaches beta; Python back to v0.1; Go 0.2.0 released and 3 more"
    assert not changes.counts_only


@pytest.mark.parametrize(("names", "words"), [("A", "A"), ("AB", "A and B"), ("ABC", "3 SIGs")])
def test_many_rows_with_a_small_change_are_counted(names: str, words: str) -> None:
    before = [row(name) for name in names]
    counted = changes_between(before, [row(name, openIssues=1) for name in names], LADDER)
    assert headline(counted) == f"Update issue counts of {words}"
    assert counted.counts_only
    assert told(before, [row(name, releaseName="x") for name in names]) == f"Update release notes of {words}"


def test_a_line_that_is_too_long_ends_with_how_many_more_there_are() -> None:
    before = [row("A long name"), row("Another long name")]
    after = [row("A long name", msLabel="beta"), row("Another long name", msLabel="beta")]
    changes = changes_between(before, after, LADDER)
    assert headline(changes) == headline(changes, 72)
    assert headline(changes, 72) == "A long name reaches beta; Another long name reaches beta"
    assert headline(changes, 56) == "A long name reaches beta; Another long name reaches beta"
    assert headline(changes, 55) == "A long name reaches beta and 1 more"
    assert headline(changes, 35) == "A long name reaches beta and 1 more"
    assert headline(changes, 34) == "A long name reaches be… and 1 more"
    assert headline(changes, 24) == "A long name… and 1 more"
    assert headline(changes, 5) == "… and"
    assert headline(Changes(changes.rows[:1]), 10) == "A long na…"
    long = [row("A" * 59)], [row("A" * 59, msLabel="v1.0")]
    assert told(*long) == f"{'A' * 59} reaches v1.0"
    longer = [row("A" * 60)], [row("A" * 60, msLabel="v1.0")]
    assert told(*longer) == f"{'A' * 60} reaches v1…"


def test_a_label_takes_one_line() -> None:
    assert told([], [row(" Two\n lines ", "org/go")]) == "Two lines added"
    assert told([row("Go")], [row("Go", msLabel="two\nlines")]) == "Go reaches two lines"
    assert told([row("Two\nlines", "org/go")], [row("One", "org/go")]) == "Two lines renamed to One"


ANY_VALUE = st.one_of(
    st.text(max_size=9), st.integers(), st.booleans(), st.sampled_from(["v0.1", "v1.0", "x/v2.0"])
)
ROWS = st.lists(
    st.builds(
        OutputRow,
        st.text(max_size=30),
        st.sampled_from(["a/a", "A/a", "b/b", "c/c"]),
        st.dictionaries(
            st.sampled_from([*STANDING, "prerelease"]),
            st.one_of(
                st.text(max_size=9), st.integers(), st.booleans(), st.sampled_from(["v0.1", "v1.0", "x/v2.0"])
            ),
        ),
        component=st.sampled_from([None, "", "core", "Core"]),
    ),
    max_size=6,
)


@given(ROWS, ROWS, st.integers(0, 100))
def test_any_two_outputs_have_a_headline_that_fits(
    before: list[OutputRow], after: list[OutputRow], limit: int
) -> None:
    changes = changes_between(before, after, LADDER)
    line = headline(changes, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert bool(headline(changes)) == bool(changes.rows)
    added = sum(change.before is None for change in changes.rows)
    removed = sum(change.after is None for change in changes.rows)
    assert len(before) - removed == len(after) - added
    assert changes_between(after, after, LADDER) == Changes(())


class TestSubstance:
    ROWS = (row("Go"), row("PHP", component="core"))

    def test_counts_and_the_order_of_rows_do_not_matter(self) -> None:
        counted = [
            row("PHP", component="core", openIssues=9, closedIssues=9, totalIssues=18, percent=50),
            row("Go"),
        ]
        assert substance(counted) == substance(self.ROWS)
        assert len(substance(self.ROWS)) == 64

    @pytest.mark.parametrize(
        "other",
        [
            [],
            [row("Go")],
            [row("Go"), row("PHP")],
            [row("Go"), row("PHP", component="core", msLabel="beta")],
            [row("Go"), row("PHP", component="core", releaseTag="v2")],
            [row("Go"), row("PHP", component="core", releaseDescription="")],
            [row("Go"), row("PHP", "org/another", component="core")],
            [row("Go"), row("Pear", "org/php", component="core")],
            [row("Go"), row("Go"), row("PHP", component="core")],
        ],
    )
    def test_anything_else_does(self, other: list[OutputRow]) -> None:
        assert substance(other) != substance(self.ROWS)

    def test_the_order_of_the_keys_does_not(self) -> None:
        one, other = {"msLabel": "v0.1", "releaseTag": "v1"}, {"releaseTag": "v1", "msLabel": "v0.1"}
        assert substance([OutputRow("Go", "org/go", one)]) == substance([OutputRow("Go", "org/go", other)])

    def test_it_is_the_same_from_one_version_to_the_next(self) -> None:
        assert substance([OutputRow("Go", "org/go", {"msLabel": "v0.1", "percent": 7})]) == digest(
            '["Go", "org/go", null, {"msLabel": "v0.1"}]'
        )
        assert substance([OutputRow("PHP", "org/php", {}), OutputRow("Go", "org/go", {})]) == digest(
            '["Go", "org/go", null, {}]\n["PHP", "org/php", null, {}]'
        )


def test_a_digest_is_sha_256_of_the_text() -> None:
    assert digest("é\n") == hashlib.sha256("é\n".encode()).hexdigest()
    assert digest("\ud800") != digest("\ud801")
