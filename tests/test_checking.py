"""What a change makes of the page, judged from texts alone; and what is said of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check_model import Context, FileText, SiteFiles, Verdict
from bot.check_words import MOST_ANNOTATIONS, SUMMARY_BYTES, Place, one_line, report, untouched
from bot.checking import judge
from bot.site import CONFIG_PATH
from bot.status.datafile import read_source
from bot.status.facts import Facts, Milestone, RepositoryFacts
from bot.status.page import compute_page
from tests.attacks import ATTACKS, LIVE, assert_harmless
from tests.world import OUTPUT, SOURCE, row_of, source_of

PLACE = Place("https://github.com/o/site", "c0ffee", "main")
PYTHON = source_of("Python")
MILESTONE = Milestone(title="v0.1", state="open", open=1, closed=3)


def files(
    source: str | None = PYTHON,
    config: str | None = "",
    output: str | None = None,
    *,
    left_alone: tuple[str, ...] = (),
) -> SiteFiles:
    """A site's files, of which the change brings all but those that it has ``left_alone``."""
    texts = {CONFIG_PATH: config, SOURCE: source, OUTPUT: output}
    return SiteFiles(*(FileText(path, text, brought=path not in left_alone) for path, text in texts.items()))


def messages(verdict: Verdict, level: str) -> list[str]:
    return [str(finding.fault) for finding in verdict.findings if finding.level == level]


def test_a_good_page_is_a_success_with_its_chart() -> None:
    verdict = judge(files(), files())
    assert (verdict.conclusion, verdict.findings, verdict.changed) == ("success", (), "")
    assert verdict.chart is not None
    assert [row.label for row in verdict.chart.rows] == ["Python"]
    assert one_line(verdict) == "Good: 1 SIG, 5 columns"


def test_the_chart_follows_the_facts() -> None:
    facts = Facts(repositories={"open-telemetry/python": RepositoryFacts(milestones=(MILESTONE,))})
    verdict = judge(files(), files(), Context(facts))
    assert verdict.chart is not None
    assert [(row.column, row.percent) for row in verdict.chart.rows] == [("v0.1", 75)]


def test_only_what_is_new_is_a_failure_however_the_lines_have_moved() -> None:
    old = PYTHON + "  - label: Go\n    sourceUrl: nowhere\n"
    moved = "# one\n# two\n" + old
    verdict = judge(files(moved), files(old))
    assert (verdict.conclusion, messages(verdict, "failure")) == ("neutral", [])
    assert len(messages(verdict, "warning")) == 1
    twice = judge(files(moved + "  - label: Rust\n    sourceUrl: nowhere\n"), files(old))
    assert twice.conclusion == "failure"
    assert len(messages(twice, "failure")) == len(messages(twice, "warning")) == 1
    assert twice.chart is None, "there is something to mend first"


def test_a_fault_that_is_mended_is_a_success() -> None:
    assert judge(files(), files(PYTHON + "  - label: Go\n")).conclusion == "success"


def test_lines_are_pointed_at_in_what_the_change_brings_alone() -> None:
    verdict = judge(files("data: [", "sauce: x\n", left_alone=(SOURCE,)))
    assert {(each.fault.file, each.brought) for each in verdict.of("failure")} == {
        (CONFIG_PATH, True),
        (SOURCE, False),
    }
    said = report(verdict, PLACE)
    assert [each.path for each in said.annotations] == [CONFIG_PATH]
    assert f"{PLACE.url}/blob/c0ffee/{CONFIG_PATH}#L1" in said.summary
    assert f"{PLACE.url}/blob/main/{SOURCE}#L" in said.summary


def test_what_a_person_writes_into_the_bots_own_file_is_worth_a_word() -> None:
    text = compute_page(read_source(PYTHON), Facts(repositories={})).text
    assert judge(files(output=text), files()).conclusion == "success"
    edited = judge(files(output=f"# mine\n{text}"), files())
    [notice] = edited.of("notice")
    assert (edited.conclusion, notice.fault.file, notice.fault.line) == ("neutral", OUTPUT, 1)
    assert one_line(edited) == "Good: 1 SIG, 5 columns, with 1 remark"
    for other in (
        judge(files(output=f"# mine\n{text}"), files(), Context(by_bot=True)),
        judge(files(output=f"# mine\n{text}", left_alone=(OUTPUT,)), files()),
    ):
        assert other.conclusion == "success"


def test_what_disappears_is_worth_knowing() -> None:
    verdict = judge(files(config=None), files())
    assert messages(verdict, "notice") == [
        f"{CONFIG_PATH}: without this file the repository is no site, and the bot leaves it"
    ]
    assert verdict.conclusion == "neutral"
    assert not verdict.findings[0].brought, "there is no line to point at"
    gone = judge(files(), files(output="data: []\ncolumns: []\n"))
    assert messages(gone, "notice") == [
        f"{OUTPUT}: the bot proposes this file again: name another by `output:`"
    ]


def test_the_end_of_a_file_is_the_last_line_that_is_pointed_at() -> None:
    text = "columns:\n  - label: a\ndata:\n  - label: 'x"
    verdict = judge(files(text))
    [finding] = verdict.of("failure")
    assert 1 <= finding.fault.line <= len(text.splitlines())


def test_nothing_to_check_is_said_in_so_many_words() -> None:
    said = untouched()
    assert (said.conclusion, said.annotations) == ("skipped", ())
    assert "nothing to check" in said.summary


def test_a_report_changes_its_digest_with_whatever_it_says() -> None:
    one = report(judge(files(), files()), PLACE)
    assert one.digest == report(judge(files(), files()), PLACE).digest
    assert one.digest != report(judge(files(PYTHON + row_of("Go")), files()), PLACE).digest
    faulty = files(PYTHON + "  - label: Go\n")
    assert report(judge(faulty), PLACE).digest != report(judge(faulty, faulty), PLACE).digest


def test_masses_of_faults_and_rows_fit_into_what_github_takes() -> None:
    rows = "".join(f"  - label: {'L' * 200}{number}\n    sourceUrl: nowhere\n" for number in range(400))
    said = report(judge(files(PYTHON + rows)), PLACE)
    assert len(said.annotations) == MOST_ANNOTATIONS
    assert len(said.summary.encode()) <= SUMMARY_BYTES
    assert len(said.title) <= 200
    columns = tuple(f"v0.{number}" for number in range(100))
    wide = source_of(*(f"S{number}" for number in range(900)), columns=columns)
    said = report(judge(files(wide)), PLACE)
    assert said.conclusion == "success"
    assert len(said.summary.encode()) <= SUMMARY_BYTES
    assert "more" in said.summary


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_nothing_that_others_write_takes_effect(attack: str) -> None:
    quoted = attack.replace("\\", "").replace('"', "").replace("\n", " ")
    text = PYTHON + f'  - label: "{quoted}"\n    sourceUrl: "{quoted}"\n    hold: "{quoted}"\n'
    said = report(judge(files(text)), PLACE)
    for words in (said.title, *(each.message for each in said.annotations)):
        assert "\n" not in words
        assert not LIVE.search(words), words
    told = [line for line in said.summary.splitlines() if line.startswith("- ")]
    assert len(told) == len(said.annotations)
    for line in told:
        assert_harmless(line.removeprefix("- "), links=1)


TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                *("columns:\n", "data:\n", "  - label: a\n", "    sourceUrl: https://github.com/o/r\n"),
                *("    hold: x\n", "    msLabel: *a\n", "\t\n", "&a\n", "[\n"),
                *("propose:\n", "  draft: 1\n", "source: x.yaml\n"),
            ]
        ),
        max_size=12,
    ).map("".join),
)


@given(TEXTS, TEXTS, st.none() | TEXTS, TEXTS)
def test_whatever_the_files_hold_there_is_a_verdict_whose_lines_are_there(
    config: str, source: str, output: str | None, before: str
) -> None:
    after = files(source, config, output)
    verdict = judge(after, files(before))
    lines = {file.path: file.lines for file in (after.config, after.output, after.source) if file}
    said = report(verdict, PLACE)
    assert verdict.conclusion == said.conclusion
    for each in said.annotations:
        assert 1 <= each.line <= lines[each.path]


class Counted(str):
    """A text that counts how often it is taken apart."""

    __slots__ = ("taken_apart",)

    def splitlines(self, keepends: bool = False) -> list[str]:  # noqa: FBT001, FBT002 - the built-in's own
        self.taken_apart = getattr(self, "taken_apart", 0) + 1
        return super().splitlines(keepends)


def test_a_file_with_very_many_faults_is_not_taken_apart_for_each_of_them() -> None:
    """Anybody may open a pull request with twenty thousand faults; that took more than a minute."""
    rows = "".join(f"  - label: S{number}\n    sourceUrl: nowhere\n" for number in range(200))
    text = Counted(f"columns:\n  - label: beta\ndata:\n{rows}")
    verdict = judge(SiteFiles(FileText(CONFIG_PATH, ""), FileText(SOURCE, text), FileText(OUTPUT)))
    assert len(verdict.of("failure")) == 200
    assert text.taken_apart == 1
