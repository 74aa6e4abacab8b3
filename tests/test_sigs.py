"""Mistakes in the source: each is a fault with its line and what to do, and every other row goes on."""

from __future__ import annotations

import pytest

from bot.status.datafile import Source, read_source
from bot.status.faults import Fault, FileFaultError
from bot.status.ladder import Column, Sig

TOP = """\
columns:
  - label: v0.1
  - label: v0.2
  - label: beta
data:
  - label: Healthy
    sourceUrl: https://github.com/org/healthy
"""
FIRST = 8
"""The line on which the row under test begins."""
URL = "https://github.com/org/sig"
WRITE = "write https://github.com/OWNER/NAME"
NOWHERE = "no repository in `sourceUrl`:"
UNKNOWN = "unknown column: `msLabel` is"


def read(row: str, *, indent: int = 4) -> Source:
    """A source with a healthy row before and after the one given, whose lines begin in the first column."""
    lines = row.strip("\n").split("\n")
    lines = ["  - " + lines[0], *(" " * indent + line if line else "" for line in lines[1:])]
    return read_source(
        TOP + "\n".join(lines) + "\n  - label: Last\n    sourceUrl: https://github.com/org/last\n", "s.yaml"
    )


def faults_of(row: str) -> list[tuple[int, str]]:
    """The faults of a row that is left out, while its neighbours go on."""
    source = read(row)
    assert [sig.label for sig in source.sigs] == ["Healthy", "Last"]
    assert [sig.index for sig in source.sigs] == [0, 2]
    assert {fault.file for fault in source.faults} == {"s.yaml"}
    return [(fault.line - FIRST, fault.message) for fault in source.faults]


def warnings_of(row: str) -> tuple[Sig, list[tuple[int, str]]]:
    """A row that goes on, and what there is to mend in it all the same."""
    source = read(row)
    assert [sig.index for sig in source.sigs] == [0, 1, 2]
    return source.sigs[1], [(fault.line - FIRST, fault.message) for fault in source.faults]


def test_a_healthy_row_says_everything_it_can() -> None:
    sig, warnings = warnings_of(
        f"""
label: "C# "
sourceUrl: {URL}.git
component: core
prereleases: yes
match:
  BETA: [Core Beta, "Milestone 5"]
  v0.1: Zero one
hold: "a release is being taken back"
msLabel: beta
"""
    )
    assert warnings == []
    assert sig == Sig(
        label="C#",
        repository="org/sig",
        index=1,
        line=FIRST,
        component="core",
        prereleases=True,
        match={"beta": ("Core Beta", "Milestone 5"), "v0.1": ("Zero one",)},
        hold="a release is being taken back",
    )


def test_what_a_row_may_add_may_be_left_empty() -> None:
    sig, warnings = warnings_of(
        f"label: A\nsourceUrl: {URL}\ncomponent:\nprereleases: ~\nmatch:\nhold: null\nmsLabel:"
    )
    assert warnings == []
    assert sig == Sig("A", "org/sig", 1, FIRST)


def test_prereleases_may_be_refused_in_so_many_words() -> None:
    assert not warnings_of(f"label: A\nsourceUrl: {URL}\nprereleases: false")[0].prereleases
    assert warnings_of(f"label: A\nsourceUrl: {URL}\nprereleases: True")[0].prereleases


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("label: A", [(0, "this row has no `sourceUrl`: add https://github.com/OWNER/NAME")]),
        ("label: A\nsourceUrl:", [(1, "this row has no `sourceUrl`: add https://github.com/OWNER/NAME")]),
        (
            f"label: A\nsourceURL: {URL}",
            [
                (
                    0,
                    "this row has no `sourceUrl` (did you mean `sourceURL`?): add https://github.com/OWNER/NAME",
                )
            ],
        ),
        (
            "label: A\nsourceUrl: https://gitlab.com/org/sig",
            [
                (1, f"{NOWHERE} `https://gitlab.com/org/sig` is not on github.com: {WRITE}"),
            ],
        ),
        (
            "label: A\nsourceUrl: org/sig",
            [(1, "no repository in `sourceUrl`: `org/sig` is not a URL: write https://github.com/org/sig")],
        ),
        (
            "label: A\nsourceUrl: https://github.com/org",
            [
                (1, f"{NOWHERE} `https://github.com/org` names an owner and no repository: {WRITE}"),
            ],
        ),
        ("label: A\nsourceUrl: [x]", [(1, "`sourceUrl` is a list: write https://github.com/OWNER/NAME")]),
        ("label: A\nsourceUrl: 42", [(1, "`sourceUrl` is a number: write https://github.com/OWNER/NAME")]),
    ],
)
def test_a_row_without_a_repository_is_left_out(row: str, expected: list[tuple[int, str]]) -> None:
    assert faults_of(row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f"sourceUrl: {URL}", [(0, "this row has no `label`: add one")]),
        (f"sourceUrl: {URL}\nlabel:", [(1, "this row has no `label`: add one")]),
        (f"sourceUrl: {URL}\nlabel: '  '", [(1, "this row has no `label`: add one")]),
        (f"sourceUrl: {URL}\nlabel: [A]", [(1, "`label` is a list: write a text")]),
        (f"sourceUrl: {URL}\nlabel: {{a: b}}", [(1, "`label` is a mapping: write a text")]),
        (f"lable: A\nsourceUrl: {URL}", [(0, "this row has no `label` (did you mean `lable`?): add one")]),
    ],
)
def test_a_row_without_a_label_is_left_out(row: str, expected: list[tuple[int, str]]) -> None:
    assert faults_of(row) == expected


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("Hold", "hold"),
        ("pre-releases", "prereleases"),
        ("COMPONENT", "component"),
        ("pre_Releases", "prereleases"),
    ],
)
def test_a_key_that_is_one_of_the_bots_but_for_its_spelling_leaves_the_row_out(key: str, known: str) -> None:
    message = f"the bot does not know `{key}`: write `{known}`"
    assert faults_of(f"label: A\nsourceUrl: {URL}\n{key}: x") == [(2, message)]


@pytest.mark.parametrize(
    ("key", "known"),
    [("componet", "component"), ("prerelases", "prereleases"), ("mach", "match"), ("holds", "hold")],
)
def test_a_key_that_is_nearly_one_of_the_bots_is_asked_about(key: str, known: str) -> None:
    _, warnings = warnings_of(f"label: A\nsourceUrl: {URL}\n{key}: x")
    assert warnings == [(2, f"the bot does not know `{key}` (did you mean `{known}`?)")]


@pytest.mark.parametrize(
    "keys",
    [
        "note: x\nold: y\nurl: z\nowner: me\n7: seven\n? [a]\n: b",
        "labels: [a]\nsource: x\nprerelease: true\nstate: held\npatch: 1",
        "component: core\ncomponents: [core, api]\nhold: why\nholds: 1",
    ],
)
def test_keys_of_peoples_own_are_not_asked_about(keys: str) -> None:
    assert warnings_of(f"label: A\nsourceUrl: {URL}\n{keys}")[1] == []


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("title: a\ntitle: b\n", 2),
        ("menu:\n  a: 1\n  b: [{c: 1, c: 2}]\n", 3),
        ("m: {7: a, 7: b, '7': c}\n", 1),
    ],
)
def test_a_key_that_stands_twice_elsewhere_is_named_because_hugo_reads_no_such_file(
    before: str, line: int
) -> None:
    source = read_source(before + TOP, "s.yaml")
    (fault,) = source.faults
    assert (fault.line, [sig.label for sig in source.sigs]) == (line, ["Healthy"])
    assert "stands 2 times" in fault.message
    assert fault.message.endswith("here: keep one")


def test_a_key_that_stands_twice_within_a_rows_own_keys_is_named_and_the_row_goes_on() -> None:
    _, warnings = warnings_of(f"label: A\nsourceUrl: {URL}\nmeta: &meta\n  a: 1\n  a: 2\nmore: *meta")
    assert warnings == [(4, "the key `a` stands 2 times here: keep one")]


def test_what_people_wrote_is_shown_on_one_line_within_bounds() -> None:
    faults = faults_of('sourceUrl: "\\e[31m\\n' + "x" * 200 + '"\nlabel: A')
    assert faults == [(0, f"{NOWHERE} `\\x1b[31m\\n{'x' * 73}…` is not a URL: {WRITE}")]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
@pytest.mark.parametrize(
    "before", ["", "\ufeff", "%YAML 1.1\n---\n", "# one\n\n\ttwo: |\n".replace("\ttwo", "two") + "  x\n\n"]
)
def test_lines_are_counted_alike_whatever_ends_them(line_end: str, before: str) -> None:
    rows = """\
  - lable: A
    # https://github.com/org/a
    sourceUrl: gitlab.com/org/a
    match: {betta: x}
  -
  - label: |
      B
    sourceUrl: https://github.com/org/healthy
    Hold: no
"""
    source = read_source((before + TOP + rows).replace("\n", line_end), "s.yaml")
    first = FIRST + before.count("\n")
    lines = [
        (fault.line - first, fault.message.partition("`")[2].partition("`")[0]) for fault in source.faults
    ]
    assert lines == [(0, "label"), (2, "sourceUrl"), (3, "match"), (4, "label:"), (8, "Hold")]


def test_every_fault_of_a_row_is_named_at_once() -> None:
    assert [line for line, _ in faults_of("sourceUrl: x\ncomponent: 7\nhold: true")] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("component: 1.0", '`component` must be a text, and `1.0` is a number: write "1.0"'),
        ("component: ''", "`component` must be a text"),
        ("component: [core]", "`component` must be a text"),
        ("prereleases: sometimes", "`prereleases` must be true or false"),
        ("prereleases: 1", "`prereleases` must be true or false"),
        ("match: [beta]", '`match` must be a mapping: `match: {beta: ["Title"]}`'),
        ("hold: true", '`hold` must be the reason, a text: `hold: "why"`'),
        ("hold: ' '", '`hold` must be the reason, a text: `hold: "why"`'),
        ("match: {beta: 7}", "`match` needs whole titles, each a text: put them in quotes"),
        ("match: {beta: [One, 2020-04-01]}", "`match` needs whole titles, each a text: put them in quotes"),
        ("match: {beta: [[One]]}", "`match` needs whole titles, each a text: put them in quotes"),
        ("match: {beta: One, beta: Two}", "`beta` stands 2 times in `match`: keep one"),
        ("match: {beta: One, Beta: Two}", "`beta` stands 2 times in `match`: keep one"),
        ("match: {[x]: One}", "`match` names `a list`, which is no column (there are v0.1, v0.2, beta)"),
        ("match: {Betta: One}", "`match` names `Betta`, which is no column (did you mean `beta`?)"),
        (
            "match: {alpha one: One}",
            "`match` names `alpha one`, which is no column (there are v0.1, v0.2, beta)",
        ),
    ],
)
def test_an_option_that_cannot_be_meant_so_leaves_the_row_out(option: str, message: str) -> None:
    assert faults_of(f"label: A\nsourceUrl: {URL}\n{option}") == [(2, message)]


def test_a_match_tells_the_line_of_its_fault() -> None:
    row = f"label: A\nsourceUrl: {URL}\nmatch:\n  beta:\n    - One\n  gamma: Two\n  v0.1: 3"
    assert [line for line, _ in faults_of(row)] == [5, 6]


def test_two_rows_for_one_repository_leave_the_second_out() -> None:
    message = "the row on line 6 (Healthy) has this repository already: remove one, or give each "
    message += "its own `component`"
    assert faults_of("label: Again\nsourceUrl: https://www.github.com/ORG/Healthy/releases") == [(1, message)]


def test_two_components_of_one_repository_are_two_rows() -> None:
    sig, warnings = warnings_of("label: Core\nsourceUrl: https://github.com/org/healthy\ncomponent: core")
    assert (sig.component, warnings) == ("core", [])


def test_two_rows_for_one_component_of_a_repository_leave_the_second_out() -> None:
    row = "  - label: {}\n    sourceUrl: https://github.com/org/mono\n    component: {}\n"
    source = read_source(
        TOP + row.format("One", "core") + row.format("Two", "CORE") + row.format("Three", "api")
    )
    assert [sig.label for sig in source.sigs] == ["Healthy", "One", "Three"]
    assert [fault.line for fault in source.faults] == [12]
    assert (
        "the row on line 8 (One) has this repository and component core already" in source.faults[0].message
    )


def test_a_label_that_stands_twice_leaves_the_second_row_out() -> None:
    message = "the label `Healthy` is already that of the row on line 6: give it another"
    assert faults_of(f"label: Healthy\nsourceUrl: {URL}") == [(0, message)]


def test_a_broken_row_does_not_take_its_label_or_repository_away_from_a_healthy_one() -> None:
    source = read("label: Last\nsourceUrl: https://github.com/org/last\ncomponent: 5")
    assert [sig.label for sig in source.sigs] == ["Healthy", "Last"]
    assert len(source.faults) == 1


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("just a text", [(0, "this row is a text: write `label:` and `sourceUrl:`, or remove it")]),
        ("- a list", [(0, "this row is a list: write `label:` and `sourceUrl:`, or remove it")]),
        ("~", [(0, "this row is nothing: write `label:` and `sourceUrl:`, or remove it")]),
        ("!foo x", [(0, "this row is no text: write `label:` and `sourceUrl:`, or remove it")]),
        (
            f"label: A\nsourceUrl: {URL}\nopenIssues: 1\nlabel: B",
            [(3, "the key `label` stands 2 times in this row: keep one")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\nopenIssues: 1\nopenIssues: 1\nopenIssues: 2",
            [(4, "the key `openIssues` stands 3 times in this row: keep one")],
        ),
        (
            f"label: &name A\nsourceUrl: {URL}\nreleaseName: *name",
            [(2, "the value of `releaseName` is an alias: write the value out")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\nmsLabel: &column v0.1",
            [(2, "the value of `msLabel` has an anchor or a tag, which would be lost: remove it")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\nmsLabel: !!str v0.1",
            [(2, "the value of `msLabel` has an anchor or a tag, which would be lost: remove it")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\nreleaseUrl: {{}}",
            [(2, "the value of `releaseUrl` is a mapping: write one value")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\n? releaseUrl\n: x",
            [(2, "the value of `releaseUrl` does not stand behind its key and a colon: write `key: value`")],
        ),
        (
            f"{{label: A, sourceUrl: '{URL}', releaseUrl}}",
            [(0, "the value of `releaseUrl` does not stand behind its key and a colon: write `key: value`")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\n<<: nothing",
            [(2, "`<<` needs the alias of a mapping: mend it, or write the keys out")],
        ),
        (
            f"label: A\nsourceUrl: {URL}\nz: &z {{label: Z}}\n<<: *z",
            [(3, "`<<` must come first in the row: readers differ on which of two values wins")],
        ),
        (
            f"label: A\nz: &z {{percent: 1}}\nsourceUrl: {URL}\nmsLabel: v0.1\n<<: *z",
            [(4, "`<<` must come first in the row: readers differ on which of two values wins")],
        ),
    ],
)
def test_a_row_that_cannot_be_read_or_written_for_certain_is_left_out(
    row: str, expected: list[tuple[int, str]]
) -> None:
    assert faults_of(row) == expected


@pytest.mark.parametrize(
    ("alias", "line"), [("- *one", 9), ("-\n    *one", 10), ("- # why - *not\n    *one", 10)]
)
def test_a_row_that_is_an_alias_of_another_is_left_out(alias: str, line: int) -> None:
    text = TOP.replace("- label: Healthy", "- &one\n    label: Healthy")
    source = read_source(f"{text}  {alias}\n  - label: Last\n    sourceUrl: {URL}\n", "s.yaml")
    assert [sig.index for sig in source.sigs] == [0, 2]
    assert source.faults == (Fault("s.yaml", line, "this row is an alias of another: write it out"),)


def test_aliases_are_told_apart_in_a_list_on_one_line() -> None:
    rows = f"&one {{label: A, sourceUrl: '{URL}'}},\n  *one,\n  # again\n  *one"
    text = f"columns: [{{label: a}}]\ndata: [{rows}]\n"
    assert [fault.line for fault in read_source(text).faults] == [3, 5]


def test_a_row_may_borrow_from_defaults() -> None:
    text = TOP.replace("data:", "defaults: &defaults\n  component: core\n  prereleases: true\ndata:")
    text += f"  - <<: *defaults\n    label: A\n    sourceUrl: {URL}\n    prereleases: false\n"
    text += f"  - <<: [*defaults, {{hold: why}}]\n    label: B\n    sourceUrl: {URL}2\n"
    source = read_source(text)
    assert source.faults == ()
    borrowed = [(sig.component, sig.prereleases, sig.hold) for sig in source.sigs]
    assert borrowed == [(None, False, None), ("core", False, None), ("core", True, "why")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            f"label: A\nsourceUrl: {URL}\nmsLabel: v0.3",
            [
                (2, f"{UNKNOWN} `v0.3`, which no column has as its label (did you mean `v0.2`?)"),
            ],
        ),
        (
            f"label: A\nsourceUrl: {URL}\nmsLabel: 7",
            [
                (2, f"{UNKNOWN} `7`, which no column has as its label (there are v0.1, v0.2, beta)"),
            ],
        ),
        (
            f"label: 1.10\nsourceUrl: {URL}",
            [(0, '`label` must be a text, and `1.10` is a number: write "1.10"')],
        ),
        (
            f"label: yes\nsourceUrl: {URL}",
            [(0, '`label` must be a text, and `yes` is a yes or no: write "yes"')],
        ),
    ],
)
def test_what_cannot_mislead_is_a_fault_but_the_row_goes_on(
    row: str, expected: list[tuple[int, str]]
) -> None:
    sig, warnings = warnings_of(row)
    assert warnings == expected
    assert sig.repository == "org/sig"


def test_a_column_that_stands_twice_counts_once() -> None:
    source = read_source(TOP.replace("label: v0.2", "label: V0.1"), "s.yaml")
    assert [column.label for column in source.columns] == ["v0.1", "beta"]
    assert [sig.label for sig in source.sigs] == ["Healthy"]
    assert source.faults == (
        Fault("s.yaml", 3, "the column `V0.1` stands on line 2 already: keep one (the first counts)"),
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("v0.1", '"v0.1 "'),
        ("v0.1", '"0.1"'),
        ("v1.0", "v1.0.0"),
        ("beta", "' BETA'"),
        ("Release Candidate", "release-candidate"),
        ('"??"', '"?? "'),
    ],
)
def test_a_column_that_no_title_could_tell_from_another_counts_once(first: str, second: str) -> None:
    source = read_source(
        f"columns: [{{label: {first}}}, {{label: other}}, {{label: {second}}}]\n{TOP[TOP.index('data:') :]}"
    )
    assert [column.label for column in source.columns] == [first.strip('"'), "other"]
    (fault,) = source.faults
    assert fault.line == 1
    assert fault.message.endswith("stands on line 1 already: keep one (the first counts)")


@pytest.mark.parametrize(
    ("first", "second"), [("v0.1", "v0.10"), ("rc", "rc 2"), ("v1.0", "v1"), ('"??"', '"!!"')]
)
def test_columns_that_titles_tell_apart_both_count(first: str, second: str) -> None:
    source = read_source(f"columns: [{{label: {first}}}, {{label: {second}}}]\n{TOP[TOP.index('data:') :]}")
    assert (len(source.columns), source.faults) == (2, ())


def test_the_titles_of_a_column_may_be_left_empty_and_are_asked_about_where_misspelt() -> None:
    source = read_source(TOP.replace("label: v0.2", "label: v0.2\n    match:\n    macth: x\n    Match: [y]"))
    assert source.columns[1] == Column("v0.2")
    assert source.faults == ()
    source = read_source(TOP.replace("label: v0.2", "label: v0.2\n    Match: [y]"), "s.yaml")
    assert source.columns[1] == Column("v0.2")
    assert source.faults == (Fault("s.yaml", 4, "the bot does not know `Match`: write `match`"),)


def test_a_column_may_name_whole_titles() -> None:
    source = read_source(TOP.replace("label: beta", "label: beta\n    match: [Core Beta, Milestone 5]"))
    assert source.columns == (Column("v0.1"), Column("v0.2"), Column("beta", ("Core Beta", "Milestone 5")))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(0, "the file is empty: it needs `columns:` and `data:`")]),
        ("# only a remark\n", [(0, "the file is empty: it needs `columns:` and `data:`")]),
        ("- a\n", [(0, "the file is a list: it needs `columns:` and `data:`")]),
        ("data: []\n", [(0, "there is no `columns:`: add it, with a column for each step")]),
        (
            "colums: []\ndata: []\n",
            [(0, "there is no `columns:` (did you mean `colums`?): add it, with a column for each step")],
        ),
        ("columns: []\n", [(1, "`columns:` is empty: it needs a column for each step")]),
        ("columns: v0.1\n", [(1, "`columns:` is a text: it needs a list, with a column for each step")]),
        ("columns:\n", [(1, "`columns:` is nothing: it needs a list, with a column for each step")]),
        ("columns: [{label: a}]\n", [(0, "there is no `data:`: add it, with a row for each SIG")]),
        ("columns: [{label: a}]\ndata: []\n", [(2, "`data:` is empty: it needs a row for each SIG")]),
        (
            "columns: [{label: a}]\ndata: {}\n",
            [(2, "`data:` is a mapping: it needs a list, with a row for each SIG")],
        ),
        (
            "columns: [{label: a}]\ndata: [x]\nmore: 1\ndata: [y]\n",
            [(4, "`data:` stands on lines 2 and 4: keep one")],
        ),
        (
            "rows: &rows [x]\ncolumns: [{label: a}]\ndata: *rows\n",
            [(3, "`data:` is an alias: write the list out here")],
        ),
        (
            "columns:\n  - v0.1\n  - 7\n  - label: 1.0\n  - label:\n  - {m: x}\n  - {lable: x}\ndata: []\n",
            [
                (2, "a column is a text: write `- label: v0.1`"),
                (3, "a column is a number: write `- label: v0.1`"),
                (4, 'a column\'s label must be a text, and `1.0` is a number: write "1.0"'),
                (5, "a column's label must be a text"),
                (6, "this column has no `label`: write `- label: v0.1`"),
                (7, "this column has no `label` (did you mean `lable`?): write `- label: v0.1`"),
            ],
        ),
        (
            "columns:\n  - label: a\n    label: b\n  - label: ' '\n  - label: c\n    match: 7\ndata: [x]\n",
            [
                (2, "the key `label` stands 2 times in this column: keep one"),
                (4, "a column's label must be a text"),
                (5, "`match` needs whole titles, each a text: put them in quotes"),
            ],
        ),
    ],
)
def test_a_file_on_whose_ladder_or_rows_nobody_can_count_is_refused(
    text: str, faults: list[tuple[int, str]]
) -> None:
    with pytest.raises(FileFaultError) as error:
        read_source(text, "s.yaml")
    assert error.value.faults == tuple(Fault("s.yaml", line, message) for line, message in faults)
