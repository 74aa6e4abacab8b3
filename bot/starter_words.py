"""The words of a site's beginning: its pull request, and what is said to whoever asked for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.github.trees import Obstacle
from bot.notices import located, own_pull
from bot.render import render
from bot.site import CONFIG_PATH, SiteConfig
from bot.starter import Origin, Starter
from bot.starter_files import SHORTCODES
from bot.status.faults import Fault

TITLE = "Start the status page"
DEFAULT_DATA = "progress_generated"
"""The data file that the shortcodes show where they are told of no other."""
MOST_FAULTS = 10


@dataclass(frozen=True)
class StarterText:
    """The words of one pull request."""

    title: str
    body: str
    commit_message: str


def starter_text(starter: Starter, config: SiteConfig, repository: str, *, hugo: bool) -> StarterText:
    """Word the pull request that begins a site. ``repository`` is its ``owner/name``."""
    others = [path for path in starter.files if path not in (CONFIG_PATH, config.source)]
    body = render(
        "pull/init.md.j2",
        repository=repository,
        config_path=CONFIG_PATH if CONFIG_PATH in starter.files else "",
        source=config.source if config.source in starter.files else "",
        output=config.output,
        origin=starter.origin.value if starter.origin else "",
        origins={origin.name: origin.value for origin in Origin},
        rows=starter.rows,
        unseen=starter.unseen,
        shortcodes=others,
        kept=starter.kept,
        hindered=starter.hindered,
        hugo=hugo,
        usage=_usage(config.output) if hugo or others else "",
    )
    message = render("pull/init_commit.txt.j2", title=TITLE, paths=tuple(starter.files))
    return StarterText(TITLE, body, message)


def _usage(output: str) -> str:
    """What to write into a page's Markdown; ``""`` where Hugo does not read the data file as such."""
    path = PurePosixPath(output)
    if path.parts[0] != "data":
        return ""
    name = path.relative_to("data").with_suffix("").as_posix()
    data = f' data="{name}"' if name != DEFAULT_DATA else ""
    chart, notes = (f"{{{{< {PurePosixPath(path).stem}{data} >}}}}" for path in SHORTCODES)
    return f"## How far each SIG is\n\n{chart}\n\n## Latest releases\n\n{notes}"


def opened(pull_url: str, *, before: bool) -> str:
    """The pull request is open now, or was ``before``."""
    return render("comments/init.md.j2", pull_url=own_pull(pull_url), before=before)


def set_up(full_name: str, config: SiteConfig) -> str:
    """Nothing is lacking."""
    return render("comments/init_set_up.md.j2", repository=full_name, paths=(CONFIG_PATH, config.source))


def pushed_to(branch: str) -> str:
    """The branch holds a person's commits."""
    return render("comments/init_pushed.md.j2", branch=branch)


def hindered(full_name: str, *, empty: bool = False, archived: bool = False, forbidden: bool = False) -> str:
    """The repository as a whole takes no pull request of the bot's."""
    return render(
        "comments/init_cannot.md.j2",
        repository=full_name,
        empty=empty,
        archived=archived,
        forbidden=forbidden,
        config_path=CONFIG_PATH,
    )


def in_the_way(found: Obstacle) -> str:
    """Something else than a file lies where a file is to be."""
    return render("comments/init_in_the_way.md.j2", found=found, config_path=CONFIG_PATH)


def faulty(faults: Sequence[Fault], site_url: str) -> str:
    """The configuration that is there cannot be read."""
    shown = located(faults, site_url)
    return render(
        "comments/init_faulty.md.j2",
        faults=shown[:MOST_FAULTS],
        more_faults=max(0, len(shown) - MOST_FAULTS),
    )
