"""The one Jinja2 environment: everything that a person reads and the bot writes comes through it.

Values are made harmless by the kind of the template, not by its author's care: in ``*.md.j2`` a
string becomes Markdown prose, in ``*.txt.j2`` plain text, in ``*.html`` one line of escaped HTML,
unless a filter (``code``, ``link``, …) has already made it something better.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from bot import markdown

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from jinja2.sandbox import SandboxedEnvironment

_INSTALLED = Path(__file__).parent / "templates"
_CHECKOUT = Path(__file__).parent.parent / "templates"

FILTERS = (
    "bare_url",
    "code",
    "fenced",
    "href",
    "link",
    "linked",
    "plain",
    "said",
    "said_in_html",
    "text",
    "wrapped",
    "yaml_quoted",
)
"""The functions of bot/markdown.py that templates may use."""


def render(name: str, /, **values: object) -> str:
    """Fill in one template, without the line end after its last line.

    A value that it names and does not get is an error.
    """
    return environment().get_template(name).render(**values).rstrip("\n")


def templates_directory() -> Path:
    """Where the templates lie: inside the installed package, or beside it in a checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


@cache
def environment() -> SandboxedEnvironment:
    """The environment, made at its first use: importing Jinja2 costs 75 ms. It keeps what it compiled."""
    from jinja2 import FileSystemLoader, StrictUndefined, pass_context  # noqa: PLC0415 - see above
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415 - see above

    made = SandboxedEnvironment(
        loader=FileSystemLoader(templates_directory()),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        finalize=pass_context(_harmless),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {name: getattr(markdown, name) for name in FILTERS}
    return made


def _harmless(context: Context, value: object) -> object:
    if value is None:
        raise ValueError(f"{context.name} prints a value that is None")
    if isinstance(value, str) and not isinstance(value, Markup):
        if context.name and context.name.endswith(".md.j2"):
            return markdown.text(value)
        if context.name and context.name.endswith(".txt.j2"):
            return Markup(markdown.plain(value))  # noqa: S704 - plain text has no markup
        return markdown.visible(value, markdown.HTML_LIMIT)
    return value
