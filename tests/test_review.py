"""Each kind of change is worded for its reviewer, in the table and in the commit message."""

from __future__ import annotations

from collections.abc import Mapping

from bot.status.changes import Changes, RowChange
from bot.status.datafile import Value
from tests.proposals import NOTHING, described, table_rows
from tests.spring_2020 import counts_only


def test_a_row_taken_out_is_shown_as_gone() -> None:
    values: Mapping[str, Value] = {"msLabel": "beta", "percent": 10, "releaseTag": "v1.0"}
    page, _, _ = counts_only()
    text = described(page, Changes((RowChange("Rust", "o/rust", values, None),)))
    assert table_rows(text.body) == [
        ["Rust", "beta, 10%", NOTHING, "data/progress_source.yaml no longer has this row"]
    ]
    assert "1 row less" in text.body
    assert (
        "- Rust: no column (was beta). `data/progress_source.yaml` no longer has\n  this row"
        in text.commit_message
    )


def test_a_row_under_another_name_or_repository_is_shown_as_such() -> None:
    values: Mapping[str, Value] = {"msLabel": "beta", "percent": 10}
    row = RowChange("C++", "o/cpp", values, values, former_label="Cpp", former_repository="o/cxx")
    page, _, _ = counts_only()
    assert table_rows(described(page, Changes((row,))).body) == [
        ["C++", "name Cpp", "name C++", "data/progress_source.yaml says so"],
        ["C++", "repository o/cxx", "repository o/cpp", "data/progress_source.yaml says so"],
    ]


def test_edited_release_notes_are_shown_as_such() -> None:
    before: Mapping[str, Value] = {
        "msLabel": "beta",
        "percent": 2,
        "releaseTag": "v0.4a1",
        "releaseDescription": "old",
    }
    page, _, _ = counts_only()
    row = RowChange(
        "Python", "open-telemetry/opentelemetry-python", before, {**before, "releaseDescription": "new"}
    )
    text = described(page, Changes((row,)))
    (only,) = table_rows(text.body)
    assert only[1:] == [
        "details of v0.4a1",
        "details of v0.4a1",
        "its title, notes, date or links were edited",
    ]
    assert "- Python: details of v0.4a1. its title, notes" in text.commit_message


def test_a_release_that_is_gone_is_a_step_back() -> None:
    before: Mapping[str, Value] = {"msLabel": "beta", "percent": 2, "releaseTag": "v1"}
    page, _, _ = counts_only()
    row = RowChange("Go", "o/go", before, {**before, "releaseTag": ""}, step_back=True, release_back=True)
    text = described(page, Changes((row,)))
    assert table_rows(text.body) == [
        ["Go", "release v1", f"⚠️ step back: {NOTHING}", "the row is kept as its file has it"]
    ]
    assert "- Go: no release (was v1), a step back." in text.commit_message


def test_a_finished_ladder_is_called_complete() -> None:
    before: Mapping[str, Value] = {"msLabel": "v1.0", "percent": 99}
    page, _, _ = counts_only()
    text = described(page, Changes((RowChange("Go", "o/go", before, {**before, "percent": 100}),)))
    assert [row[1:3] for row in table_rows(text.body)] == [["v1.0, 99%", "v1.0, complete"]]


def test_edits_that_touch_no_row_have_a_title_too() -> None:
    page, _, _ = counts_only()
    text = described(page)
    assert text.title == text.commit_message == "Follow data/progress_source.yaml"
    assert "nothing but small print" in text.body
