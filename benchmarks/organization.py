"""The organisation that is measured: repositories shaped like real ones, and a site that names them all."""

from __future__ import annotations

from bot.sandbox import App, Installation, Repo, Sandbox
from bot.site import CONFIG_PATH, SiteConfig
from bot.web.manifest import read_manifest

ORGANIZATION = "open-telemetry"
SITE = f"{ORGANIZATION}/opentelemetry.io"
UNNAMED = f"{ORGANIZATION}/community"
"""A repository that the site's source does not name."""
MAINTAINER = "ada"
SECRET = "the benchmark's own"  # noqa: S105 - it signs deliveries from this machine to itself

COLUMNS = ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")
OTHER_MILESTONES = ("Backlog", "Future", "Documentation", "Q3 planning", "API review", "Metrics", "Long-term")
"""With five that name a column they are the twelve of an ordinary repository."""
CROWDED_EVERY = 20
CROWDED_MILESTONES = 130
"""Every so many repositories one has so many milestones: more than a page holds."""
RELEASES = 15
NOTES_CHARACTERS = 10_000


def sig_name(number: int) -> str:
    """The full name of the repository of the SIG with this number, counted from 0."""
    return f"{ORGANIZATION}/sig-{number:03d}"


def build(github: Sandbox, sigs: int) -> None:
    """Make the organisation; the same number of SIGs gives the same names and ids."""
    github.create_organization(ORGANIZATION)
    github.create_user(MAINTAINER)
    for number in range(sigs):
        _build_sig(github.create_repository(sig_name(number)), number)
    github.create_repository(UNNAMED)
    files = {"README.md": "# The site\n", SiteConfig().source: source_of(sigs), CONFIG_PATH: ""}
    site = github.create_repository(SITE, files=files)
    site.add_collaborator(MAINTAINER, "maintain")


def install(github: Sandbox, webhook_url: str | None) -> tuple[App, Installation]:
    """Register the bot with the permissions and events of its manifest, and install it."""
    manifest = read_manifest()
    app = github.create_app(
        slug="status-bot",
        permissions=dict(manifest.default_permissions),
        events=list(manifest.default_events),
        webhook_url=webhook_url,
        webhook_secret=SECRET,
    )
    return app, github.install(app, ORGANIZATION)


def source_of(sigs: int) -> str:
    """The site's source, with nothing known yet of any SIG."""
    columns = "".join(f'  - label: "{label}"\n' for label in COLUMNS)
    rows = "".join(_row(number) for number in range(sigs))
    return f"# How far each SIG is.\ntitle: Progress\ncolumns:\n{columns}data:\n{rows}"


def publish(repository: Repo, tag: str) -> None:
    """Publish a release with notes of the usual length."""
    repository.create_release(tag, name=f"Release {tag}", body=notes_of(tag), by=MAINTAINER)


def notes_of(tag: str) -> str:
    """Release notes, other ones for each tag."""
    line = "- Fix the exporter that lost spans when its queue was full. Thanks @octocat! (#1234) 🎉\n"
    text = f"## What is new in {tag}\n\n"
    return text + line * ((NOTES_CHARACTERS - len(text)) // len(line))


def _row(number: int) -> str:
    return (
        f"  - label: SIG {number:03d}\n"
        f"    sourceUrl: https://github.com/{sig_name(number)}\n"
        "    msLabel: v0.1\n"
        "    openIssues: 0\n"
        "    closedIssues: 0\n"
        "    totalIssues: 0\n"
        '    releaseName: "n/a"\n'
        '    releaseDescription: "n/a"\n'
        '    releaseUrl: ""\n'
    )


def _build_sig(repository: Repo, number: int) -> None:
    """Milestones first, of which more or fewer are done; then releases, the youngest last."""
    done = number % 5
    for position, title in enumerate((*COLUMNS[:4], "Beta (October target)")):
        if position < done:
            repository.create_milestone(title, closed=2, state="closed")
        else:
            repository.create_milestone(title, open=1, closed=1)
    others: tuple[str, ...] = OTHER_MILESTONES
    if number % CROWDED_EVERY == CROWDED_EVERY - 1:
        made = len(COLUMNS[:4]) + 1 + len(others)
        others += tuple(f"Sprint {sprint}" for sprint in range(made, CROWDED_MILESTONES))
    for title in others:
        repository.create_milestone(title)
    for release in range(RELEASES):
        tag = f"v0.{1 + done * release // RELEASES}.{release}"
        published_at = f"2020-{1 + release // 2:02d}-{1 + release % 2 * 14:02d}T12:00:00Z"
        repository.create_release(tag, name=f"Release {tag}", body=notes_of(tag), published_at=published_at)
