"""However a row stands in its file, only the bot's values change in it, or it is refused by line."""

from __future__ import annotations

import pytest

from bot.status.datafile import Value, read_source, write_output
from bot.status.faults import Fault, FileFaultError
from tests.datafiles import HEADER, NOTES, TOP, URL, body, data_of, written


class TestOddShapes:
    """Every way in which a row can stand there is kept, down to its blanks."""

    def test_a_bare_row_gets_its_keys_behind_those_of_people(self) -> None:
        assert written(
            f"  - label: A\n    sourceUrl: {URL}\n    # a remark\n", {"msLabel": "v0.1", "openIssues": 1}
        ) == (f'  - label: A\n    sourceUrl: {URL}\n    msLabel: "v0.1"\n    openIssues: 1\n    # a remark\n')

    def test_missing_keys_go_behind_the_one_that_comes_before_them(self) -> None:
        row = f"  - releaseName: x\n    label: A\n    openIssues: 0 # for now\n    sourceUrl: {URL}\n"
        values: dict[str, Value] = {"msLabel": "v0.1", "openIssues": 1, "percent": 5, "releaseTag": "v1"}
        assert written(row, values) == (
            '  - releaseName: x\n    releaseTag: "v1"\n    label: A\n    msLabel: "v0.1"\n'
            f"    openIssues: 1 # for now\n    percent: 5\n    sourceUrl: {URL}\n"
        )

    def test_a_missing_first_key_may_take_the_place_behind_the_dash(self) -> None:
        row = f"  - openIssues: 0\n    label: A\n    sourceUrl: {URL}\n"
        assert written(row, {"msLabel": "v0.1"}) == f'  - msLabel: "v0.1"\n    {row[4:]}'

    def test_sequences_may_stand_at_the_margin(self) -> None:
        row = f"- label: A\n  sourceUrl: {URL}\n  releaseDescription: n/a\n"
        assert written(row, {"releaseDescription": NOTES, "releaseTag": "v1"}) == (
            f'- label: A\n  sourceUrl: {URL}\n  releaseTag: "v1"\n  releaseDescription: |\n'
            "    ## New\n\n    - a thing\n    - another\n"
        )

    def test_flow_rows_stay_on_their_line(self) -> None:
        row = f"  - {{label: A, sourceUrl: '{URL}', openIssues: , releaseName: x, z: [1]}} # why not\n"
        values: dict[str, Value] = {
            "msLabel": "v0.1",
            "openIssues": 1,
            "releaseName": "a\nb",
            "releaseTag": "v1",
        }
        assert written(row, values) == (
            f"  - {{label: A, sourceUrl: '{URL}', msLabel: 'v0.1', openIssues: 1 , "
            "releaseName: \"a\\nb\", releaseTag: 'v1', z: [1]} # why not\n"
        )

    def test_flow_rows_without_a_key_of_the_bots_get_theirs_at_the_end(self) -> None:
        row = f"  - {{label: A, sourceUrl: '{URL}'}}\n"
        assert written(row, {"percent": 5}) == f"  - {{label: A, sourceUrl: '{URL}', percent: 5}}\n"

    def test_notes_of_many_words_stay_on_the_line_of_a_flow_row(self) -> None:
        row = f"  - {{label: A, sourceUrl: '{URL}'}}\n"
        assert written(row, {"releaseTag": "v1", "releaseDescription": NOTES + "word " * 40 + "end"}) == (
            f"  - {{label: A, sourceUrl: '{URL}', releaseTag: 'v1', "
            f'releaseDescription: "## New\\n\\n- a thing\\n- another\\n{"word " * 40}end"}}\n'
        )

    def test_keys_before_the_first_of_a_flow_row_follow_each_other(self) -> None:
        row = f"  - {{releaseUrl: x, label: A, sourceUrl: '{URL}'}}\n"
        added: dict[str, Value] = {"msLabel": "v0.1", "percent": 5}
        assert written(row, added) == row.replace("releaseUrl", "msLabel: 'v0.1', percent: 5, releaseUrl")

    @pytest.mark.parametrize("line_end", ["\n", "\r\n"])
    def test_added_notes_take_the_line_ends_of_the_file(self, line_end: str) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n"
        output = write_output(
            read_source((TOP + row).replace("\n", line_end)), {0: {"releaseDescription": NOTES}}
        )
        expected = row + "    releaseDescription: |\n      ## New\n\n      - a thing\n      - another\n"
        assert output == (HEADER + TOP + expected).replace("\n", line_end)

    def test_notes_added_before_the_first_key_are_a_block(self) -> None:
        row = f"  - releaseUrl: x\n    label: A\n    sourceUrl: {URL}\n"
        assert written(row, {"releaseDescription": "", "releaseName": "a\n\nb\n\n"}) == (
            "  - releaseName: |+\n      a\n\n      b\n\n    releaseUrl: x\n"
            f'    releaseDescription: ""\n    label: A\n    sourceUrl: {URL}\n'
        )

    def test_a_name_becomes_a_block_only_beyond_the_width_of_a_line(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n"
        fits = "word " * 11 + "fits"
        assert written(row, {"releaseName": fits}) == row + f'    releaseName: "{fits}"\n'
        assert len(f'    releaseName: "{fits}"') == 78
        exactly = fits + "ed"
        assert written(row, {"releaseName": exactly}) == row + f'    releaseName: "{exactly}"\n'
        beyond = exactly + "!"
        assert written(row, {"releaseName": beyond}) == row + f"    releaseName: |-\n      {beyond}\n"

    def test_flow_rows_over_several_lines_keep_their_shape(self) -> None:
        row = (
            f"  - {{\n      label: A, # a\n      sourceUrl: '{URL}',\n      msLabel:\n        v0.1\n    }}\n"
        )
        assert written(row, {"msLabel": "beta"}) == row.replace("\n        v0.1", " beta")

    def test_keys_of_a_flow_row_over_several_lines_get_lines_of_their_own(self) -> None:
        row = f"  - {{\n      label: A, # a\n      sourceUrl: '{URL}', # b\n      releaseName: x\n    }}\n"
        values: dict[str, Value] = {"openIssues": 1, "releaseName": "other", "releaseTag": "v1", "percent": 5}
        assert written(row, values) == (
            f"  - {{\n      label: A, # a\n      sourceUrl: '{URL}', # b\n      openIssues: 1,\n"
            "      percent: 5,\n      releaseName: other,\n      releaseTag: 'v1'\n    }\n"
        )
        row = f"  - {{\n      label: A,\n      sourceUrl: '{URL}', # b\n    }} # c\n"
        assert written(row, {"openIssues": 1, "percent": 5}) == row.replace(
            "# b\n", "# b\n      openIssues: 1,\n      percent: 5,\n"
        )

    def test_a_key_behind_one_that_shares_its_line_in_a_flow_row_gets_a_line_all_the_same(self) -> None:
        row = f"  - {{\n      label: A,\n      sourceUrl: '{URL}', releaseName: x, z: 1\n    }}\n"
        assert written(row, {"releaseName": "y", "releaseTag": "v1"}) == row.replace(
            "releaseName: x", "releaseName: 'y', releaseTag: 'v1'"
        )
        row = f"  - {{\n      label: A, sourceUrl: '{URL}',\n      releaseName: x, z: 1\n    }}\n"
        assert written(row, {"releaseTag": "v1"}) == row.replace("x, z", "x,\n      releaseTag: 'v1', z")

    def test_long_texts_in_flow_rows_over_several_lines_are_folded(self) -> None:
        row = f"  - {{\n      label: A,\n      sourceUrl: '{URL}',\n      releaseDescription: x,\n    }}\n"
        assert written(row, {"releaseDescription": "word " * 20 + "\nend"}) == row.replace(
            " x,",
            ' "word word word word word word word word word word\n'
            "        word word word word word word word word word word \\n\\\n"
            '        end",',
        )

    def test_a_flow_row_that_outgrows_its_line_gets_one_for_each_key(self) -> None:
        row = f'  - &a {{ openIssues: 0, label: A, sourceUrl: "{URL}" }} # c\n'
        values: dict[str, Value] = {"msLabel": "v0.1", "openIssues": 1, "percent": 5, "releaseName": "x\ny"}
        assert written(row, values) == (
            '  - &a {\n      msLabel: "v0.1",\n      openIssues: 1,\n      percent: 5,\n'
            f'      releaseName: "x\\ny",\n      label: A,\n      sourceUrl: "{URL}",\n    }} # c\n'
        )

    @pytest.mark.parametrize(
        "row",
        [
            f"  - {{ label: A, sourceUrl: '{URL}'^ }}",
            f"  - {{ label: A, sourceUrl: '{URL}', z: {'x' * 40}^ }}",
            f"  - {{label: A, sourceUrl: '{URL}', zzzz: xxxxxxxx^}}",
            f"  - {{ label: A,  sourceUrl: '{URL}', z: xxxxxxxx^ }}",
            f"  - {{ label: A, sourceUrl: '{URL}', z: xxxxxxxx^, }}",
            f"  - {{ label: A, sourceUrl: '{URL}'^, z: &z xxxxxx }}\n  - *z",
            f"  [{{ label: A, sourceUrl: '{URL}', zz: xxxxxxxx^ }}]",
            f"  [ # c\n    {{ label: A, sourceUrl: '{URL}', z: xxxxxxx^ }}]",
            f"  - {{ label: A, sourceUrl: '{URL}', 'z': # c\n      xxxxxxxx^ }}",
        ],
    )
    def test_a_flow_row_that_still_fits_or_is_spaced_otherwise_stays_on_its_line(self, row: str) -> None:
        before = row.replace("^", "")
        assert written(f"{before}\n", {"percent": 5}) == row.replace("^", ", percent: 5") + "\n"

    def test_rows_of_json_stay_json_where_no_key_is_missing(self) -> None:
        row = f'  - {{"label":"A","sourceUrl":"{URL}","openIssues":0}}\n'
        assert written(row, {"openIssues": 7}) == row.replace(":0", ":7")

    def test_block_scalars_give_way_with_all_their_lines(self) -> None:
        row = f"""\
  - label: A
    sourceUrl: {URL}
    releaseDescription: |-  # a remark
      old
      lines

    # another
    msLabel: >
      folded
      text
    releaseUrl: |+
      kept


    z: 1
"""
        assert (
            written(row, {"releaseDescription": NOTES, "msLabel": "v0.1", "releaseUrl": "u"})
            == f"""\
  - label: A
    sourceUrl: {URL}
    releaseDescription: |  # a remark
      ## New

      - a thing
      - another

    # another
    msLabel: "v0.1"
    releaseUrl: "u"


    z: 1
"""
        )

    def test_a_block_scalar_that_says_the_same_is_left_alone_and_its_blank_lines_with_it(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseName: |+\n      kept\n\n    z: 1\n"
        assert written(row, {"releaseName": "kept\n\n", "releaseTag": "v1"}) == (
            f"  - label: A\n    sourceUrl: {URL}\n    releaseName: |+\n      kept\n\n"
            '    releaseTag: "v1"\n    z: 1\n'
        )

    @pytest.mark.parametrize(
        "block",
        [
            "|\n      x\n       \n",
            "|-\n      x\n       ",
            ">\n      x\n      \t\n",
            "|+\n\n",
            "|+2\n        \n\n",
        ],
    )
    def test_keys_added_below_a_text_of_people_leave_its_blanks_to_it(self, block: str) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    note: {block}\n"
        assert (
            written(row, {"percent": 5})
            == row.rstrip("\n") + "\n" * (len(row) - len(row.rstrip("\n"))) + "    percent: 5\n"
        )

    @pytest.mark.parametrize("value", ["|\n      x", "|+\n      x", ">\n      x", "|\n      x\n        "])
    def test_keys_are_not_added_below_a_text_that_lacks_the_files_last_line_end(self, value: str) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    note: {value}"
        assert written(row, {"percent": 5}) == row.replace("    note", "    percent: 5\n    note")
        row = row.replace("note", "releaseTag")
        stands = str(data_of(TOP + row)[0]["releaseTag"])
        values: dict[str, Value] = {"releaseTag": stands, "releaseUrl": "u"}
        expected = row.replace("    releaseTag", '    releaseUrl: "u"\n    releaseTag')
        if " " in stands:  # what Hugo would trim is written anew
            expected = expected.replace("|\n      x", '"x\\n  "') + "\n"
        assert written(row, values) == expected

    @pytest.mark.parametrize("last", ["x\xa0", "x\u3000", "x \t", "x"])
    def test_a_block_scalar_gives_way_with_whatever_blanks_it_ends_with(self, last: str) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseName: |\n      {last}\n\n    z: 1\n"
        assert written(row, {"releaseName": "y"}) == row.replace(f"|\n      {last}\n", '"y"\n')
        assert written(row, {"releaseName": "y\nz"}) == row.replace(
            f"|\n      {last}\n", "|-\n      y\n      z\n"
        )

    def test_a_block_scalar_that_hugo_would_change_is_replaced_though_it_says_the_same(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseName: |-\n      a\tb\n"
        assert written(row, {"releaseName": "a\tb"}) == row.replace("|-\n      a\tb", '"a\\tb"')

    def test_empty_values_are_filled_in(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n"
        empty = "    msLabel:\n    openIssues:   # none\n    releaseUrl: \n    percent: ~\n"
        assert written(
            row + empty, {"msLabel": "v0.1", "openIssues": 2, "releaseUrl": "u", "percent": 4}
        ) == (f'{row}    msLabel: "v0.1"\n    openIssues: 2   # none\n    releaseUrl: "u"\n    percent: 4\n')

    def test_comments_behind_values_stay_there(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    msLabel: v0.1 # c\n    releaseDescription: n/a # d\n"
        assert written(row, {"msLabel": "beta", "releaseDescription": "x\ny"}) == (
            f"  - label: A\n    sourceUrl: {URL}\n    msLabel: beta # c\n"
            "    releaseDescription: |- # d\n      x\n      y\n"
        )

    def test_a_block_does_not_swallow_a_comment_or_blanks_below_it(self) -> None:
        for below in ("      # deeper\n", "\n        # deeper still\n", "          \n"):
            row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: n/a\n{below}    z: 1\n"
            assert written(row, {"releaseDescription": "x\ny"}) == row.replace("n/a", '"x\\ny"')
        for below in ("    # no deeper\n", "\n\n", "  # less deep\n"):
            row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: n/a\n{below}"
            assert written(row, {"releaseDescription": "x\ny"}) == row.replace("n/a", "|-\n      x\n      y")

    def test_a_block_with_blank_lines_at_its_end_does_not_take_in_more(self) -> None:
        for below in ("", "\n", "\n\n    z: 1\n"):
            row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: n/a\n{below}"
            assert written(row, {"releaseDescription": "x\n\n"}) == row.replace("n/a", '"x\\n\\n"')
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: n/a\n    z: 1\n"
        assert written(row, {"releaseDescription": "x\n\n"}) == row.replace("n/a", "|+\n      x\n")

    def test_values_below_their_keys_move_up_but_for_a_comment_between(self) -> None:
        row = f"""\
  - label: A
    sourceUrl: {URL}
    msLabel:
      v0.1
    releaseName: # why
      a folded
      name
    releaseDescription:

      "more
      lines"
"""
        assert (
            written(row, {"msLabel": "beta", "releaseName": "x\ny", "releaseDescription": "x\ny"})
            == f"""\
  - label: A
    sourceUrl: {URL}
    msLabel: beta
    releaseName: # why
      "x\\ny"
    releaseDescription: |-
      x
      y
"""
        )

    def test_a_text_below_a_comment_is_folded_there(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: # why\n      n/a\n"
        assert written(row, {"releaseDescription": "word " * 15 + "\tend"}) == row.replace(
            "n/a",
            '"word word word word word word word word word word word word word\\x20\\\n'
            '      word word \\tend"',
        )
        first = "x" * 90
        assert written(row, {"releaseDescription": f"{first} and\tend"}) == row.replace(
            "n/a", f'"{first}\\x20\\\n      and\\tend"'
        )

    def test_a_text_that_begins_with_a_blank_line_is_no_block_beside_a_comment(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: n/a # why\n    releaseName: x\n"
        values: dict[str, Value] = {"releaseDescription": "\nx\n", "releaseName": "\ny\n"}
        changed = row.replace("n/a", '"\\nx\\n"').replace("releaseName: x", "releaseName: |\n\n      y")
        assert written(row, values) == changed
        row = row.replace("n/a # why", "| # why\n      old")
        assert written(row, values) == changed

    def test_notes_too_wide_for_quotes_on_one_line_are_folded(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseDescription: n/a\n"
        notes = "x" * 70 + " long\r\nlines\r\n"
        assert written(row, {"releaseDescription": notes}) == row.replace(
            " n/a", '\n      "' + "x" * 70 + '\n      long\\r\\n\\\n      lines\\r\\n"'
        )
        bare = f"  - label: A\n    sourceUrl: {URL}\n"
        assert written(bare, {"releaseDescription": notes}) == (
            bare
            + '    releaseDescription:\n      "'
            + "x" * 70
            + '\n      long\\r\\n\\\n      lines\\r\\n"\n'
        )

    def test_quoted_keys_and_extra_blanks_stay(self) -> None:
        row = f"  - \"label\": A\n    'sourceUrl': {URL}\n"
        row += "    \"msLabel\" : 'v0.1'\n    'releaseName':   \"n/a\"\n"
        assert written(row, {"msLabel": "v0.2", "releaseName": "x"}) == row.replace("v0.1", "v0.2").replace(
            "n/a", "x"
        )

    def test_new_texts_get_the_quotes_that_the_file_uses(self) -> None:
        row = f'  - label: A\n    sourceUrl: {URL}\n    z: "it\'s"\n    y: \'n/a\'\n    x: "n/a"\n'
        row += "    msLabel: v0.1\n    releaseName: n/a\n"
        values: dict[str, Value] = {"msLabel": "yes", "releaseName": "it's", "releaseTag": "v1"}
        assert written(row, values) == row.replace("msLabel: v0.1", "msLabel: 'yes'").replace(
            "releaseName: n/a", "releaseName: \"it's\"\n    releaseTag: 'v1'"
        )

    def test_quotes_that_only_spared_an_escape_are_not_kept(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    msLabel: 'v0.1'\n    releaseName: 'the \"x\"'\n"
        assert written(row, {"releaseName": "y", "msLabel": "v0.2"}) == row.replace("v0.1", "v0.2").replace(
            'the "x"', "y"
        )
        row = row.replace("'v0.1'", '"v0.1"')
        assert written(row, {"releaseName": "y"}) == row.replace("'the \"x\"'", '"y"')

    def test_quotes_behind_an_anchor_or_a_tag_are_no_habit(self) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    z: !!str 'x'\n"
        assert written(row, {"msLabel": "v0.1"}) == row + '    msLabel: "v0.1"\n'
        row = f"  - label: &x \"x\"\n    sourceUrl: {URL}\n    y: *x\n    z: 'z'\n"
        assert written(row, {"msLabel": "v0.1"}) == row + "    msLabel: 'v0.1'\n"

    def test_complex_keys_of_others_stay(self) -> None:
        row = f"  - ? label\n    : A\n    ? sourceUrl\n    : {URL}\n    ? z\n    msLabel: v0.1\n"
        assert written(row, {"msLabel": "v0.2"}) == row.replace("v0.1", "v0.2")

    def test_anchors_outside_the_bots_values_stay(self) -> None:
        row = f"  - &row\n    label: &name A\n    title: *name\n    sourceUrl: {URL}\n    msLabel: v0.1\n"
        assert written(row, {"msLabel": "v0.2", "percent": 1}) == row.replace("v0.1", "v0.2\n    percent: 1")

    @pytest.mark.parametrize("stands", ["yes", "1e3", "0x10", "2020-04-01", "1_000"])
    def test_a_text_that_some_reader_takes_for_something_else_is_quoted(self, stands: str) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    releaseName: {stands}\n"
        assert written(row, {"releaseName": stands}) == row.replace(f" {stands}", f' "{stands}"')

    @pytest.mark.parametrize(
        ("stands", "value", "becomes"),
        [
            ('"7"', 7, "7"),
            ("+7", 7, "+7"),
            ("007", 7, "7"),
            ("0x7", 7, "7"),
            ("7", "7", '"7"'),
            ("yes", True, "true"),
            ("True", True, "True"),
            ('"true"', True, "true"),
            ("true", False, "false"),
            ("1.0", "1.0", '"1.0"'),
            ("[1, 2]", 3, "3"),
        ],
    )
    def test_a_value_of_another_type_gives_way(self, stands: str, value: Value, becomes: str) -> None:
        row = f"  - label: A\n    sourceUrl: {URL}\n    percent: {stands}\n"
        assert written(row, {"percent": value}) == row.replace(f" {stands}", f" {becomes}")


class TestRowsThatAreLeftOut:
    """A faulty row stays in the file; what the site says of it can be written all the same."""

    @pytest.mark.parametrize(
        ("row", "values", "expected"),
        [
            ('msLabel: a\n    msLabel: "b"', {"msLabel": "c"}, 'msLabel: c\n    msLabel: "c"'),
            ("z: &z zed\n    msLabel: *z # alias", {"msLabel": "c"}, 'z: &z zed\n    msLabel: "c" # alias'),
            ("msLabel: &unused a", {"msLabel": "c"}, "msLabel: c"),
            ("z: &z zed\n    msLabel: *z # alias", {"msLabel": "zed"}, "z: &z zed\n    msLabel: *z # alias"),
            ("msLabel: !!str |\n      a\n\n    z: 1", {"msLabel": "c"}, 'msLabel: "c"\n\n    z: 1'),
            ("msLabel: &a !x >-  # c\n      a\n    z: 1", {"msLabel": "c"}, 'msLabel: "c"  # c\n    z: 1'),
            (
                "releaseName:\n      - a # one\n      - [b]\n    # below",
                {"releaseName": "c"},
                'releaseName: "c"\n    # below',
            ),
            (
                "releaseName:\n      a: |\n        b\n      c:\n    z: 1",
                {"releaseName": "c"},
                'releaseName: "c"\n    z: 1',
            ),
            ("percent: !!str 5", {"percent": 6}, "percent: 6"),
            ("msLabel: &used a\n    z: *used", {"msLabel": "a"}, "msLabel: &used a\n    z: *used"),
        ],
    )
    def test_what_can_be_replaced_is_replaced(
        self, row: str, values: dict[str, Value], expected: str
    ) -> None:
        start = f"{TOP}  - label: A\n    sourceUrl: {URL}\n    "
        assert body(write_output(read_source(f"{start}{row}\n"), {0: values})) == f"{start}{expected}\n"

    @pytest.mark.parametrize(
        ("row", "line", "name"),
        [
            (f"label: A\n    sourceUrl: {URL}\n    msLabel: &used a\n    z: *used", 6, "msLabel"),
            (f"label: A\n    sourceUrl: {URL}\n    ? msLabel\n    : a", 6, "msLabel"),
            (
                f"label: A\n    sourceUrl: {URL}\n    releaseName:\n      - &used a\n    z: *used",
                6,
                "releaseName",
            ),
            (f"{{label: A, sourceUrl: '{URL}', msLabel}}", 4, "msLabel"),
            (f"a: &key msLabel\n    label: A\n    *key : x\n    sourceUrl: {URL}", 4, "msLabel"),
        ],
    )
    def test_what_cannot_be_replaced_is_refused_by_line(self, row: str, line: int, name: str) -> None:
        source = read_source(f"{TOP}  - {row}\n")
        assert write_output(source, {}) == HEADER + source.text
        with pytest.raises(FileFaultError) as error:
            write_output(source, {0: {name: "c"}})
        message = f"`{name}` cannot be replaced where it stands: write `{name}: value`"
        assert error.value.faults == (Fault("data/progress_source.yaml", line, message),)

    def test_a_row_without_any_place_for_new_keys_is_refused(self) -> None:
        source = read_source(TOP + "  - ? label\n    : A\n")
        with pytest.raises(FileFaultError, match=r":4: there is no place in this row for the bot's keys"):
            write_output(source, {0: {"percent": 1}})

    def test_a_row_that_borrows_from_another_is_not_changed_with_it(self) -> None:
        text = f"{TOP}  - &a\n    label: A\n    sourceUrl: {URL}\n"
        text += "    msLabel: v0.1\n    percent: 1\n    releaseUrl: [x]\n  - <<: *a\n    label: B\n"
        output = write_output(read_source(text), {0: {"msLabel": "beta", "percent": 3}})
        assert data_of(output)[1] == data_of(text)[1]
        changed = text.replace("v0.1\n    percent: 1", "beta\n    percent: 3")
        assert body(output) == changed + '    msLabel: "v0.1"\n    percent: 1\n'

    def test_a_row_that_borrows_is_left_alone_where_nothing_changes(self) -> None:
        text = f"{TOP}  - &a\n    label: A\n    sourceUrl: {URL}\n    percent: 1\n  - <<: *a\n    label: B\n"
        assert write_output(read_source(text), {0: {"percent": 1}}) == HEADER + text

    def test_a_row_that_borrows_keeps_what_its_lender_now_says_in_its_own_words(self) -> None:
        top = "defaults: &d {percent: 0}\n" + TOP
        rows = f"  - &a\n    <<: *d\n    label: A\n    sourceUrl: {URL}\n"
        rows += "  - &b {<<: *a, label: B}\n  - <<: *b\n    label: C\n"
        output = write_output(read_source(top + rows), {0: {"percent": 3}})
        assert [row["percent"] for row in data_of(output)] == [3, 0, 0]

    @pytest.mark.parametrize("values", [{1: {"openIssues": 1}}, {}])
    def test_a_row_that_would_take_over_what_it_does_not_say_is_refused(
        self, values: dict[int, dict[str, Value]]
    ) -> None:
        text = f"{TOP}  - &a\n    label: A\n    sourceUrl: {URL}\n  - <<: *a\n    label: B\n"
        values = {0: {"percent": 3}, **values}
        with pytest.raises(FileFaultError) as error:
            write_output(read_source(text), values)
        message = "this row would take over the `percent` of the row on line 4 by its `<<`: "
        message += "write out what it borrows"
        assert error.value.faults == (Fault("data/progress_source.yaml", 7, message),)
        output = write_output(read_source(text), {0: {"percent": 3}, 1: {"percent": 4}})
        assert [row["percent"] for row in data_of(output)] == [3, 4]

    def test_a_row_that_is_an_alias_follows_its_row(self) -> None:
        text = f"{TOP}  - &a\n    label: A\n    sourceUrl: {URL}\n    percent: 1\n  - *a\n"
        output = write_output(read_source(text), {0: {"percent": 2}})
        assert body(output) == text.replace("percent: 1", "percent: 2")


def test_borrowed_values_are_written_out_where_the_row_goes_on() -> None:
    top = "defaults: &defaults\n  msLabel: v0.1\n  percent: 0\n" + TOP
    row = f"  - <<: *defaults\n    label: A\n    sourceUrl: {URL}\n"
    output = write_output(read_source(top + row), {0: {"msLabel": "beta", "percent": 0}})
    assert body(output) == top + row + '    msLabel: "beta"\n    percent: 0\n'


def test_keys_are_added_behind_what_a_row_borrows_because_hugo_lets_the_last_one_win() -> None:
    top = "defaults: &defaults\n  msLabel: v0.1\n" + TOP
    row = f"  - label: A\n    sourceUrl: {URL}\n    <<: *defaults # the rest\n"
    output = write_output(read_source(top + row), {0: {"msLabel": "beta"}})
    assert body(output) == top + row + '    msLabel: "beta"\n'
