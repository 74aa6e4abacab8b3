"""An organisation to try the bot on: nine SIGs as OpenTelemetry had them in the spring of 2020, and a site.

Titles, tags and dates are shaped like the real ones of that time; the texts are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox import Sandbox

ORGANIZATION = "open-telemetry"
SITE = f"{ORGANIZATION}/opentelemetry.io"
SOURCE = "data/progress_source.yaml"
OUTPUT = "data/progress_generated.yaml"
MAINTAINER = "ada"
"""Keeps the site, and may merge there."""
COLUMNS = ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")

NOTES_OF_JAVA_0_2 = """## What is new
- A first SDK: spans are sampled, processed in batches and exported.
- Context is passed on in the format of the W3C.

Thanks to everybody who tried 0.1 and told us what was missing.
"""
NOTES_OF_PYTHON_0_6 = """### Added
- Metrics can be exported to Prometheus.
- An exporter for the Collector.

### Changed
- `Span.start_span` is `Tracer.start_span` now.
"""


@dataclass(frozen=True)
class Release:
    """A release of a SIG; ``day`` is when it was published."""

    tag: str
    day: str
    name: str = ""
    body: str = ""
    prerelease: bool = False


@dataclass(frozen=True)
class Milestone:
    """A milestone with its open and closed issues; it is closed when ``done``."""

    title: str
    open: int
    closed: int
    done: bool = False


@dataclass(frozen=True)
class SeedSig:
    """A SIG's repository. ``source_name`` is what the site still calls it."""

    label: str
    name: str
    milestones: tuple[Milestone, ...]
    releases: tuple[Release, ...] = ()
    source_name: str = ""


SIGS = (
    SeedSig(
        ".NET",
        "opentelemetry-dotnet",
        (Milestone("v0.2", 0, 24, done=True), Milestone("v0.3", 7, 12), Milestone("Future", 19, 0)),
        (Release("0.2.0-alpha", "2019-07-26", "0.2.0-alpha", prerelease=True),),
    ),
    SeedSig(
        "Go",
        "opentelemetry-go",
        (
            Milestone("v0.2", 0, 18, done=True),
            Milestone("v0.3", 0, 22, done=True),
            Milestone("v0.4", 0, 29, done=True),
            Milestone("Beta v0.5", 11, 8),
        ),
        (
            Release("v0.3.0", "2020-03-21", "Release v0.3.0"),
            Release("exporters/metric/prometheus/v0.4.2", "2020-03-31"),
            Release("v0.4.2", "2020-03-31", "Release v0.4.2"),
        ),
    ),
    SeedSig(
        "JavaScript",
        "opentelemetry-js",
        (
            Milestone("Alpha v0.2", 0, 41, done=True),
            Milestone("Alpha v0.3", 0, 37, done=True),
            Milestone("v0.4", 0, 16, done=True),
            Milestone("Core Beta (Oct 18 target)", 9, 33),
        ),
        (
            Release("v0.4.0", "2020-02-17", "v0.4.0"),
            Release("v0.5.1", "2020-04-01", "v0.5.1", "Fixes the plugin loader on Windows.\n"),
        ),
    ),
    SeedSig(
        "Java",
        "opentelemetry-java",
        (
            Milestone("API revision 07-2019", 0, 30, done=True),
            Milestone("v0.2", 0, 52, done=True),
            Milestone("v0.3", 2, 58),
            Milestone("v0.4", 21, 3),
        ),
        (Release("v0.2.0", "2019-11-19", "Release v0.2.0", NOTES_OF_JAVA_0_2),),
    ),
    SeedSig(
        "Python",
        "opentelemetry-python",
        (
            Milestone("Alpha v0.3", 0, 44, done=True),
            Milestone("v0.4", 0, 39, done=True),
            Milestone("Beta", 2, 31),
        ),
        (
            Release("v0.4a0", "2020-02-21", "v0.4a0"),
            Release("v0.6b0", "2020-03-30", "v0.6b0", NOTES_OF_PYTHON_0_6),
        ),
    ),
    SeedSig("PHP", "opentelemetry-php", (Milestone("v0.1", 14, 9),)),
    SeedSig(
        "Ruby",
        "opentelemetry-ruby",
        (Milestone("v0.1", 0, 12, done=True), Milestone("v0.2", 0, 20, done=True), Milestone("v0.3", 10, 6)),
        (Release("v0.2.0", "2020-01-30", "v0.2.0", "Adds the Faraday and Rack adapters.\n"),),
    ),
    SeedSig(
        "Erlang",
        "opentelemetry-erlang-api",
        (Milestone("v0.2", 3, 8),),
        (Release("v0.1.0", "2019-10-28", "v0.1.0"),),
    ),
    SeedSig(
        "Collector",
        "opentelemetry-collector",
        (
            Milestone("0.2.0", 0, 46, done=True),
            Milestone("v0.3", 0, 51, done=True),
            Milestone("next release", 17, 26),
        ),
        (
            Release("v0.2.6", "2020-02-18", "v0.2.6"),
            Release("v0.3.0", "2020-03-31", "v0.3.0 Beta"),
        ),
        source_name="opentelemetry-service",
    ),
)


def source_text() -> str:
    """The site's source: a comment, the columns, and a row for each SIG with nothing known of it yet."""
    rows = "".join(source_row(sig.label, sig.source_name or sig.name) for sig in SIGS)
    columns = "".join(f'  - label: "{column}"\n' for column in COLUMNS)
    note = "# How far each SIG is; add a row here and the bot fills it in.\n"
    return f"{note}title: Progress\ncolumns:\n{columns}data:\n{rows}"


def source_row(label: str, name: str) -> str:
    """A row as a person adds it."""
    return (
        f"  - label: {label}\n"
        f"    sourceUrl: https://github.com/{ORGANIZATION}/{name}\n"
        "    msLabel: v0.1\n"
        "    openIssues: 0\n"
        "    closedIssues: 0\n"
        "    totalIssues: 0\n"
        '    releaseName: "n/a"\n'
        '    releaseDescription: "n/a"\n'
        '    releaseUrl: ""\n'
    )


def build(github: Sandbox) -> None:
    """Create the organisation with its SIGs and its site, before anybody installed the bot."""
    github.create_organization(ORGANIZATION)
    github.create_user(MAINTAINER)
    for sig in SIGS:
        _build_sig(github, sig)
    site = github.create_repository(
        SITE,
        files={
            "README.md": "# opentelemetry.io\n",
            SOURCE: source_text(),
            ".github/status-bot.yml": "# Every key has a default: an empty file is a valid one.\n",
        },
    )
    site.add_collaborator(MAINTAINER, "maintain")


def _build_sig(github: Sandbox, sig: SeedSig) -> None:
    repository = github.create_repository(
        f"{ORGANIZATION}/{sig.source_name or sig.name}", files={"README.md": f"# {sig.label}\n"}
    )
    repository.add_collaborator(MAINTAINER, "write")
    for milestone in sig.milestones:
        repository.create_milestone(
            milestone.title,
            open=milestone.open,
            closed=milestone.closed,
            state="closed" if milestone.done else "open",
        )
    for release in sig.releases:
        repository.create_release(
            release.tag,
            name=release.name,
            body=release.body,
            prerelease=release.prerelease,
            published_at=f"{release.day}T12:00:00Z",
        )
    if sig.source_name:
        repository.rename(sig.name)
