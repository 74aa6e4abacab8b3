"""Facts to status: how far a SIG is and what it released last, each value with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.status.facts import Milestone, Release, RepositoryFacts
from bot.status.ladder import Column, Sig, column_of, last_proven
from bot.status.versions import Tag, Version, read_tag

RULES = {
    "release-proves": "a release proves the last column that is done",
    "milestones-closed": "every milestone naming the last column that is done is closed",
    "nothing-done": "no column is done, so the first one comes next",
    "one-milestone": "one milestone names the column, and its counts are the SIG's",
    "several-milestones": "several milestones name the column, and their counts are added up",
    "no-milestone": "no milestone names the column, so there is nothing to count",
    "highest-final": "the highest final version of the component is shown",
    "highest-of-all": "the row asks for pre-releases too, so the highest version of all is shown",
    "no-final-yet": "without a final release, the highest pre-release is shown",
    "flags-ignored": "every release is flagged as a pre-release, so only version numbers are judged",
    "no-release": "the component has nothing but drafts and nightlies, or nothing at all",
    "no-such-component": "the row names a component that no tag has",
    "undecided-component": "several components, no bare tags, and none is marked as latest",
}
"""What each ``Reason.rule`` stands for: the column's, the counts' and the release's rules in turn."""

_LONGEST_NAME = 80
_MOST_NAMES = 5


@dataclass(frozen=True)
class Reason:
    """Why a value is what it is: the rule by its short name, one sentence, and a link or ``""``."""

    rule: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class SigStatus:
    """What the page says of one SIG, and why.

    ``percent`` is rounded down, and 100 only when ``complete``. ``release`` is ``None`` where
    the SIG has no release. ``unmatched`` are the milestones whose titles name no column.
    """

    column: str
    complete: bool
    open_issues: int
    closed_issues: int
    percent: int
    milestone_url: str
    release: Release | None
    column_reason: Reason
    counts_reason: Reason
    release_reason: Reason
    unmatched: tuple[Milestone, ...] = ()

    @property
    def total_issues(self) -> int:
        """Open and closed together."""
        return self.open_issues + self.closed_issues


@dataclass(frozen=True)
class _Published:
    """A release that counts: published, with a version in its tag, and no nightly."""

    release: Release
    tag: Tag
    final: bool

    @property
    def order(self) -> tuple[Version | bool | str, ...]:
        """By version; the rest only decides between two releases of one version, down to the last field."""
        release = self.release
        return (self.tag.version, release.latest, release.published_at or "", release.tag, repr(release))

    def is_of(self, component: str | None) -> bool:
        """Whether it is a release of this component; no release is of ``None``."""
        return component is not None and self.tag.component.casefold() == component.casefold()


def status_of(sig: Sig, columns: Sequence[Column], facts: RepositoryFacts) -> SigStatus:
    """Work out one SIG's status on a ladder of at least one column.

    ``facts.error`` must be unset. The order of milestones and releases says nothing, and one that
    was read twice counts once. Never raises on any text.
    """
    published = _published(facts.releases)
    component = _component(sig, published)
    release, release_reason = _chosen(sig, component, published, facts.releases)
    named: dict[Column | None, list[Milestone]] = {}
    for milestone in _distinct(facts.milestones):
        named.setdefault(column_of(milestone.title, sig, columns, component), []).append(milestone)
    own = [candidate for candidate in published if candidate.is_of(component)]
    done, column_reason = _last_done(columns, named, own)
    complete = done == len(columns) - 1
    column = columns[done if complete else done + 1]
    counted = named.get(column, [])
    open_issues = sum(milestone.open for milestone in counted)
    closed_issues = sum(milestone.closed for milestone in counted)
    counts_reason = _counts_reason(column, counted, open_issues, closed_issues)
    return SigStatus(
        column=column.label,
        complete=complete,
        open_issues=open_issues,
        closed_issues=closed_issues,
        percent=_percent(open_issues, closed_issues, complete=complete),
        milestone_url=counts_reason.url,
        release=release,
        column_reason=column_reason,
        counts_reason=counts_reason,
        release_reason=release_reason,
        unmatched=tuple(named.get(None, ())),
    )


def latest_release(sig: Sig, releases: Sequence[Release]) -> tuple[Release | None, Reason]:
    """The release the page shows for this SIG, with the reason."""
    published = _published(releases)
    return _chosen(sig, _component(sig, published), published, releases)


def components_of(releases: Sequence[Release]) -> tuple[str, ...]:
    """Every component that a tag has, by name, drafts and nightlies included; ``""`` is the bare one."""
    tags = map(read_tag, sorted({release.tag for release in releases}))
    return tuple(sorted({tag.component for tag in tags if tag is not None}))


def _published(releases: Sequence[Release]) -> list[_Published]:
    read = [(release, read_tag(release.tag)) for release in releases if not release.draft]
    counting = [(release, tag) for release, tag in read if tag is not None and not tag.nightly]
    flags_count = not all(release.prerelease for release, _ in counting)
    return [
        _Published(release, tag, not tag.version.prerelease and not (flags_count and release.prerelease))
        for release, tag in counting
    ]


def _component(sig: Sig, published: Sequence[_Published]) -> str | None:
    """The component whose releases count for this SIG; ``None`` where nothing decides."""
    if sig.component is not None:
        return sig.component
    tagged = sorted({candidate.tag.component for candidate in published})
    components = {component.casefold(): component for component in tagged}
    if "" in components or not components:
        return ""
    if len(components) == 1:
        return tagged[0]
    marked = [candidate for candidate in published if candidate.release.latest]
    return max(marked, key=lambda candidate: candidate.order).tag.component if marked else None


def _chosen(
    sig: Sig, component: str | None, published: Sequence[_Published], releases: Sequence[Release]
) -> tuple[Release | None, Reason]:
    """Of what the component published, the highest; finals first, unless the row says otherwise."""
    if component is None:
        return None, _undecided(published)
    own = [candidate for candidate in published if candidate.is_of(component)]
    if not own:
        return None, _nothing_to_show(component, releases)
    finals = [candidate for candidate in own if candidate.final]
    best = max(own if sig.prereleases else finals or own, key=lambda candidate: candidate.order)
    tag, of = _shortened(best.release.tag), f" of {_shortened(component)}" if component else ""
    if sig.prereleases:
        rule, text = "highest-of-all", f"{tag} is the highest release{of}, pre-releases included"
    elif not finals:
        rule, text = "no-final-yet", f"{tag} is the highest pre-release{of}, and no final one is out yet"
        others = sorted({candidate.tag.component for candidate in published if candidate.final})
        if sig.component is None and others:
            text += f"; the row may name a component that has one: {_listed(others)}"
    elif best.release.prerelease:
        text = (
            f"Every release is flagged as a pre-release; by its version, {tag} is the highest final one{of}"
        )
        rule = "flags-ignored"
    else:
        rule, text = "highest-final", f"{tag} is the highest final release{of}"
    return best.release, Reason(rule, text, best.release.url or "")


def _undecided(published: Sequence[_Published]) -> Reason:
    components = sorted({candidate.tag.component for candidate in published})
    return Reason(
        "undecided-component",
        f"No release of {_listed(components)} is marked as latest: name the row's component",
    )


def _nothing_to_show(component: str, releases: Sequence[Release]) -> Reason:
    known = components_of(releases)
    if known and component.casefold() not in map(str.casefold, known):
        near = get_close_matches(component, known, n=1)
        may = f"it may be {_listed(known)}" if any(known) else "its tags have none, so take it out"
        hint = f"did you mean {near[0]}?" if near else may
        name = _shortened(component) or '""'
        return Reason("no-such-component", f"No release tag has the component {name}: {hint}")
    if releases:
        of = f" of {_shortened(component)}" if component else ""
        return Reason("no-release", f"Every release{of} is a draft, a nightly or has no version in its tag")
    return Reason("no-release", "The repository has no release yet")


def _distinct(milestones: Sequence[Milestone]) -> list[Milestone]:
    """The milestones by number, each once; pages that were read while one moved may repeat it."""
    known: dict[Milestone | tuple[int, str], Milestone] = {}
    for milestone in sorted(milestones, key=_milestone_order):
        number, title = milestone.number, milestone.title
        known[milestone if number is None else (number, title)] = milestone
    return list(known.values())


def _milestone_order(milestone: Milestone) -> tuple[int, str, str, int, int, str]:
    number = milestone.number or 0
    return number, milestone.title, milestone.state, milestone.open, milestone.closed, repr(milestone)


def _last_done(
    columns: Sequence[Column], named: Mapping[Column | None, list[Milestone]], own: Sequence[_Published]
) -> tuple[int, Reason]:
    """The index of the last column that is done, or -1, with the reason."""
    closed = [
        index
        for index, column in enumerate(columns)
        if column in named and all(milestone.state == "closed" for milestone in named[column])
    ]
    proofs = [(last_proven(each.tag.version, columns, final=each.final), each) for each in own]
    proven, proof = max(proofs, key=lambda each: (each[0], each[1].order), default=(-1, None))
    done = max(closed, default=-1)
    if proof is not None and proven >= max(done, 0):
        kind = "Release" if proof.final else "Pre-release"
        text = f"{kind} {_shortened(proof.release.tag)} proves {_up_to(columns, proven)}"
        return proven, Reason("release-proves", text + _onwards(columns, proven), proof.release.url or "")
    if done < 0:
        text = f"No release and no closed milestone completes a column, so {columns[0].label} comes first"
        return -1, Reason("nothing-done", text)
    milestones = named[columns[done]]
    which = (
        f"Milestone {_shortened(milestones[0].title)} is closed"
        if len(milestones) == 1
        else f"All {len(milestones)} milestones of {columns[done].label} are closed"
    )
    return done, Reason("milestones-closed", which + _onwards(columns, done), milestones[-1].url or "")


def _up_to(columns: Sequence[Column], index: int) -> str:
    return f"every column up to {columns[index].label}" if index else columns[0].label


def _onwards(columns: Sequence[Column], done: int) -> str:
    last = done == len(columns) - 1
    return f", and {columns[done].label} is the last" if last else f", so {columns[done + 1].label} is next"


def _counts_reason(
    column: Column, milestones: Sequence[Milestone], open_issues: int, closed_issues: int
) -> Reason:
    """Which milestones were counted; the link is the oldest open one, else the newest."""
    if not milestones:
        return Reason("no-milestone", f"No milestone names {column.label}")
    opened = [milestone for milestone in milestones if milestone.state == "open"]
    total = open_issues + closed_issues
    left = f"{open_issues} of {total} {'issue' if total == 1 else 'issues'} left" if total else "no issues"
    linked = opened[0] if opened else milestones[-1]
    url = linked.url or ""
    if len(milestones) == 1:
        return Reason(
            "one-milestone", f"Milestone {_shortened(linked.title)} is {linked.state} with {left}", url
        )
    text = f"{len(milestones)} milestones name {column.label}, {len(opened)} of them open, with {left}"
    return Reason("several-milestones", text, url)


def _percent(open_issues: int, closed_issues: int, *, complete: bool) -> int:
    total = open_issues + closed_issues
    share = 100 * closed_issues // total if total else 100
    if complete:
        return share
    return min(share, 99) if total else 0


def _listed(names: Sequence[str]) -> str:
    shown = [_shortened(name) or '""' for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        shown.append(f"{len(names) - _MOST_NAMES} more")
    return " or ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _shortened(text: str) -> str:
    """Somebody's text on one line, cut where it would drown the sentence around it."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"
