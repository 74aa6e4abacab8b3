"""The rules over a directory of real tags, titles and version bumps, where there is one.

``EVIDENCE`` names it (``shared/data`` beside the checkout, where it is not set). It holds ``tags/*.txt``
(tag, day and kind, between tabs), ``milestone_titles.csv`` and ``version_bumps.csv``.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby, islice
from pathlib import Path

import pytest
from packaging.version import Version

from bot.status import progress
from bot.status.datafile import read_output, read_source
from bot.status.facts import Facts, Release, RepositoryFacts
from bot.status.ladder import Column, Sig, column_of
from bot.status.page import compute_page
from bot.status.progress import latest_release
from bot.status.versions import read_tag
from tests.replays import Tagged, component_and_version, replay

EVIDENCE = Path(os.environ.get("EVIDENCE") or Path(__file__).parents[2] / "shared" / "data")
LADDER = tuple(map(Column, ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")))
BARE = Sig("x", "a/b")
MOST_ASKED_AFTER_EACH = 1000
"""Repositories with more tags are asked once a day; the time taken grows with the square."""

pytestmark = pytest.mark.skipif(
    not EVIDENCE.is_dir(), reason="no directory of evidence: name one by EVIDENCE"
)


@pytest.fixture(autouse=True)
def _tags_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "read_tag", cache(read_tag))


def rows_of(name: str) -> list[dict[str, str]]:
    with (EVIDENCE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tags_of(path: Path) -> list[Tagged]:
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return sorted((Tagged(day, tag) for tag, day, _ in lines), key=lambda tagged: tagged.day)


def repositories() -> list[Path]:
    return sorted((EVIDENCE / "tags").glob("*.txt"))


class Expected:
    """What packaging says is the latest of each component, told one tag after the other."""

    def __init__(self) -> None:
        self.components: set[str] = set()
        self._best: dict[str, tuple[bool, Version]] = {}

    def tell(self, tag: str) -> str | None:
        """Take a tag in; its component, or ``None`` where it is a nightly or no release at all."""
        read = component_and_version(tag)
        if read is None or "nightly" in tag:
            return None
        component, version = read
        self._best[component] = max(
            self._best.get(component, (False, version)), (not version.is_prerelease, version)
        )
        self.components.add(component)
        return component

    def latest(self, component: str) -> Version | None:
        return self._best[component][1] if component in self._best else None


def moments(tags: Sequence[Tagged]) -> Iterator[int]:
    """How many tags there are each time that the page is asked for."""
    if len(tags) <= MOST_ASKED_AFTER_EACH:
        yield from range(1, len(tags) + 1)
        return
    count = 0
    for _, day in groupby(tags, key=lambda tagged: tagged.day):
        count += len(list(day))
        yield count


@pytest.mark.parametrize("path", repositories(), ids=lambda path: path.stem)
def test_after_every_tag_the_highest_final_of_the_component_is_shown(
    path: Path, record_property: Callable[[str, object], None]
) -> None:
    tags, expected, asked, told = tags_of(path), Expected(), 0, 0
    releases = [Release(tag=tagged.tag) for tagged in tags]
    highest: dict[str, Version] = {}
    for count in moments(tags):
        components = {expected.tell(tagged.tag) for tagged in tags[told:count]} - {None}
        told = count
        for component in ("", *islice(sorted(filter(None, components)), 3)):
            row = Sig("x", "a/b", component=component) if component else BARE
            shown, _ = latest_release(row, releases[:count])
            asked += 1
            if not component and "" not in expected.components:
                assert shown is None or len(expected.components) == 1
                continue
            assert shown is not None
            assert component_and_version(shown.tag) == (component, expected.latest(component))
            version = Version(str(expected.latest(component)))
            assert version >= highest.get(component, version), "a step down"
            highest[component] = version
    record_property(
        "figure", f"{path.stem}: {len(tags)} tags, asked {asked} times, each answer as packaging has it"
    )


def test_every_version_bump_is_proposed_at_the_moment_of_its_tag(
    record_property: Callable[[str, object], None],
) -> None:
    after_a_higher_one = {("opentelemetry-collector-releases", "0.140.0")}
    bumps = [(row["repo"], row["version"]) for row in rows_of("version_bumps.csv")]
    right = 0
    for repository, versions in groupby(sorted(bumps), key=lambda bump: bump[0]):
        tags = tags_of(EVIDENCE / "tags" / f"{repository}.txt")
        shown = {each.after.tag.removeprefix("v"): each.tag for each in replay(tags, BARE)}
        others = {bump for bump in versions if (shown[bump[1]] or "").removeprefix("v") != bump[1]}
        assert others <= after_a_higher_one
        right += sum(bump[0] == repository and bump not in others for bump in bumps)
    record_property(
        "figure", f"{right} of {len(bumps)} version bumps are proposed at the moment of their tag"
    )


def test_every_real_title_names_its_column(record_property: Callable[[str, object], None]) -> None:
    titles = rows_of("milestone_titles.csv")
    for row in titles:
        named = column_of(row["title"], BARE, LADDER)
        assert (named.label if named else "") == row["column"], row["title"]
    record_property("figure", f"{len(titles)} of {len(titles)} milestone titles name their column")


def test_one_page_is_computed_of_all_the_evidence(record_property: Callable[[str, object], None]) -> None:
    text = (EVIDENCE / "progress_source.yaml").read_text(encoding="utf-8")
    source = read_source(text, "data/progress_source.yaml")
    facts = {
        f"open-telemetry/{path.stem}": RepositoryFacts(
            releases=tuple(Release(tag=tagged.tag) for tagged in tags_of(path))
        )
        for path in repositories()
    }
    page = compute_page(source, Facts(repositories=facts))
    assert page.faults == ()
    shown = {
        row.sig.repository: row.status.release.tag
        for row in page.rows
        if row.status is not None and row.status.release is not None
    }
    assert set(shown) == {row.sig.repository for row in page.rows} & set(facts)
    standing = [
        row.values.get("releaseTag") for row in read_output(page.text, "data/progress_generated.yaml")
    ]
    assert [tag for tag in standing if tag] == list(shown.values())
    assert compute_page(source, Facts(repositories=facts), page.text) == page
    record_property("figure", f"one page of {len(page.rows)} rows is computed of all tags")
