"""Markdown in a repository: where its mentions and references lead, and whom a text tells."""

from __future__ import annotations

import re

from markupsafe import Markup

from bot.sandbox.records import PullRequest, Repository
from bot.sandbox.state import State
from bot.sandbox.web.markdown import render


def markdown(state: State, repository: Repository, text: str | None) -> Markup:
    """A text as HTML, with its mentions and references linked as GitHub links them."""

    def link(match: re.Match[str]) -> str | None:
        if match["login"]:
            account = state.account(match["login"])
            return f"/{account.login}" if account else None
        if match["url"]:
            return None
        where = state.repository(match["repository"]) if match["repository"] else repository
        issue = where.issues.get(int(match["number"])) if where and not where.private else None
        if where is None or issue is None:
            return None
        kind = "pull" if isinstance(issue, PullRequest) else "issues"
        return f"/{where.full_name}/{kind}/{issue.number}"

    return render(text, link)
