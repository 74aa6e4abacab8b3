"""What the bot decides, for every way a site can stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import Action, ClosePull, LeaveAlone, Nothing, OpenPull, ReportFault, UpdatePull
from bot.github.model import Pull, Report, Tip
from bot.marker import Marker
from bot.plan import COUNTS_EVERY, Asked, Desired, Present, plan
from bot.status.faults import Fault

NOON = datetime(2020, 4, 1, 12, tzinfo=UTC)
OURS = Tip("status-bot/main", "c1", "t1", "1+status-bot[bot]@users.noreply.github.com", NOON)
PULL = Pull(
    number=7,
    node_id="PR_7",
    url="https://github.com/o/site/pull/7",
    title="title",
    body="body",
    open=True,
    merged=False,
    draft=False,
    conflicting=False,
    head_sha="c1",
)
MARKER = Marker(digest="d", commit="c1", remarks="r")
FAULT = Fault("data/progress_source.yaml", 12, "no repository in the URL")
REPORT = Report(number=3, url="https://github.com/o/site/issues/3", open=True, body="body")

BEFORE = Present(base_output="old")
STANDING = Present(base_output="old", branch=OURS, branch_output="new", pull=PULL, marker=MARKER)
WANTED = Desired(text="new", substance="s", remarks="r")


def decide(
    present: Present, desired: Desired = WANTED, counts: str = "daily", now: datetime = NOON
) -> Action:
    return plan(present, desired, now=now, counts_every=COUNTS_EVERY[counts])


def test_a_page_that_is_right_needs_nothing() -> None:
    assert decide(Present(base_output="new")) == Nothing()


def test_a_change_is_proposed() -> None:
    assert decide(BEFORE) == OpenPull(commit=True)


def test_a_page_that_has_no_output_yet_is_proposed() -> None:
    assert decide(Present(base_output=None)) == OpenPull(commit=True)


def test_a_commit_that_was_made_before_a_crash_is_not_made_again() -> None:
    assert decide(replace(BEFORE, branch=OURS, branch_output="new")) == OpenPull(commit=False)


def test_a_proposal_that_says_it_all_needs_nothing() -> None:
    assert decide(STANDING) == Nothing()


def test_a_proposal_that_is_behind_is_brought_up_to_date() -> None:
    assert decide(replace(STANDING, branch_output="older")) == UpdatePull(PULL, commit=True)


def test_a_proposal_whose_remarks_changed_gets_new_words_and_no_commit() -> None:
    assert decide(STANDING, replace(WANTED, remarks="others")) == UpdatePull(PULL, commit=False)


def test_a_proposal_whose_words_were_left_behind_by_a_crash_gets_them() -> None:
    stale = replace(MARKER, commit="c0")
    assert decide(replace(STANDING, marker=stale)) == UpdatePull(PULL, commit=False)


def test_a_proposal_that_lost_its_marker_gets_it_back() -> None:
    assert decide(replace(STANDING, marker=None)) == UpdatePull(PULL, commit=False)


def test_a_conflicting_proposal_is_mended_by_a_commit() -> None:
    conflicting = replace(PULL, conflicting=True)
    assert decide(replace(STANDING, pull=conflicting)) == UpdatePull(conflicting, commit=True)


def test_a_proposal_with_nothing_left_is_closed() -> None:
    assert decide(replace(STANDING, base_output="new")) == ClosePull(PULL)


def test_a_persons_push_keeps_the_bot_off_and_is_mentioned() -> None:
    action = decide(replace(STANDING, ours=False, branch_output="theirs"))
    assert action == LeaveAlone("a person pushed to the proposal's branch", person_on=PULL)


def test_not_even_a_finished_proposal_is_closed_over_a_persons_push() -> None:
    assert isinstance(decide(replace(STANDING, ours=False, base_output="new")), LeaveAlone)


def test_a_left_over_branch_with_a_persons_commits_is_left_alone() -> None:
    closed = replace(PULL, open=False, head_sha="c0")
    present = replace(BEFORE, branch=OURS, branch_output="theirs", ours=False, last_pull=closed)
    action = decide(present)
    assert isinstance(action, LeaveAlone)
    assert action.person_on == closed


def test_a_branch_left_over_from_a_merge_is_begun_afresh_whoever_pushed_last() -> None:
    merged = replace(PULL, open=False, merged=True)
    present = replace(BEFORE, branch=OURS, branch_output="new", ours=False, last_pull=merged)
    assert decide(present) == OpenPull(commit=True, afresh=True)


def test_a_branch_that_went_on_after_its_merge_is_not_begun_afresh() -> None:
    merged = replace(PULL, open=False, merged=True, head_sha="c0")
    present = replace(BEFORE, branch=OURS, branch_output="older", last_pull=merged)
    assert decide(present) == OpenPull(commit=True)


def test_an_archived_site_is_left_alone() -> None:
    assert isinstance(decide(replace(BEFORE, archived=True)), LeaveAlone)


class TestDeclined:
    declined = replace(BEFORE, last_pull=replace(PULL, open=False), declined="s")

    def test_a_persons_no_is_respected(self) -> None:
        assert isinstance(decide(self.declined), LeaveAlone)

    def test_a_release_or_a_column_reopens_the_question(self) -> None:
        assert decide(self.declined, replace(WANTED, substance="other")) == OpenPull(commit=True)


class TestCounts:
    only_counts = replace(WANTED, only_counts_since_base=True, only_counts_since_branch=True)

    @pytest.mark.parametrize(
        ("counts", "since", "held_for"),
        [
            ("immediately", timedelta(0), None),
            ("hourly", timedelta(minutes=59), timedelta(minutes=1)),
            ("hourly", timedelta(hours=1), None),
            ("daily", timedelta(hours=1), timedelta(hours=23)),
            ("daily", timedelta(hours=24), None),
            ("weekly", timedelta(days=6), timedelta(days=1)),
            ("weekly", timedelta(days=7), None),
        ],
    )
    def test_counts_alone_wait_for_their_time(
        self, counts: str, since: timedelta, held_for: timedelta | None
    ) -> None:
        present = replace(BEFORE, counts_since=NOON - since)
        action = decide(present, self.only_counts, counts)
        if held_for is None:
            assert action == OpenPull(commit=True)
        else:
            assert action == LeaveAlone("nothing but issue counts changed", until=NOON + held_for)

    def test_counts_that_were_never_proposed_go_out(self) -> None:
        assert decide(BEFORE, self.only_counts) == OpenPull(commit=True)

    def test_counts_wait_on_an_open_proposal_too(self) -> None:
        present = replace(STANDING, branch_output="older", counts_since=NOON)
        assert isinstance(decide(present, self.only_counts), LeaveAlone)

    def test_a_release_takes_the_counts_along_at_once(self) -> None:
        present = replace(STANDING, branch_output="older", counts_since=NOON)
        assert decide(present) == UpdatePull(PULL, commit=True)

    def test_new_remarks_take_the_counts_along(self) -> None:
        present = replace(STANDING, branch_output="older", counts_since=NOON)
        assert decide(present, replace(self.only_counts, remarks="others")) == UpdatePull(PULL, commit=True)

    def test_a_conflict_is_mended_at_once(self) -> None:
        conflicting = replace(PULL, conflicting=True)
        present = replace(STANDING, branch_output="older", counts_since=NOON, pull=conflicting)
        assert decide(present, self.only_counts) == UpdatePull(conflicting, commit=True)


class TestAsked:
    """What a person asked for by a command."""

    both = pytest.mark.parametrize("asked", [Asked.REFRESH, Asked.RECREATE])
    theirs = replace(STANDING, ours=False)

    @both
    def test_what_was_declined_is_proposed_again(self, asked: Asked) -> None:
        assert decide(replace(TestDeclined.declined, asked=asked)) == OpenPull(commit=True)

    @both
    def test_counts_do_not_wait_for_their_time(self, asked: Asked) -> None:
        counted = replace(BEFORE, counts_since=NOON, asked=asked)
        assert decide(counted, TestCounts.only_counts) == OpenPull(commit=True)
        standing = replace(STANDING, branch_output="older", counts_since=NOON, asked=asked)
        assert decide(standing, TestCounts.only_counts) == UpdatePull(PULL, commit=True)

    @both
    def test_what_is_right_as_it_stands_is_left_so(self, asked: Asked) -> None:
        assert decide(replace(STANDING, asked=asked)) == Nothing()
        assert decide(Present(base_output="new", asked=asked)) == Nothing()

    def test_a_persons_work_is_not_touched_by_a_refresh(self) -> None:
        refreshed = replace(self.theirs, asked=Asked.REFRESH)
        assert decide(refreshed) == LeaveAlone("a person pushed to the proposal's branch", person_on=PULL)

    def test_a_recreated_branch_gets_a_commit_on_top_even_where_it_says_the_right_thing(self) -> None:
        recreated = replace(self.theirs, asked=Asked.RECREATE)
        assert decide(recreated) == UpdatePull(PULL, commit=True)

    def test_a_recreated_branch_without_a_proposal_gets_both(self) -> None:
        closed = replace(PULL, open=False, head_sha="c0")
        left_over = replace(self.theirs, pull=None, last_pull=closed, asked=Asked.RECREATE)
        assert decide(left_over) == OpenPull(commit=True)

    def test_no_branch_with_a_persons_commits_is_deleted_even_then(self) -> None:
        nothing_left = replace(self.theirs, base_output="new", asked=Asked.RECREATE)
        action = decide(nothing_left)
        assert isinstance(action, LeaveAlone)
        assert action.person_on is None

    def test_an_archived_site_stays_alone(self) -> None:
        assert isinstance(decide(replace(BEFORE, archived=True, asked=Asked.RECREATE)), LeaveAlone)


class TestFaults:
    broken = Desired(text=None, faults=(FAULT,), faults_digest="f")
    faulty = replace(WANTED, faults=(FAULT,), faults_digest="f")

    def test_a_broken_file_is_reported(self) -> None:
        assert decide(BEFORE, self.broken) == ReportFault((FAULT,))

    def test_a_broken_file_is_reported_once(self) -> None:
        assert isinstance(decide(replace(BEFORE, reported=frozenset({"f"})), self.broken), LeaveAlone)

    def test_another_fault_edits_the_report_that_stands(self) -> None:
        present = replace(BEFORE, report=REPORT, reported=frozenset({"e"}))
        assert decide(present, self.broken) == ReportFault((FAULT,), REPORT)

    def test_faulty_rows_are_told_by_the_proposal_where_there_is_one_to_make(self) -> None:
        assert decide(BEFORE, self.faulty) == OpenPull(commit=True)

    def test_faulty_rows_are_reported_where_there_is_nothing_to_propose(self) -> None:
        assert decide(replace(BEFORE, base_output="new"), self.faulty) == ReportFault((FAULT,))

    def test_faulty_rows_are_not_reported_beside_a_proposal_that_tells_them(self) -> None:
        assert decide(STANDING, self.faulty) == Nothing()

    def test_faulty_rows_are_reported_where_a_person_keeps_the_bot_off_its_proposal(self) -> None:
        kept_off = replace(STANDING, ours=False, marker=replace(MARKER, remarks="before"))
        assert decide(kept_off, self.faulty) == ReportFault((FAULT,))

    def test_a_report_is_closed_when_its_faults_are_mended(self) -> None:
        assert decide(replace(BEFORE, report=REPORT)) == ReportFault((), REPORT)
        assert decide(replace(BEFORE, report=REPORT, base_output="new")) == ReportFault((), REPORT)
