"""What a site's page should say, read from the sandbox's own records and not through its API.

It is told in two ways: as the facts from which the bot's own ``compute`` makes the whole file, and, in plain
words that owe nothing to the bot, as what each row comes to. The second knows only such titles and tags as
there are in this organisation.
"""

from __future__ import annotations

import msgspec

from benchmarks.organization import COLUMNS, SITE
from bot.sandbox import Repo, Sandbox
from bot.sandbox.times import iso
from bot.site import SiteConfig, branch_for
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts, dump_facts

CONFIG = SiteConfig()


class Row(msgspec.Struct, frozen=True):
    """What one row comes to."""

    repository: str
    column: str
    open: int
    closed: int
    tag: str


class Standing(msgspec.Struct, frozen=True):
    """What stands on the sandbox: ``compute``'s two files, and the output as it is proposed, or merged."""

    source: str
    facts: str
    output: str
    open_pulls: int
    commits: int
    """How many commits the bot has on its branch that are not on the site's."""
    rows: list[Row]


def standing(github: Sandbox, sigs: list[Repo]) -> Standing:
    """Look at everything."""
    site = github.repository(SITE)
    branch = branch_for(site.default_branch)
    pulls = site.pulls()
    shown = site.file(CONFIG.output, ref=branch if pulls else None)
    base = {commit.sha for commit in site.log()}
    ahead = [commit for commit in site.log(branch) if commit.sha not in base] if site.tip(branch) else []
    facts = Facts(repositories={sig.full_name: facts_of(github.state.url, sig) for sig in sigs})
    return Standing(
        source=site.file(CONFIG.source) or "",
        facts=dump_facts(facts).decode(),
        output=shown or "",
        open_pulls=len(pulls),
        commits=len(ahead),
        rows=[_row(sig) for sig in sigs],
    )


def _row(sig: Repo) -> Row:
    """The first column that is not done after the last that is, its issues, and the highest release."""
    latest = max(sig.releases(), key=lambda release: _numbers(release.tag))
    naming = [[each for each in sig.milestones() if _names(each.title, label)] for label in COLUMNS]
    done = [
        (bool(named) and all(each.state == "closed" for each in named))
        or (label.startswith("v") and _numbers(latest.tag) >= _numbers(label))
        for label, named in zip(COLUMNS, naming, strict=True)
    ]
    at = max((place + 1 for place, is_done in enumerate(done) if is_done), default=0)
    at = min(at, len(COLUMNS) - 1)
    opened, closed = (sum(getattr(each, name) for each in naming[at]) for name in ("open", "closed"))
    return Row(sig.full_name, COLUMNS[at], opened, closed, latest.tag)


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(map(int, tag.removeprefix("v").split(".")))


def _names(title: str, label: str) -> bool:
    return title.lower().partition(" ")[0] == label


def facts_of(web_url: str, sig: Repo) -> RepositoryFacts:
    """What the records say of one repository."""
    url = f"{web_url}/{sig.full_name}"
    return RepositoryFacts(
        milestones=tuple(
            Milestone(
                title=each.title,
                state=each.state,
                open=each.open,
                closed=each.closed,
                number=each.number,
                url=f"{url}/milestone/{each.number}",
            )
            for each in sig.milestones()
        ),
        releases=tuple(
            Release(
                tag=each.tag,
                name=each.name,
                draft=each.draft,
                prerelease=each.prerelease,
                latest=sig.record.latest_release is each,
                published_at=iso(each.published_at) if each.published_at else None,
                url=f"{url}/releases/tag/{each.tag}",
                body=each.body,
            )
            for each in sig.releases()
        ),
    )
