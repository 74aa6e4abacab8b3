"""A hold is one line in the source: put on, changed or taken off, with every other byte as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.status import holds
from bot.status.datafile import OutputMismatchError, Source, read_source
from bot.status.faults import Fault
from bot.status.holds import LONGEST_REASON, Hold, holds_between, reason_in, with_holds
from tests.datafiles import SOURCE, TOP, URL

BEFORE = f"{TOP}  - label: First\n    sourceUrl: {URL}-one\n"
AFTER = f"  - label: Last # of all\n    sourceUrl: {URL}-last\n"


def wish(source: Source, index: int, reason: str | None) -> Hold:
    sig = source.sigs[index]
    return Hold(sig.label, sig.repository, sig.component, reason)


def with_hold(source: Source, index: int, reason: str | None) -> str:
    found, faults = with_holds(source, [wish(source, index, reason)])
    assert not faults
    return found.text


def faults_of(source: Source, index: int, reason: str | None) -> tuple[Fault, ...]:
    found, faults = with_holds(source, [wish(source, index, reason)])
    assert found is source
    return faults


def held(row: str, reason: str | None, *, after: str = AFTER) -> str:
    """The row's text, when it was put on hold or off it; what stands around it has to stay."""
    source = read_source(BEFORE + row + after)
    text = with_hold(source, 1, reason)
    assert text.startswith(BEFORE)
    assert text.endswith(after)
    again = read_source(text)
    assert again.sigs[1].hold == reason
    assert with_hold(again, 1, reason) == text
    return text.removeprefix(BEFORE).removesuffix(after)


PLAIN = f"  - label: A\n    sourceUrl: {URL} # here\n    msLabel: v0.1\n"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (PLAIN, f'  - label: A\n    sourceUrl: {URL} # here\n    hold: "why"\n    msLabel: v0.1\n'),
        (f"  - {{label: A, sourceUrl: '{URL}'}}\n", f"  - {{label: A, sourceUrl: '{URL}', hold: 'why'}}\n"),
        (PLAIN + "    hold: for now # really\n", PLAIN + "    hold: why # really\n"),
        (PLAIN + "    hold: 'for now'\n", PLAIN + "    hold: 'why'\n"),
        (PLAIN + "    hold:\n", PLAIN + '    hold: "why"\n'),
        (PLAIN + "    hold: |\n      for\n      now\n", PLAIN + '    hold: "why"\n'),
    ],
)
def test_a_row_is_put_on_hold_where_people_look(row: str, expected: str) -> None:
    assert held(row, "why") == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (PLAIN + '    hold: "why" # really\n', PLAIN),
        (PLAIN + "    hold: |\n      for\n      now\n\n    note: x\n", PLAIN + "\n    note: x\n"),
        (
            f"  - hold: why # a\n    label: A\n    sourceUrl: {URL}\n",
            f"  - hold: # a\n    label: A\n    sourceUrl: {URL}\n",
        ),
        (
            f"  - {{hold: why, label: A, sourceUrl: '{URL}'}}\n",
            f"  - {{label: A, sourceUrl: '{URL}'}}\n",
        ),
        (
            f"  - {{ label: A, hold: why, sourceUrl: '{URL}' }}\n",
            f"  - {{ label: A, sourceUrl: '{URL}' }}\n",
        ),
        (
            f"  - {{ label: A, sourceUrl: '{URL}', hold: why }}\n",
            f"  - {{ label: A, sourceUrl: '{URL}' }}\n",
        ),
        (
            f"  - {{\n      label: A,\n      hold: why,\n      sourceUrl: '{URL}',\n    }}\n",
            f"  - {{\n      label: A,\n      sourceUrl: '{URL}',\n    }}\n",
        ),
        (
            f"  - {{\n      label: A,\n      hold: why, # for now\n      sourceUrl: '{URL}' }}\n",
            f"  - {{\n      label: A,\n      # for now\n      sourceUrl: '{URL}' }}\n",
        ),
        (PLAIN, PLAIN),
    ],
)
def test_a_row_is_taken_off_hold(row: str, expected: str) -> None:
    assert held(row, None) == expected


@pytest.mark.parametrize("reason", [None, "other"])
def test_what_is_held_by_way_of_an_alias_is_taken_off_by_people_alone(reason: str | None) -> None:
    source = read_source(f"why: &why x\n{BEFORE}  - label: A\n    sourceUrl: {URL}\n    ? hold\n    : *why\n")
    (fault,) = faults_of(source, 1, reason)
    assert "where it stands" in fault.message
    assert fault.line == 9


def test_a_borrowed_hold_is_taken_off_where_it_is_written() -> None:
    source = read_source(
        f"held: &held {{hold: x}}\n{BEFORE}  - <<: *held\n    label: A\n    sourceUrl: {URL}\n"
    )
    (fault,) = faults_of(source, 1, None)
    assert "this row borrows its `hold`" in fault.message
    assert read_source(with_hold(source, 1, "y")).sigs[1].hold == "y"


def test_where_nothing_may_stand_behind_the_repository_the_hold_goes_elsewhere() -> None:
    row = f"  - label: A\n    ? sourceUrl\n    : {URL}\n    msLabel: v0.1\n"
    assert held(row, "why") == row + '    hold: "why"\n'


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_marks_and_line_ends_stay(line_end: str, mark: str) -> None:
    text = mark + (BEFORE + PLAIN.rstrip("\n")).replace("\n", line_end)
    source = read_source(text)
    on = with_hold(source, 1, "why")
    assert on == text.replace("# here" + line_end, f'# here{line_end}    hold: "why"{line_end}')
    assert with_hold(read_source(on), 1, None) == text


def test_a_slip_of_the_bots_own_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_source(SOURCE)
    for slip in ("Café", "Tea"), ("note: ", "word: "), ("kept as it is", "lost"):
        with monkeypatch.context() as patched:
            patched.setattr(holds, "spliced", lambda text, _, slip=slip: text.replace(*slip))
            with pytest.raises(OutputMismatchError):
                with_hold(source, 0, "why")


ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1, max_size=300)


@given(text=ANY_TEXT)
def test_any_reason_is_kept_as_it_was_given(text: str) -> None:
    reason = reason_in(text)
    assert len(reason) <= LONGEST_REASON
    assert reason == " ".join(reason.split())
    if reason:
        source = read_source(SOURCE)
        again = read_source(with_hold(source, 0, reason))
        assert again.sigs[0].hold == reason
        assert with_hold(again, 0, None) == SOURCE


def test_a_proposal_tells_its_holds_by_what_it_changes_in_the_source() -> None:
    before = read_source(SOURCE)
    wishes = (wish(before, 0, "until May"), wish(before, 1, "moving"))
    after, faults = with_holds(before, wishes)
    assert not faults
    assert holds_between(before, after) == wishes
    assert holds_between(after, before) == tuple(replace(each, reason=None) for each in wishes)
    assert holds_between(after, after) == ()


def test_a_hold_finds_its_row_wherever_it_stands_by_now() -> None:
    source = read_source(SOURCE)
    wishes = [wish(source, 1, "moving")]
    shuffled = read_source(
        f"{TOP}  - label: New\n    sourceUrl: {URL}-new\n" + SOURCE.partition("data:\n")[2]
    )
    found, _ = with_holds(shuffled, wishes)
    assert [sig.hold for sig in found.sigs] == [None, None, "moving"]


def test_a_wish_for_a_row_that_is_gone_or_has_a_fault_is_left_out() -> None:
    source = read_source(SOURCE)
    gone = Hold("Gone", "example/gone", None, "why")
    assert with_holds(source, [gone]) == (source, ())


def test_lines_are_named_as_they_stand_on_the_site() -> None:
    braces = f"  - {{ label: C, sourceUrl: '{URL}-in-braces-wide' }}\n"
    source = read_source(BEFORE + braces + AFTER + "last: line\n")
    found, _ = with_holds(source, [wish(source, index, "why") for index in range(3)])
    old, new = source.text.splitlines(), found.text.splitlines()
    assert len(new) == len(old) + 2 + 4, "each key of the row in braces has its own line now"
    for number, line in enumerate(new, 1):
        if line in old:
            assert old[found.line_on_site(number) - 1] == line
