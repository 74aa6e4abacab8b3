"""The spring of 2020: a status page as it stood in March, and what GitHub said of its SIGs in April."""

from __future__ import annotations

from functools import cache
from typing import Literal

from bot.status.changes import Changes, changes_between
from bot.status.datafile import Source, read_output, read_source
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts
from bot.status.page import Page, compute_page

SITE = "open-telemetry/opentelemetry.io"
OUTPUT = "data/progress_generated.yaml"
GITHUB = "https://github.com/open-telemetry"
COLUMNS = ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")
SIGS = {
    ".NET": "opentelemetry-dotnet",
    "Go": "opentelemetry-go",
    "JavaScript": "opentelemetry-js",
    "Java": "opentelemetry-java",
    "Python": "opentelemetry-python",
    "PHP": "opentelemetry-php",
    "Ruby": "opentelemetry-ruby",
    "Collector": "opentelemetry-service",
}


def _row(label: str, url: str, more: str = "") -> str:
    return (
        f'  - label: "{label}"\n    sourceUrl: {url}\n{more}    msLabel: v0.1\n    openIssues: 0\n'
        '    closedIssues: 0\n    totalIssues: 0\n    releaseName: "n/a"\n    releaseDescription: "n/a"\n'
        '    releaseUrl: ""\n'
    )


def source(*, april: bool) -> Source:
    """The source; in April with a row on hold, a new row, and one that names no repository."""
    hold = '    hold: "moving to another board until May"\n'
    rows = [
        _row(label, f"{GITHUB}/{name}", hold if april and label == "Ruby" else "")
        for label, name in SIGS.items()
    ]
    if april:
        rows += [_row("Erlang", f"{GITHUB}/opentelemetry-erlang-api"), _row("Swift", "opentelemetry-swift")]
    return read_source(_text(rows))


def _text(rows: list[str]) -> str:
    columns = "".join(f'  - label: "{label}"\n' for label in COLUMNS)
    return f"columns:\n{columns}data:\n{''.join(rows)}"


def _facts(
    name: str, milestones: str, releases: str, *, error: str | None = None, full_name: str | None = None
) -> RepositoryFacts:
    """Facts from ``title: open/closed`` (``*`` for a closed milestone) and tags (``!`` for a pre-release)."""
    made = []
    for number, line in enumerate(filter(None, (part.strip() for part in milestones.split(";"))), 1):
        title, _, counts = line.removeprefix("*").rpartition(": ")
        open_issues, closed_issues = map(int, counts.split("/"))
        state: Literal["open", "closed"] = "closed" if line.startswith("*") else "open"
        url = f"{GITHUB}/{name}/milestone/{number}"
        made.append(
            Milestone(
                title=title, state=state, open=open_issues, closed=closed_issues, number=number, url=url
            )
        )
    return RepositoryFacts(
        milestones=tuple(made),
        releases=tuple(
            Release(
                tag=tag.removesuffix("!"),
                prerelease=tag.endswith("!"),
                published_at="2020-04-01T12:00:00Z",
                url=f"{GITHUB}/{name}/releases/tag/{tag.removesuffix('!')}",
                body="- Fixes #100, thanks to @octocat",
            )
            for tag in releases.split()
        ),
        error=error,
        full_name=full_name,
    )


MARCH = {
    "opentelemetry-dotnet": _facts("opentelemetry-dotnet", "*v0.2: 0/30; v0.3: 14/7", "0.2.0-alpha.100!"),
    "opentelemetry-go": _facts("opentelemetry-go", "*v0.4: 0/41; beta: 27/3", "v0.3.0 v0.4.2"),
    "opentelemetry-js": _facts("opentelemetry-js", "*v0.4: 0/12; Beta: 30/10", "v0.4.0 v0.5.0"),
    "opentelemetry-java": _facts("opentelemetry-java", "*API 0.2: 0/55; API/SDK 0.3: 1/30", "0.2.0 0.2.4"),
    "opentelemetry-python": _facts(
        "opentelemetry-python", "*v0.3: 0/40; v0.4: 2/18; Beta v0.5: 21/2", "v0.3a0! v0.4a1!"
    ),
    "opentelemetry-php": _facts("opentelemetry-php", "v0.1: 7/2", ""),
    "opentelemetry-ruby": _facts("opentelemetry-ruby", "v0.1: 3/9", ""),
    "opentelemetry-service": _facts("opentelemetry-service", "*v0.4: 0/80; Beta: 1/11", "v0.2.6 v0.2.8"),
}
APRIL = MARCH | {
    "opentelemetry-dotnet": _facts(
        "opentelemetry-dotnet", "*v0.2: 0/30; v0.3: 12/9; Backlog: 40/2", "0.2.0-alpha.100!"
    ),
    "opentelemetry-go": _facts("opentelemetry-go", "v0.4: 1/41; beta: 27/3; Long-term: 9/0", "v0.3.0"),
    "opentelemetry-js": _facts(
        "opentelemetry-js",
        "*v0.4: 0/12; Beta: 30/10; Milestone 5 | API: 3/1; *fixes #1 @octocat: 0/2",
        "v0.4.0 v0.5.0 v0.6.1",
    ),
    "opentelemetry-java": _facts(
        "opentelemetry-java", "*API 0.2: 0/55; *API/SDK 0.3: 0/31; API/SDK 0.4: 39/5", "0.2.0 0.2.4 0.3.0"
    ),
    "opentelemetry-python": _facts(
        "opentelemetry-python", "*v0.3: 0/40; *v0.4: 0/20; Beta v0.5: 21/2", "v0.3a0! v0.4a1! v0.5b0!"
    ),
    "opentelemetry-php": RepositoryFacts(error="404 Not Found"),
    "opentelemetry-service": _facts(
        "opentelemetry-service",
        "*v0.4: 0/80; Beta: 1/11",
        "v0.2.6 v0.2.8",
        full_name="open-telemetry/opentelemetry-collector",
    ),
    "opentelemetry-erlang-api": _facts("opentelemetry-erlang-api", "*0.1: 0/2; 0.2: 2/1", "v0.1.0"),
}


def page_of(
    facts: dict[str, RepositoryFacts], after: Source | None = None, previous: str | None = None
) -> tuple[Page, Changes, Source]:
    """The page that facts make, how it differs from the previous output, and its source.

    Without a source, each repository of the facts has a row; without an output, every row is new.
    """
    after = after or read_source(_text([_row(name, f"{GITHUB}/{name}") for name in facts]))
    named = Facts(repositories={f"open-telemetry/{name}": each for name, each in facts.items()})
    page = compute_page(after, named, previous)
    known = read_output(previous, OUTPUT) if previous is not None else ()
    return page, changes_between(known, read_output(page.text, OUTPUT), after.columns), after


@cache
def april_page() -> tuple[Page, Changes, Source]:
    """The page of April, and how it differs from that of March."""
    march, _, _ = page_of(MARCH, source(april=False))
    return page_of(APRIL, source(april=True), march.text)


@cache
def counts_only() -> tuple[Page, Changes, Source]:
    """A day in March on which nothing but counts moved."""
    march, _, before = page_of(MARCH, source(april=False))
    moved = _facts("opentelemetry-js", "*v0.4: 0/12; Beta: 22/18", "v0.4.0 v0.5.0")
    return page_of(MARCH | {"opentelemetry-js": moved}, before, march.text)
