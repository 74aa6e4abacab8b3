"""What a fork must be like to be proposed from; each fault is one sentence that says what to do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.markdown import visible

if TYPE_CHECKING:
    from bot.github.installations import Installation
    from bot.github.model import Fork, SiteState


def installation_fault(name: str, site: str, installation: Installation | None) -> str | None:
    """Why the app cannot commit to the repository of this name, or ``None``."""
    if installation is None:
        return (
            f"the app is not installed on any repository {_code(name)}: "
            f"make it a fork of {_code(site)}, and install the app on it"
        )
    if installation.suspended:
        return (
            f"the app is suspended on {_code(name)}: unsuspend it in the settings of {installation.account}"
        )
    if not installation.may_write("contents"):
        return (
            f"the app may not write to {_code(name)}: "
            f"grant it write access to contents in the settings of {installation.account}"
        )
    return None


def fork_fault(name: str, fork: Fork | None, site: SiteState) -> str | None:
    """Why the site cannot be proposed to from this repository, or ``None``."""
    if fork is None:
        whose = _code(site.full_name)
        return f"there is no repository {_code(name)} that the app can see: name a fork of {whose}"
    if fork.repository_id == site.repository_id:
        return f"{_code(name)} is the site itself: leave `fork` out to propose from there"
    if fork.parent_id != site.repository_id:
        what = f"a fork of {_code(fork.parent)}" if fork.parent else "no fork"
        return f"{_code(name)} is {what}: name a fork of {_code(site.full_name)}"
    if fork.private and not site.private:
        return f"{_code(name)} is private, and this site is public: make the fork public"
    if fork.archived:
        return f"{_code(name)} is archived and takes no commits: unarchive it"
    return None


def workflows_fault(fork: Fork, site: SiteState) -> str | None:
    """Why GitHub would not let the app take the base's latest commits to the fork, or ``None``.

    It takes another permission to bring workflows into a repository that are not there yet.
    """
    if fork.may_write_workflows or fork.workflows == site.workflows or site.base is None:
        return None
    where, branch = _code(fork.full_name), _code(site.base.name)
    grant = "grant the app write access to workflows there"
    if fork.base is None:
        return (
            f"{where} has no branch {branch}, and the app may not make one that holds workflows: "
            f"create it there from the site's, or {grant}"
        )
    return (
        f"{where} lacks changes to the workflows on {branch}, and the app may not make them: "
        f'press "Sync fork" on its page, or {grant}'
    )


def _code(name: str | None) -> str:
    return f"`{visible(name or '', 200).replace('`', ' ')}`"
