"""How far a SIG is and what it released last: the rules as tables, and the faults on record."""

from __future__ import annotations

import itertools
import time
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.status.facts import Milestone, Release, RepositoryFacts
from bot.status.ladder import Column, Sig, column_of
from bot.status.progress import RULES, SigStatus, components_of, latest_release, status_of

LADDER = tuple(map(Column, ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")))
PYTHON = Sig("Python", "open-telemetry/opentelemetry-python")


def closed(title: str, issues: int = 10, **more: Any) -> Milestone:  # noqa: ANN401 - any field of it
    return Milestone(title=title, state="closed", **{"open": 0, "closed": issues, **more})


def opened(title: str, left: int = 3, **more: Any) -> Milestone:  # noqa: ANN401 - any field of it
    return Milestone(title=title, state="open", **{"open": left, "closed": 20 - left, **more})


def released(*tags: str, **more: Any) -> tuple[Release, ...]:  # noqa: ANN401 - any field of it
    return tuple(Release(tag=tag, **more) for tag in tags)


def status(*facts: Milestone | Release, sig: Sig = PYTHON, columns: tuple[Column, ...] = LADDER) -> SigStatus:
    milestones = tuple(each for each in facts if isinstance(each, Milestone))
    releases = tuple(each for each in facts if isinstance(each, Release))
    return status_of(sig, columns, RepositoryFacts(milestones=milestones, releases=releases))


def column(title: str, sig: Sig = PYTHON, columns: tuple[Column, ...] = LADDER, **more: str) -> str | None:
    named = column_of(title, sig, columns, **more)
    return None if named is None else named.label


def place(found: SigStatus) -> int:
    return [each.label for each in LADDER].index(found.column) + found.complete


def latest(*releases: Release, **row: Any) -> tuple[str | None, str]:  # noqa: ANN401 - any field of a row
    release, reason = latest_release(Sig("x", "a/b", **row), releases)
    return (None if release is None else release.tag), reason.rule


# Which column a milestone names


@pytest.mark.parametrize(
    ("title", "named"),
    [
        # versions
        ("v0.1", "v0.1"),
        ("v0.4", "v0.4"),
        ("V0.4", "v0.4"),
        ("v1.0", "v1.0"),
        ("0.4.0", "v0.4"),
        ("1.0.0", "v1.0"),
        ("1.0.3", "v1.0"),
        ("Release 0.4.1", "v0.4"),
        ("Version 0.4 (GA)", "v0.4"),
        ("0.4.x", "v0.4"),
        ("v0.4.", "v0.4"),
        ("C++ 0.4", "v0.4"),
        ("v0.10.0", None),
        ("1.10.0", None),
        ("v0.159.0", None),
        ("v1.38.0", None),
        ("0.40", None),
        ("10.4", None),
        ("SDK 3.0", None),
        ("k8s v1.2", None),
        # no versions
        ("2019", None),
        ("v1", None),
        ("v1.x", None),
        ("Q3 2020", None),
        ("2024-05-01", None),
        ("API revision 07-2019", None),
        ("0.1% overhead", None),
        ("1.0+", None),
        ("API Proposal", None),
        ("Future", None),
        ("next release", None),
        ("", None),
        # stage words alone
        ("beta", "beta"),
        ("BETA", "beta"),
        ("rc", "rc"),
        ("RC1", "rc"),
        ("Beta 2", "beta"),
        ("Core Beta (Oct 18 target)", "beta"),
        ("Resource detection", None),
        ("Resource", None),
        ("March", None),
        ("betas", None),
        ("Post-beta", None),
        ("Post beta", None),
        ("beta\u0301", None),
        ("Release candidate", "rc"),
        ("Release candidates", None),
        ("alpha", None),
        ("GA", None),
        # stage words beside a version
        ("v1.0 RC 2", "rc"),
        ("1.0.0-rc.1", "rc"),
        ("1.0.0rc1", "rc"),
        ("1.0 Release Candidate", "rc"),
        ("1.0.0.CR1", "rc"),
        ("1.0.0 Beta Ready", "beta"),
        ("Beta release 0.9", "beta"),
        ("1.1.0-beta1", None),
        ("Alpha v0.3 (Beta)", "v0.3"),
        ("Release v0.32.0 -- Revised Metric SDK (Alpha)", None),
        ("1.0.0-rcv0012", "rc"),
        ("1.0 c1", "v1.0"),
        ("1.0c1", "rc"),
        ("0.5b0", "beta"),
        ("SDK 1.0 beta", "beta"),
        ("0.5 beta", "beta"),
        ("0.4.1-beta.1", "beta"),
        ("0.4-rc", "v0.4"),
        ("0.4.0-beta", "v0.4"),
        ("0.2.0-beta.1", "v0.2"),
        ("Beta 0.2", "v0.2"),
        ("1.0.1-rc.1", "v1.0"),
        ("v1.17.0-rc.1", None),
        ("v0.5-alpha", None),
        ("Alpha v0.2", "v0.2"),
        ("0.2a0", "v0.2"),
        ("v1.0.0-alpha.1+build5", "v1.0"),
        ("1.0.0-preview.1", "v1.0"),
        ("v1.0-blockers", "v1.0"),
        # two columns are none
        ("v0.3 and v0.4", None),
        ("v0.3/v0.4", None),
        ("v0.3-v0.4", None),
        ("0.4.0, 1.0.0-rc.1", None),
        ("1.0.0-rc.1 / 1.0.0", None),
        ("v1.0.0-RC1/v0.21.0", "rc"),
        ("v1.0.0-RC1/v0.4.0", None),
        ("beta, then rc", None),
        ("0.5 beta or rc", None),
        ("v0.4.0 - 0.4.5", "v0.4"),
        ("Jackson 2.15.0 for v0.4", "v0.4"),
        # what comes before or after a column
        ("Post 1.0", None),
        ("post-1.0", None),
        ("Pre v1.0", None),
        ("Post 1.0 (v0.4)", "v0.4"),
        # other components
        ("Instrumentation-1.0.0", None),
        ("Instrumentation.Http-1.0.0", None),
        ("exporter/v0.3.0", None),
        ("jackson-core-2.15.0", None),
        ("core-1.0.0-rc.1", None),
        ("Beta (exporter/v0.3.0)", None),
        ("v0.4 with exporter/v0.3.0", "v0.4"),
        ("v1.0 with core-0.5-beta", "v1.0"),
        ("go.opentelemetry.io/collector/pdata 1.0", None),
        ("@opentelemetry/api 1.0", None),
        ("v0.4 for go.opentelemetry.io/otel", "v0.4"),
        ("API/SDK 1.0", "v1.0"),
        ("release/1.2.3", None),
        ("Release-0.4.0", "v0.4"),
        ("release/v0.4", "v0.4"),
        ("Milestone-0.3", "v0.3"),
        ("Beta-0.5.0", "beta"),
        ("alpha-0.2", "v0.2"),
        ("GA-1.0", "v1.0"),
        ("Stable-1.0.0", "v1.0"),
        ("final/v1.0", "v1.0"),
        ("Preview-0.4", "v0.4"),
    ],
)
def test_a_title_names_a_column(title: str, named: str | None) -> None:
    assert column(title) == named


@pytest.mark.parametrize(
    ("title", "component", "named"),
    [
        ("Instrumentation-1.0.0", "Instrumentation", "v1.0"),
        ("instrumentation-1.0.0-rc.1", "Instrumentation", "rc"),
        ("exporter/v0.3.0", "exporter", "v0.3"),
        ("exporter/v0.3.0", "core", None),
        ("exporter/v0.3.0, core-0.4.0", "core", "v0.4"),
        ("0.4.0", "core", "v0.4"),
        ("core 0.4.0", "core", "v0.4"),
        ("CORE_v0.4.0", "core", "v0.4"),
        ("core-0.4.0", "Core", "v0.4"),
        ("Instrumentation.Http-1.0.0", "Instrumentation", None),
        ("go.opentelemetry.io/collector/pdata 1.0", "pdata", "v1.0"),
        ("go.opentelemetry.io/collector/pdata 1.0", "collector/pdata", "v1.0"),
        ("go.opentelemetry.io/collector/pdata 1.0", "go.opentelemetry.io/collector/pdata", "v1.0"),
        ("go.opentelemetry.io/collector/xpdata 1.0", "pdata", None),
        ("go.opentelemetry.io/collector/pdata 1.0", "", None),
        ("exporter/otlp/v1.0", "otlp", None),
        ("@opentelemetry/api 1.0", "@opentelemetry/api", "v1.0"),
    ],
)
def test_a_component_has_its_own_titles(title: str, component: str, named: str | None) -> None:
    row = Sig("x", "a/b", component=component)
    assert column(title, row) == named
    assert column(title, component=component) == named


def test_a_row_names_its_component_before_anybody_else() -> None:
    row = Sig("x", "a/b", component="core")
    assert column("core-0.4.0", row, component="exporter") == "v0.4"
    assert column("exporter/v0.4.0", row, component="exporter") is None


@pytest.mark.parametrize(
    ("labels", "title", "named"),
    [
        (("v0.9", "v1.0", "GA"), "1.1 GA", "GA"),
        (("v0.9", "v1.0", "GA"), "1.0 GA", "v1.0"),
        (("preview", "v1.0"), "0.1 preview", "preview"),
        (("preview", "v1.0"), "1.1 preview", None),
        (("v0.9", "feature complete", "v1.0"), "Feature-complete by May", "feature complete"),
        (("v0.9", "feature complete", "v1.0"), "complete feature", None),
        (("v0.9", "M1", "M10"), "M10", "M10"),
        (("v0.9", "M1", "M10"), "M1: tracing", "M1"),
        (("v0.9", "v1.0-beta", "v1.0"), "v1.0-beta: the rest", "v1.0-beta"),
        (("v1", "v2"), "v2", "v2"),
        (("v1", "v2"), "v2.1", None),
        (("v1.0", "v1.0.1"), "1.0.1-rc.1", "v1.0.1"),
        (("v1.0", "v1.0.1"), "1.0.2", "v1.0"),
        (("v1.0.0", "v1.1.0"), "1.1", "v1.1.0"),
        (("v0.1.0", "v0.2.0"), "0.1.0", "v0.1.0"),
        (("v0.1.0", "v0.2.0", "beta", "v1.0.0"), "0.3 beta", "beta"),
        (("v0.4", "0.4"), "0.4.0", None),
        (("v0.4", "0.4"), "0.4", "0.4"),
        ((" v0.4 ", "beta"), "0.4.1", " v0.4 "),
        (("start", "\U0001f680"), "\U0001f680", "\U0001f680"),
        (("start", "\U0001f680"), "go \U0001f680", None),
        (("Größe", "rc"), "die GRÖSSE", "Größe"),
        (("Straße", "rc"), "STRASSE 1", "Straße"),
        (("v1.0", "feature-beta"), "feature-beta-1.2", "feature-beta"),
        (("beta", "Release Candidate", "GA"), "RC 1", "Release Candidate"),
        (("beta", "Release Candidate", "GA"), "1.0 release-candidate", "Release Candidate"),
        (("beta", "rc", "GA"), "General availability", "GA"),
        (("beta", "rc", "GA"), "Post-GA", None),
        (("beta", "GA", "Post GA"), "after post-GA", "Post GA"),
        (("alpha", "beta", "v1.0", "v2.0"), "Alpha v0.5", "alpha"),
        (("alpha", "beta", "v1.0", "v2.0"), "2.0.0-beta.1", "v2.0"),
        (("v1.0", "v2.0", "beta"), "2.0 beta", "v2.0"),
        (("v1.0", "v2.0", "beta"), "2.1 beta", "beta"),
    ],
)
def test_any_ladder_will_do(labels: tuple[str, ...], title: str, named: str | None) -> None:
    assert column(title, columns=tuple(map(Column, labels))) == named


def test_whole_titles_win_over_versions_and_words() -> None:
    row = Sig("x", "a/b", match={"Beta": ("Milestone 5", "v0.1")})
    ladder = (Column("v0.1"), Column("v0.2", match=("Tracing done", "Milestone 5")), Column("beta"))
    assert column("  milestone\t5 ", row, ladder) == "beta"
    assert column("v0.1", row, ladder) == "beta"
    assert column("Milestone 5", PYTHON, ladder) == "v0.2"
    assert column("tracing DONE", row, ladder) == "v0.2"
    assert column("Tracing done v0.1", row, ladder) == "v0.1"
    assert column("Milestone 50", row, ladder) is None


def test_a_whole_title_listed_for_two_columns_names_neither() -> None:
    ladder = (Column("v0.1", match=("Fall",)), Column("v0.2", match=("fall",)))
    assert column("Fall", columns=ladder) is None


def test_the_longest_title_is_read_in_time() -> None:
    started = time.process_time()
    for unit in ("0.1 ", "beta 0.5 ", "beta ", "0.1/"):
        column(unit * (100_000 // len(unit)))
    assert time.process_time() - started < 5


# How far a SIG is


@pytest.mark.parametrize(
    ("facts", "at", "complete"),
    [
        ((), "v0.1", False),
        ((opened("v0.1"),), "v0.1", False),
        ((closed("v0.1"),), "v0.2", False),
        ((closed("v0.1"), opened("v0.2")), "v0.2", False),
        ((closed("v0.2"), opened("v0.1")), "v0.3", False),
        ((closed("v0.4"),), "beta", False),
        ((closed("0.4.0"), opened("0.4.1")), "v0.1", False),
        ((closed("0.4.0"), closed("0.4.1")), "beta", False),
        ((closed("v1.0"),), "v1.0", True),
        ((closed("v0.10.0"),), "v0.1", False),
        ((closed("Resource"), closed("March")), "v0.1", False),
        ((opened("v0.3"), *released("v0.3.0")), "v0.4", False),
        ((opened("v1.0"), *released("v1.0.0")), "v1.0", True),
        ((closed("beta"), *released("v0.3.0")), "rc", False),
    ],
)
def test_a_sig_stands_on_the_first_column_after_the_last_that_is_done(
    facts: tuple[Milestone | Release, ...], at: str, *, complete: bool
) -> None:
    found = status(*facts)
    assert (found.column, found.complete) == (at, complete)


@pytest.mark.parametrize(
    ("tag", "at", "complete"),
    [
        ("v0.1.0", "v0.2", False),
        ("0.0.9", "v0.1", False),
        ("v0.3", "v0.4", False),
        ("v0.3.7", "v0.4", False),
        ("v0.4.0", "beta", False),
        ("v0.159.0", "beta", False),
        ("v1.0.0", "v1.0", True),
        ("v1.44.0", "v1.0", True),
        ("1.0.0.post1", "v1.0", True),
        ("1.0.0.SP1", "v1.0", True),
        ("1.0.0.CR1", "rc", False),
        ("1.0rc9.post1", "rc", False),
        ("v0.1.0-alpha", "v0.1", False),
        ("v0.4a0", "v0.4", False),
        ("0.4.1-alpha", "beta", False),
        ("0.2.0-beta.1", "v0.2", False),
        ("0.5b0", "beta", False),
        ("0.5rc1", "rc", False),
        ("1.0.0-beta.3", "beta", False),
        ("1.0.0-rc.1", "rc", False),
        ("1.0.0-rc9.14", "rc", False),
        ("v1.0.0-rcv0012", "rc", False),
        ("1.0.0-preview.1", "beta", False),
        ("1.0.1-rc.1", "v1.0", True),
        ("1.17.0-rc.1", "v1.0", True),
        ("v1.0.0-nightly.20240501", "v0.1", False),
        ("v1.0.0.dev0", "v0.1", False),
        ("v1", "v0.1", False),
        ("stable", "v0.1", False),
    ],
)
def test_a_release_proves_columns(tag: str, at: str, *, complete: bool) -> None:
    found = status(*released(tag))
    assert (found.column, found.complete) == (at, complete)


def test_a_stage_after_the_last_version_is_proven_by_no_final_release() -> None:
    ladder = (Column("v1.0"), Column("GA"))
    assert status(*released("v1.5.0"), columns=ladder).column == "GA"
    assert not status(*released("v1.5.0-ga.1"), columns=ladder).complete


def test_a_release_flagged_as_a_pre_release_proves_no_more_than_one() -> None:
    flagged = released("v0.4.0", prerelease=True)
    assert status(*flagged, *released("v0.1.0")).column == "v0.4"
    assert status(*flagged).column == "beta"


def test_drafts_prove_nothing() -> None:
    assert status(*released("v1.0.0", draft=True)).column == "v0.1"


def test_only_the_rows_component_proves_anything() -> None:
    releases = released("core-0.3.0", "exporter-1.0.0")
    assert status(*releases, sig=Sig("x", "a/b", component="core")).column == "v0.4"
    assert status(*releases, sig=Sig("x", "a/b", component="Exporter")).complete
    assert status(*releases).column == "v0.1"
    assert status(*releases, *released("v0.1.0")).column == "v0.2"


def test_the_component_of_the_marked_release_has_its_titles_read() -> None:
    releases = (*released("core-0.3.0", latest=True), *released("exporter-1.0.0"))
    found = status(*releases, closed("core-0.4.0"), closed("exporter-1.0.0"))
    assert found.column == "beta"
    assert [milestone.title for milestone in found.unmatched] == ["exporter-1.0.0"]


# What is counted


def test_counts_are_sums_over_the_milestones_of_the_column() -> None:
    found = status(
        opened("0.1.0", left=3),
        opened("0.1.1", left=5),
        closed("0.1.2", issues=7),
        opened("v0.2", left=11),
    )
    assert (found.open_issues, found.closed_issues, found.total_issues) == (8, 39, 47)
    assert found.percent == 82
    assert found.counts_reason.rule == "several-milestones"
    assert found.counts_reason.text == "3 milestones name v0.1, 2 of them open, with 8 of 47 issues left"


@pytest.mark.parametrize(
    ("open_issues", "closed_issues", "percent"),
    [(0, 0, 0), (1, 0, 0), (1, 1, 50), (1, 2, 66), (1, 199, 99), (1, 999, 99), (0, 5, 99)],
)
def test_percent_is_rounded_down_and_never_full_before_the_column_is_done(
    open_issues: int, closed_issues: int, percent: int
) -> None:
    found = status(Milestone(title="v0.1", state="open", open=open_issues, closed=closed_issues))
    assert found.percent == percent
    assert not found.complete


@pytest.mark.parametrize(
    ("facts", "percent"),
    [
        ((closed("v1.0"),), 100),
        ((closed("v1.0", issues=0),), 100),
        (released("v1.0.0"), 100),
        ((closed("v1.0", issues=17, open=3),), 85),
        ((opened("v1.0", left=3), *released("v1.0.0")), 85),
    ],
)
def test_a_complete_ladder_is_full_unless_issues_are_left(
    facts: tuple[Milestone | Release, ...], percent: int
) -> None:
    found = status(*facts)
    assert found.complete
    assert found.percent == percent


def test_the_link_is_the_oldest_open_milestone() -> None:
    found = status(
        opened("0.1.2", number=9, url="nine"),
        opened("0.1.1", number=5, url="five"),
        closed("0.1.0", number=1, url="one"),
    )
    assert found.milestone_url == found.counts_reason.url == "five"


def test_the_link_is_the_newest_closed_milestone_where_none_is_open() -> None:
    found = status(closed("1.0.0", number=10, url="ten"), closed("1.0.1", number=9, url="nine"))
    assert found.milestone_url == "ten"


def test_without_a_milestone_or_without_its_url_there_is_no_link() -> None:
    assert not status().milestone_url
    assert not status(opened("v0.1")).milestone_url


def test_a_milestone_read_twice_counts_once() -> None:
    twice = opened("v0.1", number=4)
    moved = opened("v0.1", left=2, number=4)
    assert status(twice, twice).total_issues == 20
    assert status(opened("v0.1"), opened("v0.1")).total_issues == 20
    assert status(twice, moved).total_issues == 20
    assert status(twice, moved) == status(moved, twice)
    assert status(twice, opened("0.1.1", number=5)).total_issues == 40


def test_titles_that_name_no_column_are_listed_by_number() -> None:
    found = status(
        opened("Future", number=7),
        closed("next release", number=2),
        opened("Backlog"),
        opened("v0.1", number=1),
    )
    assert [milestone.title for milestone in found.unmatched] == ["Backlog", "next release", "Future"]
    assert found.total_issues == 20


# Why


@pytest.mark.parametrize(
    ("facts", "rule", "text", "url"),
    [
        (
            (),
            "nothing-done",
            "No release and no closed milestone completes a column, so v0.1 comes first",
            "",
        ),
        (
            (opened("v0.1", url="m"), *released("v0.0.1")),
            "nothing-done",
            "No release and no closed milestone completes a column, so v0.1 comes first",
            "",
        ),
        (
            released("v0.3.0", "v0.2.0", "v0.2.1-rc.1", url="r"),
            "release-proves",
            "Release v0.3.0 proves every column up to v0.3, so v0.4 is next",
            "r",
        ),
        (released("v0.1.0"), "release-proves", "Release v0.1.0 proves v0.1, so v0.2 is next", ""),
        (
            released("v1.2.0", "v1.10.0"),
            "release-proves",
            "Release v1.10.0 proves every column up to v1.0, and v1.0 is the last",
            "",
        ),
        (
            released("1.0.0-rc.1"),
            "release-proves",
            "Pre-release 1.0.0-rc.1 proves every column up to beta, so rc is next",
            "",
        ),
        (
            (closed("v0.3"), *released("v0.3.0")),
            "release-proves",
            "Release v0.3.0 proves every column up to v0.3, so v0.4 is next",
            "",
        ),
        (
            (closed("v0.4", url="m"), *released("v0.3.0", url="r")),
            "milestones-closed",
            "Milestone v0.4 is closed, so beta is next",
            "m",
        ),
        (
            (closed("0.4.0", number=3, url="three"), closed("0.4.1", number=4, url="four")),
            "milestones-closed",
            "All 2 milestones of v0.4 are closed, so beta is next",
            "four",
        ),
        (
            (closed("Version\n1.0" + " x" * 100),),
            "milestones-closed",
            "Milestone Version 1.0" + " x" * 34 + "… is closed, and v1.0 is the last",
            "",
        ),
    ],
)
def test_the_column_has_its_reason(
    facts: tuple[Milestone | Release, ...], rule: str, text: str, url: str
) -> None:
    reason = status(*facts).column_reason
    assert (reason.rule, reason.text, reason.url) == (rule, text, url)


@pytest.mark.parametrize(
    ("facts", "rule", "text", "url"),
    [
        ((), "no-milestone", "No milestone names v0.1", ""),
        ((opened("v0.1", url="m"),), "one-milestone", "Milestone v0.1 is open with 3 of 20 issues left", "m"),
        (
            (Milestone(title="0.1.0", state="open", open=1, closed=0),),
            "one-milestone",
            "Milestone 0.1.0 is open with 1 of 1 issue left",
            "",
        ),
        ((closed("v1.0", issues=0),), "one-milestone", "Milestone v1.0 is closed with no issues", ""),
        (
            (closed("1.0.0"), closed("1.0.1", issues=5)),
            "several-milestones",
            "2 milestones name v1.0, 0 of them open, with 0 of 15 issues left",
            "",
        ),
    ],
)
def test_the_counts_have_their_reason(
    facts: tuple[Milestone | Release, ...], rule: str, text: str, url: str
) -> None:
    reason = status(*facts).counts_reason
    assert (reason.rule, reason.text, reason.url) == (rule, text, url)


@pytest.mark.parametrize(
    ("releases", "row", "rule", "text"),
    [
        (released("v1.0.0"), {}, "highest-final", "v1.0.0 is the highest final release"),
        (released("core-1.0.0"), {}, "highest-final", "core-1.0.0 is the highest final release of core"),
        (
            released("v1.0.0"),
            {"prereleases": True},
            "highest-of-all",
            "v1.0.0 is the highest release, pre-releases included",
        ),
        (
            released("v1.0b0"),
            {},
            "no-final-yet",
            "v1.0b0 is the highest pre-release, and no final one is out yet",
        ),
        (
            released("1.7.0-beta.1", "core-1.2.0", "Exporter-1.1.0", "api-1.0.0-rc.1"),
            {},
            "no-final-yet",
            (
                "1.7.0-beta.1 is the highest pre-release, and no final one is out yet;"
                " the row may name a component that has one: Exporter or core"
            ),
        ),
        (
            released("1.7.0-beta.1", "core-1.2.0"),
            {"component": ""},
            "no-final-yet",
            "1.7.0-beta.1 is the highest pre-release, and no final one is out yet",
        ),
        (
            released("1.0.0", prerelease=True),
            {},
            "flags-ignored",
            "Every release is flagged as a pre-release; by its version, 1.0.0 is the highest final one",
        ),
        ((), {}, "no-release", "The repository has no release yet"),
        ((), {"component": "core"}, "no-release", "The repository has no release yet"),
        (
            (*released("v1.0.0", draft=True), *released("v1.0.0-nightly.1", "stable")),
            {},
            "no-release",
            "Every release is a draft, a nightly or has no version in its tag",
        ),
        (
            released("core-1.0.0-nightly.1", "v1.0.0"),
            {"component": "core"},
            "no-release",
            "Every release of core is a draft, a nightly or has no version in its tag",
        ),
        (
            released("core-1.0.0", "exporter-1.0.0"),
            {"component": "croe"},
            "no-such-component",
            "No release tag has the component croe: did you mean core?",
        ),
        (
            released("core-1.0.0", "exporter-1.0.0"),
            {"component": "core-"},
            "no-such-component",
            "No release tag has the component core-: did you mean core?",
        ),
        (
            released("core-1.0.0", "Core-1.1.0"),
            {},
            "highest-final",
            "Core-1.1.0 is the highest final release of Core",
        ),
        (
            released("core-1.0.0", "v1.0.0"),
            {"component": "xyz"},
            "no-such-component",
            'No release tag has the component xyz: it may be "" or core',
        ),
        (
            released("v1.0.0"),
            {"component": "core"},
            "no-such-component",
            "No release tag has the component core: its tags have none, so take it out",
        ),
        (
            released("core-1.0.0"),
            {"component": ""},
            "no-such-component",
            'No release tag has the component "": it may be core',
        ),
        (
            released(*(f"c{number}-1.0.0" for number in range(5))),
            {},
            "undecided-component",
            "No release of c0, c1, c2, c3 or c4 is marked as latest: name the row's component",
        ),
        (
            released("x" * 80 + "-1.0.0", "y" * 81 + "-1.0.0"),
            {},
            "undecided-component",
            f"No release of {'x' * 80} or {'y' * 79}… is marked as latest: name the row's component",
        ),
        (
            released(*(f"c{number}-1.0.0" for number in range(7))),
            {},
            "undecided-component",
            "No release of c0, c1, c2, c3, c4 or 2 more is marked as latest: name the row's component",
        ),
    ],
)
def test_the_release_has_its_reason(
    releases: tuple[Release, ...],
    row: dict[str, Any],
    rule: str,
    text: str,
) -> None:
    _, reason = latest_release(Sig("x", "a/b", **row), releases)
    assert (reason.rule, reason.text, reason.url) == (rule, text, "")


def test_the_release_reason_links_to_the_release() -> None:
    found = status(*released("v1.0.0", url="https://example.org/v1.0.0"))
    assert found.release is not None
    assert found.release_reason.url == found.release.url == "https://example.org/v1.0.0"


# Which release is the latest


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        (("v0.140.0", "v0.140.1"), "v0.140.1"),
        (("v0.9.0", "v0.10.0", "v0.2.0"), "v0.10.0"),
        (("v1.44.0", "v0.65b0"), "v1.44.0"),
        (("v2.0.0-rc.1", "v1.9.0"), "v1.9.0"),
        (("v1.0.0-rc.2", "v1.0.0-rc.10", "v1.0.0-beta.11"), "v1.0.0-rc.10"),
        (("1.0.0-rc9", "1.0.0-rc9.14"), "1.0.0-rc9.14"),
        (("v1.0.0", "v1.1.0-nightly.202608220225"), "v1.0.0"),
        (("v1.0.0", "v1.1.0.dev0", "v2.0.0-SNAPSHOT"), "v1.0.0"),
        (("v1.0.0", "cmd/builder/v2.0.0", "core-3.0.0"), "v1.0.0"),
        (("0.1-rc.1", "core-3.0.0"), "0.1-rc.1"),
        (("stable", "v9", "v1.0.0"), "v1.0.0"),
        (("nightly/v2.0.0", "v1.0.0"), "v1.0.0"),
        (("core-1.0.0", "core-1.1.0"), "core-1.1.0"),
        (("core-1.0.0", "exporter-1.1.0"), None),
        (("core-1.0.0", "Core-1.1.0"), "Core-1.1.0"),
        (("core-1.0.0", "core/-1.1.0"), "core/-1.1.0"),
        (("5.0.0.CR2", "4.1.0.Final", "4.1.0.SP1"), "4.1.0.SP1"),
        (("stable", "v1"), None),
        (("v1.0.0-nightly.1",), None),
        ((), None),
    ],
)
def test_the_highest_final_version_of_the_component_is_the_latest(
    tags: tuple[str, ...], shown: str | None
) -> None:
    for order in itertools.permutations(released(*tags)):
        assert latest(*order)[0] == shown


def test_the_newest_date_is_not_the_highest_version() -> None:
    newer = Release(tag="v1.8.9", published_at="2024-05-02T00:00:00Z", latest=True)
    older = Release(tag="v1.9.0", published_at="2024-05-01T00:00:00Z")
    assert latest(newer, older) == ("v1.9.0", "highest-final")


def test_drafts_are_never_shown() -> None:
    assert latest(*released("v2.0.0", draft=True), *released("v1.0.0"))[0] == "v1.0.0"
    assert latest(*released("v2.0.0", draft=True)) == (None, "no-release")


def test_a_draft_or_a_nightly_does_not_make_the_bare_component() -> None:
    core = released("core-1.0.0", latest=True)
    assert latest(*core, *released("v2.0.0", draft=True))[0] == "core-1.0.0"
    assert latest(*core, *released("v2.0.0-nightly.1"))[0] == "core-1.0.0"


def test_the_component_is_that_of_the_release_marked_as_latest() -> None:
    releases = (*released("core-1.0.0", latest=True), *released("core-1.1.0", "exporter-2.0.0"))
    assert latest(*releases)[0] == "core-1.1.0"
    draft = released("exporter-3.0.0", latest=True, draft=True)
    assert latest(*releases, *draft)[0] == "core-1.1.0"
    # GitHub marks one; where a facts file marks two, the higher version decides.
    assert latest(*releases, *released("api-1.0.1", latest=True))[0] == "api-1.0.1"
    assert latest(*released("api-0.9.0", latest=True), *releases)[0] == "core-1.1.0"


def test_the_row_names_its_component() -> None:
    releases = (*released("v9.0.0", latest=True), *released("core-1.0.0", "Exporter/v2.0.0"))
    assert latest(*releases, component="core")[0] == "core-1.0.0"
    assert latest(*releases, component="exporter")[0] == "Exporter/v2.0.0"
    assert latest(*releases, component="")[0] == "v9.0.0"
    assert latest(*releases, component="sdk") == (None, "no-such-component")


def test_a_row_may_ask_for_pre_releases() -> None:
    releases = released("v1.0.0", "v1.1.0-rc.1", "v1.1.0-nightly.1")
    assert latest(*releases, prereleases=True) == ("v1.1.0-rc.1", "highest-of-all")
    assert latest(*releases, *released("v1.1.0"), prereleases=True)[0] == "v1.1.0"


def test_githubs_flag_makes_a_pre_release() -> None:
    flagged = released("v2.0.0", prerelease=True)
    assert latest(*flagged, *released("v1.0.0"))[0] == "v1.0.0"
    assert latest(*flagged, *released("v1.0.0"), prereleases=True)[0] == "v2.0.0"
    assert latest(*flagged, *released("v2.1.0-rc.1")) == ("v2.1.0-rc.1", "no-final-yet")


def test_a_repository_that_flags_every_release_is_judged_by_its_versions() -> None:
    flagged = released("0.4.0", "0.5.0", "1.0.0-rc.1", prerelease=True)
    assert latest(*flagged) == ("0.5.0", "flags-ignored")
    unflagged_but_not_counting = (*released("2.0.0", draft=True), *released("2.0.0-nightly.1", "stable"))
    assert latest(*flagged, *unflagged_but_not_counting) == ("0.5.0", "flags-ignored")
    assert latest(*released("1.0.0-rc.1", prerelease=True)) == ("1.0.0-rc.1", "no-final-yet")


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (Release(tag="0.11.0"), Release(tag="v0.11.0"), "v0.11.0"),
        (Release(tag="v0.0.0"), Release(tag="v0.0.00"), "v0.0.00"),
        (Release(tag="1.0.0", latest=True), Release(tag="v1.0.0"), "1.0.0"),
        (Release(tag="1.0", published_at="2024-05-02"), Release(tag="v1.0"), "1.0"),
    ],
)
def test_two_spellings_of_one_version_have_one_winner(one: Release, other: Release, shown: str) -> None:
    assert latest(one, other)[0] == latest(other, one)[0] == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Release(tag="v1.0"), Release(tag="v1.0", body="")),
        (Release(tag="v1.0b0"), Release(tag="v1.0b0", prerelease=True)),
        (Release(tag="v1.0", name=""), Release(tag="v1.0", url="")),
    ],
)
def test_two_answers_about_one_release_have_one_winner(one: Release, other: Release) -> None:
    assert status(one, other) == status(other, one)


def test_milestones_without_a_number_are_told_apart_by_what_they_hold() -> None:
    found = status(opened("v0.1", left=3), opened("v0.1", left=5), opened("v0.1", left=5))
    assert (found.open_issues, found.closed_issues) == (8, 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (opened("later", number=0), opened("later")),
        (opened("later"), opened("later", url="")),
    ],
)
def test_two_answers_about_one_milestone_are_taken_in_one_order(one: Milestone, other: Milestone) -> None:
    assert status(one, other) == status(other, one)


def test_the_components_of_a_repository_are_known_by_name() -> None:
    releases = released("v1.0.0", "core-1.0.0", "core-2.0.0-nightly.1", "stable", "exporter/v1.0.0")
    assert components_of(releases) == ("", "core", "exporter")


# For all facts

TITLES = st.sampled_from(
    ["v0.1", "0.2.1", "v0.3", "0.4.x", "Beta", "rc", "v1.0 RC 2", "v0.10.0", "v0.3/v0.4", "core-0.4.0"]
) | st.text(max_size=20)
NAMES = st.sampled_from(
    ["v0.1.0", "0.3.0", "v0.5b0", "1.0.0-rc.1", "v1.0.0", "core-1.2.0", "v1.1.0-nightly.5", "stable"]
) | st.text(max_size=20)
MILESTONES = st.builds(
    Milestone,
    title=TITLES,
    state=st.sampled_from(["open", "closed"]),
    open=st.integers(0, 3),
    closed=st.integers(0, 3),
    number=st.none() | st.integers(0, 20),
    url=st.none() | st.just("https://example.org"),
)
RELEASES = st.builds(
    Release,
    tag=NAMES,
    draft=st.booleans(),
    prerelease=st.booleans(),
    latest=st.booleans(),
    published_at=st.none() | st.just("2020-05-04T00:00:00Z"),
    body=st.none() | st.text(max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MILESTONES, max_size=6), st.lists(RELEASES, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_say_nothing(
    milestones: list[Milestone], releases: list[Release], by: Random
) -> None:
    found = status(*milestones, *releases)
    assert {found.column_reason.rule, found.counts_reason.rule, found.release_reason.rule} <= set(RULES)
    assert found.percent <= 100 if found.complete else found.percent < 100
    assert found.release is None or not found.release.draft
    again: list[Milestone | Release] = [*milestones, *releases, *milestones, *releases]
    by.shuffle(again)
    assert status(*again) == found


ANY_TEXT = st.text(alphabet=st.characters(), max_size=20)
ODD = ANY_TEXT | st.sampled_from(
    ["\x00", "\ud800", "9" * 5000 + ".0", "v\u0661.\uff10", "\u0130", "post 1.0"]
)


@settings(max_examples=150, deadline=None)
@given(ODD, ODD, ODD, st.none() | ODD)
def test_no_text_of_anybody_is_too_odd(label: str, title: str, tag: str, component: str | None) -> None:
    ladder = (Column("v0.1"), Column(label, match=(title + "!",)), Column("v1.0"))
    row = Sig(label, "a/b", component=component, match={label: (tag,)})
    found = status(opened(title), *released(tag, title), sig=row, columns=ladder)
    assert found.column in {"v0.1", label, "v1.0"}
    assert column(label, columns=ladder) in {label, "v0.1", "v1.0", None}


@settings(max_examples=150, deadline=None)
@given(st.lists(MILESTONES, max_size=6), st.lists(RELEASES, max_size=6), MILESTONES)
def test_a_closed_milestone_never_moves_a_sig_back(
    milestones: list[Milestone], releases: list[Release], added: Milestone
) -> None:
    before = status(*milestones, *releases)
    after = status(*milestones, *releases, closed(added.title, number=added.number))
    assert place(after) >= place(before)


BARE = st.builds(
    Release,
    tag=st.builds(
        "{}{}.{}{}".format,
        st.sampled_from(["v", ""]),
        st.integers(0, 2),
        st.integers(0, 6),
        st.sampled_from(["", ".1", "b0", "-rc.1", "-nightly.5"]),
    ),
    draft=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MILESTONES, max_size=3), st.lists(BARE, max_size=4), BARE)
def test_a_release_of_the_same_component_never_moves_a_sig_back(
    milestones: list[Milestone], releases: list[Release], added: Release
) -> None:
    assert place(status(*milestones, *releases, added)) >= place(status(*milestones, *releases))
