"""YAML is read within bounds, and what cannot be read is refused by line."""

from __future__ import annotations

import pytest
import yaml

from bot.status import yamltext
from bot.status.faults import Fault, FileFaultError
from bot.status.yamltext import read_yaml

INVALID = "this is not valid YAML"
SINCE_TWO = "while parsing a flow sequence that begins on line 2"


def fault_of(text: str, *, by_hand: bool = True) -> Fault:
    with pytest.raises(FileFaultError) as error:
        read_yaml(text, "file.yaml", by_hand=by_hand)
    (fault,) = error.value.faults
    assert fault.file == "file.yaml"
    return fault


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb:\n\tc: 2\n", 3, "a tab stands where YAML allows only spaces: indent with spaces"),
        ("a: 1\r\n\tb: 2\r\n", 2, "a tab stands where YAML allows only spaces: indent with spaces"),
        ("- a\n-\tb: c\n", 2, "a tab stands where YAML allows only spaces: indent with spaces"),
        ("a: 1\n---\nb: 2\n", 2, "the file holds more than one document (`---`): leave only one"),
        (
            "a: 1\nb: c: d\n",
            2,
            "this is not valid YAML: put a text that holds `: ` in quotes, or mend the indentation",
        ),
        ("a: *nothing\n", 1, "this is not valid YAML (found undefined alias): mend it"),
        ("a:\n  b: !!str {c: d}\n", 2, "the tag `!!str` does not fit a mapping: remove it"),
        ("a: !!map [b]\n", 1, "the tag `!!map` does not fit a list: remove it"),
        ("a: !o%60wn {b: c}\n", 1, "its tag does not fit a mapping: remove it"),
        ("a: !own {b: c}\n", 1, "the tag `!own` does not fit a mapping: remove it"),
        ("a: 1\nb: [1,\n2\n", 3, f"{INVALID} (did not find expected ',' or ']' {SINCE_TWO}): mend it"),
        ("a: 1\rb: [1,\r2\r", 3, f"{INVALID} (did not find expected ',' or ']' {SINCE_TWO}): mend it"),
        ("a: 1\nb: \x07\n", 2, "the character U+0007 cannot stand in YAML: remove it"),
        ("a: 1\rb: x\udcffy\r", 2, "the character U+DCFF cannot stand in YAML: remove it"),
        ("a: x\ufeff\n", 1, "the character U+FEFF cannot stand in YAML: remove it"),
    ],
)
def test_what_is_no_yaml_is_refused_with_the_line_and_what_to_do(text: str, line: int, message: str) -> None:
    assert fault_of(text) == Fault("file.yaml", line, message)
    assert fault_of(text, by_hand=False) == Fault("file.yaml", line, message)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!str 1",
        "a: !!int 1",
        "a: !!float 1",
        "a: !!null",
        "a: ! b",
        "!!map {a: !!seq [!!bool yes]}",
        "a: ! {}",
    ],
)
def test_a_tag_that_fits_is_no_fault(text: str) -> None:
    assert read_yaml(f"{text}\n", "file.yaml").root is not None


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_a_line_break_that_hugo_does_not_see_is_refused_in_what_people_write(character: str) -> None:
    text = f"a: 1\n# so it {character}goes\n"
    why = "is a line break to some YAML readers and not to others: remove it"
    assert fault_of(text) == Fault("file.yaml", 2, f"the character U+{ord(character):04X} {why}")
    assert read_yaml(f"a: 'x{character} y'\n", "file.yaml", by_hand=False).root is not None


def test_files_beyond_the_bounds_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault_of("#" * 20_000_001) == Fault("file.yaml", 0, "the file is larger than 20 MB: shorten it")
    assert read_yaml("#" * 20_000_000, "file.yaml").root is None
    assert read_yaml("#" * 20_000_001, "file.yaml", by_hand=False).root is None
    monkeypatch.setattr(yamltext, "OUTPUT_BYTES", 1_000_000)
    assert "larger than 1 MB" in fault_of("#" * 1_000_001, by_hand=False).message


@pytest.mark.parametrize("opened", ["- ", "? ", "[", "{a: "])
def test_nesting_that_would_end_the_process_is_refused(opened: str) -> None:
    message = "the values are nested more than 64 levels deep: write them flatter"
    assert fault_of("a: b\n" + "c:\n" + "  " + opened * 200_000) == Fault("file.yaml", 3, message)


def test_nesting_within_reason_is_read() -> None:
    assert read_yaml("[" * 64 + "]" * 64, "file.yaml").root is not None
    assert read_yaml("[" + "[1], " * 100 + "[" * 63 + "]" * 63 + "]", "file.yaml").root is not None
    assert read_yaml("a: &a 1\nb: " + "[" * 63 + "*a" + "]" * 63, "file.yaml").root is not None
    assert fault_of("[" * 65 + "]" * 65).line == 1


def test_aliases_that_stand_for_millions_of_values_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    fault = fault_of("\n".join(lines))
    assert fault.line == 6
    assert fault.message == "the aliases stand for more than 200000 values: write out what is needed"


@pytest.mark.parametrize("text", ["- a\n" * 300_000, f"[{'a,' * 300_000}]", "k: a\n" * 300_000])
def test_more_values_than_anybody_writes_are_refused_before_they_are_built(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yamltext, "compose", lambda _text: pytest.fail("built"))
    for by_hand in (True, False):
        message = fault_of(text, by_hand=by_hand).message
        assert message == "the file holds more than 200000 values: shorten it"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_directives_that_take_for_ever_to_read_are_refused_unread(
    line_end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is compared with all before it: in two megabytes that takes a minute and a half."""
    lines = [f"%TAG !e{number}! tag:x,2000:" for number in range(100_000)]
    few = line_end.join([*lines[:8], "---", "a: 1", ""])
    assert read_yaml(few, "file.yaml").root is not None
    monkeypatch.setattr(yamltext, "compose", lambda _text: pytest.fail("built"))
    fault = fault_of(line_end.join([*lines, "---", "a: 1", ""]))
    assert fault == Fault(
        "file.yaml", 9, "the file has more than 8 `%` directives: it needs none, remove them"
    )


def test_an_alias_of_what_holds_it_is_refused() -> None:
    message = "the values are nested more than 64 levels deep: write them flatter"
    assert fault_of("a: 1\nb: &b\n  - *b\n") == Fault("file.yaml", 2, message)


def test_aliases_that_nest_each_other_deeply_are_refused() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 64))]
    assert "nested more than 64 levels" in fault_of("\n".join(lines)).message
    assert read_yaml("\n".join(lines[:60]), "file.yaml").root is not None


def test_an_error_without_a_place_is_still_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise yaml.YAMLError(f"no memory for {text.strip()}")

    monkeypatch.setattr(yamltext, "compose", fail)
    assert fault_of("a: 1") == Fault("file.yaml", 0, "this is not valid YAML (no memory for a: 1): mend it")


@pytest.mark.parametrize(
    ("text", "line_end"),
    [("a: 1", "\n"), ("a: 1\nb: 2\r\n", "\n"), ("a: 1\r\nb: 2", "\r\n"), ("a: 1\rb: 2", "\r")],
)
def test_the_text_keeps_its_line_ends_and_gets_one_at_its_end(text: str, line_end: str) -> None:
    document = read_yaml(text, "file.yaml")
    assert document.line_end == line_end
    assert document.added_end == ("" if text.endswith("\n") else line_end)
    assert document.text == text + document.added_end


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    document = read_yaml("\ufeffa: 1\n", "file.yaml")
    assert document.text == "a: 1\n"
    assert isinstance(document.root, yaml.MappingNode)
    assert document.root.value[0][0].value == "a"
