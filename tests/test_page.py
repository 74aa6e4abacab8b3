"""The page says what the facts say; what could not be read stays as the site has it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.status.datafile import read_output, read_source
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts
from bot.status.faults import Fault, FileFaultError
from bot.status.page import Page, compute_page

TOP = """\
columns:
  - label: v0.1
  - label: v0.2
  - label: v1.0
data:
"""
ROW = """\
  - label: {label}
    sourceUrl: https://github.com/org/{name}
    msLabel: v0.1
    openIssues: 0
    closedIssues: 0
    totalIssues: 0
    releaseName: "n/a"
    releaseDescription: "n/a"
    releaseUrl: ""
"""
GO = ROW.format(label="Go", name="go")
PHP = ROW.format(label="PHP", name="php")
MILESTONES = (
    Milestone(title="v0.1", state="closed", open=0, closed=9, url="https://github.com/org/go/milestone/1"),
    Milestone(title="v0.2", state="open", open=3, closed=17, url="https://github.com/org/go/milestone/2"),
)
RELEASE = Release(
    tag="v0.1.3",
    name="The third",
    published_at="2020-04-01T10:00:00Z",
    url="https://github.com/org/go/releases/tag/v0.1.3",
    body="## New\r\n\r\n* a thing",
)
READ = RepositoryFacts(milestones=MILESTONES, releases=(RELEASE,))
GONE = RepositoryFacts(error="404 Not Found")
NOTHING = RepositoryFacts()


def page(rows: str, previous: str | None = None, /, **repositories: RepositoryFacts) -> Page:
    facts = Facts(repositories={f"org/{name}": facts for name, facts in repositories.items()})
    return compute_page(read_source(TOP + rows, "source.yaml"), facts, previous, output_path="output.yaml")


def said(text: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = yaml.safe_load(text)["data"]
    return rows


STANDING = page(GO + PHP, go=READ, php=READ).text
"""An output in which both rows are past their beginnings."""


def test_a_status_fills_every_key() -> None:
    computed = page(GO, go=READ)
    assert said(computed.text)[0] == {
        "label": "Go",
        "sourceUrl": "https://github.com/org/go",
        "msLabel": "v0.2",
        "openIssues": 3,
        "closedIssues": 17,
        "totalIssues": 20,
        "percent": 85,
        "milestoneUrl": "https://github.com/org/go/milestone/2",
        "releaseName": "The third",
        "releaseTag": "v0.1.3",
        "releasedAt": "2020-04-01T10:00:00Z",
        "prerelease": False,
        "releaseUrl": "https://github.com/org/go/releases/tag/v0.1.3",
        "releaseDescription": "## New\r\n\r\n* a thing",
    }
    (row,) = computed.rows
    assert (row.sig.label, row.held, row.unreadable, row.renamed_to) == ("Go", None, None, None)
    assert row.status is not None
    assert row.status.column == "v0.2"
    assert computed.faults == ()


def test_without_a_release_the_page_says_so() -> None:
    (row,) = said(page(GO, go=NOTHING).text)
    assert {key: value for key, value in row.items() if key.startswith(("release", "pre"))} == {
        "releaseName": "n/a",
        "releaseTag": "",
        "releasedAt": "",
        "prerelease": False,
        "releaseUrl": "",
        "releaseDescription": "n/a",
    }
    assert (row["msLabel"], row["totalIssues"], row["percent"], row["milestoneUrl"]) == ("v0.1", 0, 0, "")


@pytest.mark.parametrize("name", [None, "", "  \t"])
def test_a_release_without_a_name_goes_by_its_tag(name: str | None) -> None:
    release = Release(tag="v0.1.3", name=name, prerelease=True)
    (row,) = said(page(GO, go=RepositoryFacts(releases=(release,))).text)
    assert (row["releaseName"], row["releaseTag"], row["prerelease"]) == ("v0.1.3", "v0.1.3", True)
    assert (row["releaseDescription"], row["releaseUrl"], row["releasedAt"]) == ("", "", "")


def test_facts_are_found_whatever_the_case_of_a_name() -> None:
    computed = page(ROW.format(label="Go", name="GO"), go=READ)
    assert said(computed.text)[0]["msLabel"] == "v0.2"


class TestRowsThatAreKept:
    def test_an_unreadable_row_stays_as_the_site_has_it_and_says_why(self) -> None:
        computed = page(GO + PHP, STANDING, go=READ, php=GONE)
        assert computed.text == STANDING
        assert [(row.sig.label, row.unreadable) for row in computed.rows] == [
            ("Go", None),
            ("PHP", "404 Not Found"),
        ]
        assert computed.rows[1].status is None

    def test_a_row_that_the_facts_do_not_know_is_unreadable(self) -> None:
        computed = page(GO + PHP, STANDING, go=READ)
        assert computed.text == STANDING
        assert computed.rows[1].unreadable == "not in the facts"

    def test_an_unreadable_row_that_the_site_does_not_know_stays_as_its_source_has_it(self) -> None:
        computed = page(GO + PHP, page(GO, go=READ).text, go=READ, php=GONE)
        assert said(computed.text)[1] == yaml.safe_load(PHP)[0]
        assert page(GO + PHP, None, go=READ, php=GONE).text == computed.text

    def test_a_held_row_stays_and_tells_the_reason(self) -> None:
        held = PHP.replace("    msLabel", '    hold: "moving house"\n    msLabel')
        moved_on = RepositoryFacts(releases=(Release(tag="v0.2.0"),))
        computed = page(GO + held, STANDING, go=READ, php=moved_on)
        assert computed.rows[1].held == "moving house"
        assert computed.rows[1].status is None
        assert said(computed.text)[1] == said(STANDING)[1] | {"hold": "moving house"}

    def test_only_the_keys_that_the_site_has_are_kept(self) -> None:
        previous = "data:\n  - label: PHP\n    sourceUrl: https://github.com/org/php\n    percent: 7\n"
        computed = page(PHP, previous, php=GONE)
        assert said(computed.text)[0] == yaml.safe_load(PHP)[0] | {"percent": 7}

    def test_a_faulty_row_is_kept_by_its_repository_or_its_label(self) -> None:
        doubled = PHP.replace("    openIssues: 0\n", "    openIssues: 0\n    openIssues: 0\n")
        computed = page(GO + doubled, STANDING, go=READ, php=READ)
        assert said(computed.text) == said(STANDING)
        assert [row.sig.label for row in computed.rows] == ["Go"]
        assert [fault.line for fault in computed.faults] == [19]
        homeless = PHP.replace("https://github.com/org/php", "https://gitlab.com/org/php")
        computed = page(GO + homeless, STANDING, go=READ)
        assert said(computed.text)[1] == said(STANDING)[1] | {"sourceUrl": "https://gitlab.com/org/php"}

    def test_of_two_rows_with_one_label_the_second_does_not_take_the_firsts_values(self) -> None:
        computed = page(GO + ROW.format(label="Go", name="another"), STANDING, go=READ, another=READ)
        assert said(computed.text)[1] == yaml.safe_load(ROW.format(label="Go", name="another"))[0]
        assert len(computed.faults) == 1

    def test_a_row_that_is_an_alias_of_another_goes_with_it(self) -> None:
        rows = GO.replace("- label: Go", "- &go\n    label: Go") + "  - *go\n"
        computed = page(rows, STANDING, go=READ)
        assert said(computed.text)[0]["msLabel"] == said(computed.text)[1]["msLabel"] == "v0.2"
        assert len(computed.faults) == 1

    def test_what_is_no_row_at_all_stays_where_it_is(self) -> None:
        rows = GO + "  - just a text\n  -\n  - [a, list]\n"
        computed = page(rows, STANDING, go=READ)
        assert list[object](said(computed.text)[1:]) == ["just a text", None, ["a", "list"]]
        assert [fault.line for fault in computed.faults] == [15, 16, 17]

    def test_a_row_whose_url_was_changed_is_known_by_its_label(self) -> None:
        moved = PHP.replace("org/php", "org/php-next")
        computed = page(GO + moved, STANDING, **{"go": READ, "php-next": GONE})
        assert said(computed.text)[1]["msLabel"] == "v0.2"

    def test_components_of_one_repository_are_told_apart(self) -> None:
        rows = "".join(
            ROW.format(label=label, name="mono").replace(
                "    msLabel", f"    component: {component}\n    msLabel"
            )
            for label, component in (("One", "core"), ("Two", "api"))
        )
        releases = (Release(tag="core-0.1.0"), Release(tag="api-0.3.0"))
        standing = page(rows, mono=RepositoryFacts(releases=releases)).text
        assert [row["releaseTag"] for row in said(standing)] == ["core-0.1.0", "api-0.3.0"]
        swapped = rows.replace("One", "Three").replace("Two", "One")
        kept = page(swapped, standing, mono=GONE)
        assert [row["releaseTag"] for row in said(kept.text)] == ["core-0.1.0", "api-0.3.0"]

    def test_a_component_that_is_new_in_the_row_does_not_lose_it(self) -> None:
        named = PHP.replace("    msLabel", "    component: core\n    msLabel")
        assert said(page(named, STANDING, php=GONE).text)[0]["msLabel"] == "v0.2"

    def test_what_stands_is_not_read_where_no_row_needs_it(self) -> None:
        assert page(GO, "data: [", go=READ).text == page(GO, None, go=READ).text

    def test_a_row_to_be_kept_from_what_cannot_be_read_stops_the_page(self) -> None:
        with pytest.raises(FileFaultError) as error:
            page(GO + PHP, "data: [", go=READ, php=GONE)
        assert [fault.file for fault in error.value.faults] == ["output.yaml"]

    def test_a_faulty_row_that_cannot_be_kept_stops_the_page(self) -> None:
        anchored = PHP.replace("msLabel: v0.1", "msLabel: &column v0.1\n    note: *column")
        assert said(page(GO + anchored, go=READ).text)[1]["msLabel"] == "v0.1"
        with pytest.raises(FileFaultError, match=r"source\.yaml:17: `msLabel` cannot be replaced"):
            page(GO + anchored, STANDING, go=READ)


class TestComponents:
    NAMED = PHP.replace("    msLabel", "    component: coer\n    msLabel")
    FACTS = RepositoryFacts(
        milestones=(Milestone(title="v0.2", state="open", open=1, closed=0),),
        releases=(Release(tag="core-0.1.0"), Release(tag="api-0.3.0")),
    )

    def test_one_that_no_tag_has_is_a_fault_with_a_suggestion_and_the_rest_goes_on(self) -> None:
        computed = page(GO + self.NAMED, go=READ, php=self.FACTS)
        (fault,) = computed.faults
        assert (fault.file, fault.line) == ("source.yaml", 17)
        assert "coer" in fault.message
        assert "did you mean core?" in fault.message
        assert [row["msLabel"] for row in said(computed.text)] == ["v0.2", "v0.1"]
        assert said(computed.text)[1]["releaseName"] == "n/a"

    def test_one_that_no_tag_has_leaves_the_release_as_the_site_has_it(self) -> None:
        closed = Milestone(title="v0.2", state="closed", open=0, closed=1)
        facts = RepositoryFacts(milestones=(closed,), releases=self.FACTS.releases)
        row = said(page(GO + self.NAMED, STANDING, go=READ, php=facts).text)[1]
        assert (row["msLabel"], row["percent"]) == ("v1.0", 0)
        assert (row["releaseTag"], row["releaseName"]) == ("v0.1.3", "The third")
        assert row["releaseDescription"] == RELEASE.body

    def test_one_that_no_tag_has_leaves_the_release_as_the_source_has_it(self) -> None:
        rows = self.NAMED.replace('releaseName: "n/a"', "releaseName: Kept").replace('releaseUrl: ""\n', "")
        row = said(page(rows, php=self.FACTS).text)[0]
        assert (row["msLabel"], row["totalIssues"]) == ("v0.1", 0)
        assert (row["releaseName"], row["releaseUrl"], row["releaseTag"]) == ("Kept", "", "")


class TestRowsThatTurnOutToBeOne:
    """Under two names, since one of them is a repository's former name."""

    ROWS = GO + PHP + ROW.format(label="Elephant", name="elephant")
    MOVED = RepositoryFacts(releases=(Release(tag="v0.2.0"),), full_name="Org/Elephant")

    def test_the_second_is_left_out_and_stays_as_the_site_has_it(self) -> None:
        standing = page(self.ROWS, go=READ, php=READ, elephant=READ).text
        computed = page(self.ROWS, standing, go=READ, php=self.MOVED, elephant=self.MOVED)
        assert [row["releaseTag"] for row in said(computed.text)] == ["v0.1.3", "v0.2.0", "v0.1.3"]
        assert [row.sig.label for row in computed.rows] == ["Go", "PHP"]
        message = "the row on line 15 (PHP) has this repository already, which is Org/Elephant now: "
        message += "remove one, or give each its own `component`"
        assert computed.faults == (Fault("source.yaml", 25, message),)

    def test_two_former_names_are_one_repository_too(self) -> None:
        computed = page(self.ROWS, go=self.MOVED, php=self.MOVED, elephant=READ)
        assert [row.sig.label for row in computed.rows] == ["Go"]
        assert [fault.line for fault in computed.faults] == [16, 25]

    def test_two_components_of_it_are_two_rows(self) -> None:
        rows = self.ROWS + "    component: core\n"
        computed = page(
            rows, go=READ, php=self.MOVED, elephant=RepositoryFacts(releases=(Release(tag="core-0.1.0"),))
        )
        assert len(computed.rows) == 3
        assert computed.faults == ()


class TestFixedPoints:
    """What is kept is never written anew, however oddly a source or a site says it."""

    @pytest.mark.parametrize(
        "values",
        [
            "prerelease: yes",
            "msLabel: 0.10",
            "releaseName: 2020-04-01",
            "percent: 0x10",
            "releaseDescription: |\n      tab\there \n",
            "releaseName: >-\n      name\n       ",
            "releaseName: [a]",
            "releaseName:\n      - a",
            "note: &n n/a\n    releaseName: *n\n    releaseTag: &t n/a\n    releaseUrl: *t",
            "<<: {releaseName: x, prerelease: on}",
            "msLabel: v0.1\n    msLabel: v0.1",
            "? msLabel\n    : v0.1",
            "component: core\n    prerelease: off\n    releaseTag: 1.0",
        ],
    )
    @pytest.mark.parametrize("hold", ["", "    hold: why\n"])
    def test_an_odd_source_is_kept_as_it_is(self, values: str, hold: str) -> None:
        rows = GO + f"  - label: PHP\n    sourceUrl: https://github.com/org/php\n{hold}    {values}\n"
        for known in (GONE, READ):
            first = page(rows, go=READ, php=known)
            assert page(rows, first.text, go=READ, php=known).text == first.text
            assert page(rows, first.text, go=GONE, php=GONE).text == first.text

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("prerelease: false", "prerelease: no"),
            ('"v0.1.3"', "'v0.1.3'"),
            ('"v0.1.3"', "v0.1.3"),
            ("percent: 85", 'percent:   85 # "by hand"'),
            ("  - label: PHP\n", "  - releaseExtra: x\n    label: PHP\n"),
            ("    openIssues: 3\n    closedIssues: 17\n", "    closedIssues: 17\n    openIssues: 3\n"),
            ("\n", "\r\n"),
        ],
    )
    def test_a_site_edited_by_hand_or_by_prettier_says_the_same(self, old: str, new: str) -> None:
        assert old in STANDING
        edited = STANDING.replace(old, new)
        computed = page(GO + PHP, edited, go=READ, php=GONE)
        assert computed.text == STANDING
        assert page(GO + PHP, computed.text, go=READ, php=GONE).text == STANDING

    def test_a_value_that_hugo_would_misread_is_kept_as_the_site_has_it(self) -> None:
        tabbed = PHP.replace('releaseDescription: "n/a"', "releaseDescription: |-\n      a\tb")
        standing = page(tabbed, php=RepositoryFacts(releases=(Release(tag="v0.1.0", body="a\tb"),))).text
        assert 'releaseDescription: "a\\tb"' in standing
        assert page(tabbed, standing, php=GONE).text == standing


def test_a_renamed_repository_is_told_and_the_source_keeps_its_url() -> None:
    computed = page(
        GO + PHP, go=RepositoryFacts(full_name="org/golang"), php=RepositoryFacts(full_name="ORG/php")
    )
    assert [row.renamed_to for row in computed.rows] == ["org/golang", None]
    assert said(computed.text)[0]["sourceUrl"] == "https://github.com/org/go"


def test_a_renamed_repository_is_told_of_a_row_that_is_kept_as_well() -> None:
    held = GO.replace("    msLabel", "    hold: why\n    msLabel")
    computed = page(
        held + PHP,
        go=RepositoryFacts(full_name="org/golang"),
        php=RepositoryFacts(full_name="org/pear", error="502 Bad Gateway"),
    )
    assert [row.renamed_to for row in computed.rows] == ["org/golang", "org/pear"]


def test_the_header_and_the_sources_faults_are_passed_on() -> None:
    source = read_source(TOP + GO + "  - label: Lost\n", "source.yaml")
    computed = compute_page(source, Facts(repositories={"org/go": READ}), header="# ours")
    assert computed.text.startswith("# ours\ncolumns:")
    (fault,) = computed.faults
    assert fault == Fault("source.yaml", 15, "this row has no `sourceUrl`: add https://github.com/OWNER/NAME")


TITLES = st.one_of(st.text(max_size=20), st.sampled_from(["v0.1", "0.2.0", "Release v1.0", "v0.10", "next"]))
TAGS = st.one_of(
    st.text(max_size=20), st.sampled_from(["v0.1.0", "v0.2.0-rc.1", "core-1.0.0", "nightly", "v1.0.0"])
)
TEXTS = st.none() | st.text(max_size=60) | st.sampled_from(["a\r\nb", "tab\t", "\u2028", "---\n", " lead\n"])
FACTS = st.builds(
    RepositoryFacts,
    milestones=st.lists(
        st.builds(
            Milestone,
            title=TITLES,
            state=st.sampled_from(["open", "closed"]),
            open=st.integers(0, 9),
            closed=st.integers(0, 9),
            url=TEXTS,
        ),
        max_size=5,
    ).map(tuple),
    releases=st.lists(
        st.builds(
            Release,
            tag=TAGS,
            name=TEXTS,
            draft=st.booleans(),
            prerelease=st.booleans(),
            latest=st.booleans(),
            published_at=TEXTS,
            url=TEXTS,
            body=TEXTS,
        ),
        max_size=5,
    ).map(tuple),
    error=st.none() | st.just("502 Bad Gateway"),
)


@settings(max_examples=80)
@given(before=FACTS, now=FACTS, component=st.sampled_from(["", "    component: core\n"]))
def test_any_facts_make_a_page_that_feeding_it_back_does_not_change(
    before: RepositoryFacts, now: RepositoryFacts, component: str
) -> None:
    rows = GO + PHP + component
    standing = page(rows, go=before, php=before).text
    computed = page(rows, standing, go=now, php=now)
    assert page(rows, computed.text, go=now, php=now) == computed
    assert page(rows, standing, go=now, php=now) == computed
    assert len(read_output(computed.text, "output.yaml")) == 2
    if now.error is not None:
        assert computed.text == standing
