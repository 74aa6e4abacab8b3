"""People write names of SIGs as they like, and are understood, or asked what they mean."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.names import LONGEST_NAME, MOST_GUESSES, Found, find_row
from bot.status.datafile import read_source
from bot.status.rows import Row
from tests.attacks import ATTACKS


def rows_of(*sigs: tuple[str, str] | tuple[str, str, str]) -> tuple[Row, ...]:
    """Rows by their label and repository, and their component where they have one."""
    lines = ["columns: [label: v0.1]", "data:"]
    for label, repository, *component in sigs:
        lines.append(f'  - label: "{label}"\n    sourceUrl: https://github.com/{repository}')
        lines += [f"    component: {one}" for one in component]
    return read_source("\n".join(lines) + "\n").rows


OT = "open-telemetry/opentelemetry"
ROWS = rows_of(
    (".NET", f"{OT}-dotnet"),
    ("C++", f"{OT}-cpp"),
    ("JavaScript", f"{OT}-js"),
    ("Java", f"{OT}-java"),
    ("Java agent", f"{OT}-java-instrumentation"),
    ("Go", f"{OT}-go"),
    ("Collector", f"{OT}-collector"),
    ("Collector contrib", f"{OT}-collector-contrib"),
    ("Specification", f"{OT}-specification"),
    ("Python SDK", f"{OT}-python", "sdk"),
    ("Python API", f"{OT}-python", "api"),
    ("Proto", "open-telemetry/opentelemetry_proto"),
    ("Lambda", "other-org/lambda.layers"),
)


def labels(found: Found) -> list[str | None]:
    return [row.label for row in found.rows]


def near(text: str, rows: tuple[Row, ...] = ROWS) -> list[str | None]:
    found = find_row(text, rows)
    assert found.rows == ()
    return [row.label for row in found.near]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("JavaScript", "JavaScript"),
        ("javascript", "JavaScript"),
        ("Java Script", "JavaScript"),
        ("java-script", "JavaScript"),
        ("js", "JavaScript"),
        ("JS", "JavaScript"),
        ("opentelemetry-js", "JavaScript"),
        ("OpenTelemetry JS", "JavaScript"),
        ("opentelemetry_js", "JavaScript"),
        ("open-telemetry/opentelemetry-js", "JavaScript"),
        ("Open-Telemetry/OpenTelemetry-JS", "JavaScript"),
        ("https://github.com/open-telemetry/opentelemetry-js", "JavaScript"),
        ("https://github.com/open-telemetry/opentelemetry-js/issues", "JavaScript"),
        ("git@github.com:open-telemetry/opentelemetry-js.git", "JavaScript"),
        (".NET", ".NET"),
        (".net", ".NET"),
        ("dotnet", ".NET"),
        ("dot net", ".NET"),
        ("NET", ".NET"),
        ("C++", "C++"),
        ("c++", "C++"),
        ("cpp", "C++"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER C}++", "C++"),
        ("java", "Java"),
        ("Java agent", "Java agent"),
        ("java instrumentation", "Java agent"),
        ("java-agent", "Java agent"),
        ("collector", "Collector"),
        ("collector-contrib", "Collector contrib"),
        ("python sdk", "Python SDK"),
        ("opentelemetry-python/api", "Python API"),
        ("open-telemetry/opentelemetry-python sdk", "Python SDK"),
        ("python-api", "Python API"),
        ("sdk", "Python SDK"),
        ("proto", "Proto"),
        ("lambda", "Lambda"),
        ("lambda.layers", "Lambda"),
        ("lambda layers", "Lambda"),
    ],
)
def test_a_row_is_found_by_any_of_its_names(text: str, label: str) -> None:
    assert labels(find_row(text, ROWS)) == [label]


@pytest.mark.parametrize("text", ["python", "opentelemetry-python", "open-telemetry/opentelemetry-python"])
def test_a_repository_of_several_rows_may_mean_any_of_them(text: str) -> None:
    found = find_row(text, ROWS)
    assert labels(found) == ["Python SDK", "Python API"]
    assert found.row is None


def test_what_is_exact_beats_what_is_nearly_so() -> None:
    rows = rows_of(("js", "o/a"), ("JS", "o/b"), ("J-S", "o/c"), ("Script", "o/js"), ("Other", "o/x-js"))
    assert labels(find_row("js", rows)) == ["js"]
    assert labels(find_row("JS", rows)) == ["JS"]
    assert labels(find_row("Js", rows)) == ["js", "JS", "Script"]
    assert labels(find_row("j s", rows)) == ["js", "JS", "J-S"]


def test_what_two_repositories_share_may_mean_either() -> None:
    rows = rows_of(("A", "left/tool"), ("B", "right/tool"))
    assert labels(find_row("tool", rows)) == ["A", "B"]
    assert labels(find_row("right/tool", rows)) == ["B"]


def test_languages_that_differ_in_a_sign_are_different() -> None:
    rows = rows_of(("C", "o/c"), ("C++", "o/cplusplus"), ("C#", "o/csharp"))
    assert [labels(find_row(text, rows)) for text in ("c", "c++", "cpp", "C#", "c-sharp")] == [
        ["C"],
        ["C++"],
        ["C++"],
        ["C#"],
        ["C#"],
    ]
    assert find_row("C#", rows_of(("C++", "o/x"), ("C", "o/y"))).rows == ()


def test_a_prefix_is_what_several_repositories_share_or_the_owners_name() -> None:
    assert labels(find_row("js", rows_of(("A", "o/tool-js"), ("B", "o/tool-go")))) == ["A"]
    assert find_row("js", rows_of(("A", "o/tool-js"), ("B", "o/other-go"))).rows == ()
    assert labels(find_row("js", rows_of(("A", "open-feature/openfeature-js")))) == ["A"]
    assert labels(find_row("js-sdk", rows_of(("A", "open-feature/open-feature-js-sdk")))) == ["A"]


@pytest.mark.parametrize(
    ("text", "guessed"),
    [
        ("Pyhton SDK", "Python SDK"),
        ("javascrpt", "JavaScript"),
        ("colector", "Collector"),
        ("dotnett", ".NET"),
    ],
)
def test_a_near_miss_gets_a_guess(text: str, guessed: str) -> None:
    assert near(text)[0] == guessed
    assert len(near(text)) <= MOST_GUESSES


@pytest.mark.parametrize("text", ["", "  ", "Cobol", "???", "js please", "x" * (LONGEST_NAME + 1)])
def test_what_is_like_no_name_is_none(text: str) -> None:
    assert near(text) == []


def test_a_row_that_lacks_something_can_be_named_by_the_rest() -> None:
    rows = read_source(
        "columns: [label: v0.1]\ndata:\n  - sourceUrl: https://github.com/o/js\n  - label: Go\n  - 7\n"
    ).rows
    assert [row.index for row in find_row("js", rows).rows] == [0]
    assert [row.index for row in find_row("go", rows).rows] == [1]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
def test_no_attack_is_a_name(attack: str) -> None:
    started = time.process_time()
    assert find_row(attack, ROWS).row is None
    assert time.process_time() - started < 1


@given(st.text())
def test_any_text_is_a_name_or_none(text: str) -> None:
    found = find_row(text, ROWS)
    assert not (found.rows and found.near)


@given(st.sampled_from(ROWS), st.sampled_from([str.upper, str.lower, str.title, str.strip]))
def test_every_label_is_found_however_it_is_spelled(row: Row, spelled: object) -> None:
    assert callable(spelled)
    assert find_row(spelled(row.label), ROWS).row == row
