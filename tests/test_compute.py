"""What holds of the page whatever people and SIGs do: for all sources' facts, in any order, in any script."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.status.datafile import read_output, read_source
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts, dump_facts, load_facts
from bot.status.page import Page, compute_page

LABELS = ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")
COLUMNS = "columns:\n" + "".join(f"  - label: {label}\n" for label in LABELS)
ROW = """\
  - label: {name}  # kept by hand
    sourceUrl: https://github.com/org/{name}
    msLabel: v0.1
    openIssues: 0
    closedIssues: 0
    totalIssues: 0
    releaseName: n/a
    releaseDescription: n/a
    releaseUrl: ""
"""
NAMES = ("go", "java", "php", "swift")
EXTRAS = {"java": "    component: core\n", "php": "    prereleases: true\n"}
SOURCE = COLUMNS + "data:\n" + "".join(ROW.format(name=name) + EXTRAS.get(name, "") for name in NAMES)

ANY_TEXT = st.text(max_size=30) | st.text(
    st.sampled_from("\r\n\t\u2028\u0085\ufeff \x00#:'\"|>-%{}<!&*"), max_size=12
)
TITLES = ANY_TEXT | st.sampled_from(
    (
        *LABELS,
        "0.1.0",
        "Release 0.2.1",
        "v0.10.0",
        "Resource detection",
        "March",
        "v1.0 RC 2",
        "0.5b0",
        "next",
    )
)
TAGS = ANY_TEXT | st.builds(
    "{}{}.{}.{}{}".format,
    st.sampled_from(("v", "", "core-", "core/v", "exporter/v", "x==")),
    st.integers(0, 1),
    st.integers(0, 4),
    st.integers(0, 2),
    st.sampled_from(("", "", "", "a0", "-beta.1", "-rc.1", "-nightly.20260101")),
)
TEXTS = st.none() | ANY_TEXT
COUNTS = st.integers(0, 9)
MILESTONES = st.builds(
    Milestone,
    title=TITLES,
    state=st.sampled_from(("open", "closed")),
    open=COUNTS,
    closed=COUNTS,
    number=st.none() | COUNTS,
    url=TEXTS,
)
RELEASES = st.builds(
    Release,
    tag=TAGS,
    name=TEXTS,
    draft=st.booleans(),
    prerelease=st.booleans(),
    latest=st.booleans(),
    published_at=TEXTS,
    url=TEXTS,
    body=TEXTS,
)
READ = st.builds(
    RepositoryFacts,
    milestones=st.lists(MILESTONES, max_size=4).map(tuple),
    releases=st.lists(RELEASES, max_size=4).map(tuple),
)
UNREAD = st.builds(RepositoryFacts, error=st.sampled_from(("404 Not Found", "502 Bad Gateway", "no answer")))
FACTS = st.dictionaries(st.sampled_from(NAMES), READ | UNREAD)


def compute(facts: dict[str, RepositoryFacts], previous: str | None = None, source: str = SOURCE) -> Page:
    """The page, of facts that have been through their file."""
    told = Facts(repositories={f"org/{name}": known for name, known in facts.items()})
    read = load_facts(dump_facts(told), "facts.json")
    return compute_page(read_source(source, "source.yaml"), read, previous)


def parts_of(text: str) -> list[str]:
    """The text of each row of the output."""
    return text.split("  - label: ")[-len(NAMES) :]


def place_of(page: Page, name: str) -> int:
    """How far a SIG is, on a scale on which complete is one more than its last column."""
    (status,) = [row.status for row in page.rows if row.sig.label == name]
    assert status is not None
    return LABELS.index(status.column) + status.complete


def shuffled_and_doubled(facts: dict[str, RepositoryFacts], by: Random) -> dict[str, RepositoryFacts]:
    names = [*facts]
    by.shuffle(names)
    again = {}
    for name in names:
        milestones, releases = [*facts[name].milestones * 2], [*facts[name].releases * 2]
        by.shuffle(milestones)
        by.shuffle(releases)
        again[name] = RepositoryFacts(
            milestones=tuple(milestones), releases=tuple(releases), error=facts[name].error
        )
    return again


@settings(max_examples=60, deadline=None)
@given(facts=FACTS, by=st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_what_was_read_changes_a_byte(
    facts: dict[str, RepositoryFacts], by: Random
) -> None:
    assert compute(shuffled_and_doubled(facts, by)) == compute(facts)


@settings(max_examples=60, deadline=None)
@given(before=FACTS, now=FACTS)
def test_feeding_the_page_back_changes_nothing(
    before: dict[str, RepositoryFacts], now: dict[str, RepositoryFacts]
) -> None:
    page = compute(now, compute(before).text)
    assert compute(now, page.text) == page
    assert compute({}, page.text).text == page.text


@settings(max_examples=60, deadline=None)
@given(before=FACTS, now=FACTS, held=st.sampled_from(NAMES))
def test_a_row_that_was_not_read_or_is_held_is_not_written(
    before: dict[str, RepositoryFacts], now: dict[str, RepositoryFacts], held: str
) -> None:
    marked = ROW.format(name=held)
    source = SOURCE.replace(marked, marked + "    hold: a person asked\n")
    standing = compute(before, source=source).text
    page = compute(now, standing, source)
    for name, stood, stands in zip(NAMES, parts_of(standing), parts_of(page.text), strict=True):
        if name == held or name not in now or now[name].error is not None:
            assert stands == stood
    unread = {row.sig.label for row in page.rows if row.status is None}
    assert unread == {held} | {name for name in NAMES if name not in now or now[name].error is not None}


@settings(max_examples=60, deadline=None)
@given(facts=FACTS)
def test_whatever_was_read_the_page_reads_back_as_what_was_computed(
    facts: dict[str, RepositoryFacts],
) -> None:
    page = compute(facts)
    for row, standing in zip(page.rows, read_output(page.text, "output.yaml"), strict=True):
        if row.status is not None:
            assert standing.values["msLabel"] == row.status.column
            assert standing.values["closedIssues"] == row.status.closed_issues
            release = row.status.release
            named_otherwise = row.status.release_reason.rule == "no-such-component"
            assert release is None or standing.values["releaseDescription"] == (release.body or "")
            assert release is None or standing.values["releaseTag"] == release.tag
            assert release is not None or named_otherwise or standing.values["releaseName"] == "n/a"


@settings(max_examples=60, deadline=None)
@given(read=READ, title=TITLES, number=st.none() | COUNTS)
def test_a_milestone_that_is_closed_never_moves_a_sig_back(
    read: RepositoryFacts, title: str, number: int | None
) -> None:
    closed = Milestone(title=title, state="closed", open=0, closed=5, number=number)
    more = RepositoryFacts(milestones=(*read.milestones, closed), releases=read.releases)
    assert place_of(compute({"go": more}), "go") >= place_of(compute({"go": read}), "go")


FINALS = st.builds("v{}.{}.{}".format, st.integers(0, 1), st.integers(0, 4), st.integers(0, 2)).map(
    lambda tag: Release(tag=tag)
)


@settings(max_examples=60, deadline=None)
@given(read=READ, first=FINALS, added=FINALS)
def test_a_final_release_never_moves_a_sig_back(
    read: RepositoryFacts, first: Release, added: Release
) -> None:
    # Where the first bare release comes out, or the first that is not flagged as a pre-release, it says
    # which of the older ones count; from then on a release can only add to what is proved.
    before = RepositoryFacts(milestones=read.milestones, releases=(*read.releases, first))
    after = RepositoryFacts(milestones=read.milestones, releases=(*read.releases, first, added))
    assert place_of(compute({"go": after}), "go") >= place_of(compute({"go": before}), "go")
