"""What a site's page should say, read from the sandbox's own records and not through its API."""

from __future__ import annotations

import msgspec

from benchmarks.organization import SITE
from bot.sandbox import Repo, Sandbox
from bot.sandbox.times import iso
from bot.site import SiteConfig, branch_for
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts, dump_facts

CONFIG = SiteConfig()


class Standing(msgspec.Struct, frozen=True):
    """What stands on the sandbox: ``compute``'s two files, and the output as it is proposed, or merged."""

    source: str
    facts: str
    output: str
    open_pulls: int
    commits: int
    """How many commits the bot has on its branch that are not on the site's."""


def standing(github: Sandbox, sigs: list[Repo]) -> Standing:
    """Look at everything."""
    site = github.repository(SITE)
    branch = branch_for(site.default_branch)
    pulls = site.pulls()
    shown = site.file(CONFIG.output, ref=branch if pulls else None)
    base = {commit.sha for commit in site.log()}
    ahead = [commit for commit in site.log(branch) if commit.sha not in base] if site.tip(branch) else []
    facts = Facts(repositories={sig.full_name: _facts(github.state.url, sig) for sig in sigs})
    return Standing(
        source=site.file(CONFIG.source) or "",
        facts=dump_facts(facts).decode(),
        output=shown or "",
        open_pulls=len(pulls),
        commits=len(ahead),
    )


def _facts(web_url: str, sig: Repo) -> RepositoryFacts:
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
