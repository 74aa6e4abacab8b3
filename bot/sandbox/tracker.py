"""What people do in a repository's tracker: milestones, issues and comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.sandbox.actions import comments as comment_actions
from bot.sandbox.actions import issues as issue_actions
from bot.sandbox.actions import milestones
from bot.sandbox.records import Comment, Issue, Milestone, PullRequest, Reaction, Repository
from bot.sandbox.state import State
from bot.sandbox.times import parse

SOMEBODY = "ada"
Moment = str | datetime


@dataclass(frozen=True)
class Tracker:
    """The half of a repository that is not code. Nobody's rights are checked; events are told as ever."""

    state: State
    record: Repository

    def create_milestone(
        self,
        title: str,
        open: int = 0,  # noqa: A002 - the word that GitHub uses
        closed: int = 0,
        state: Literal["open", "closed"] = "open",
        description: str | None = None,
        by: str = SOMEBODY,
    ) -> Milestone:
        """Make a milestone with so many open and closed issues in it."""
        milestone = milestones.create(self.state, self.record, title, by, description)
        for number in range(open + closed):
            issue = issue_actions.create(self.state, self.record, f"{title}: task {number + 1}", None, by)
            issue_actions.set_milestone(self.state, issue, milestone, by)
            if number >= open:
                issue_actions.close(self.state, issue, by)
        milestones.set_state(self.state, milestone, state, by)
        return milestone

    def milestone(self, number: int) -> Milestone:
        """A milestone."""
        return self.record.milestones[number]

    def milestones(self) -> list[Milestone]:
        """All milestones, oldest first."""
        return list(self.record.milestones.values())

    def edit_milestone(
        self,
        number: int,
        title: str | None = None,
        state: Literal["open", "closed"] | None = None,
        description: str | None = None,
        due_on: Moment | None = None,
        by: str = SOMEBODY,
    ) -> Milestone:
        """Rename a milestone, close it, open it again."""
        milestone = self.record.milestones[number]
        due = parse(due_on) if due_on else None
        milestones.edit(self.state, milestone, by, title=title, description=description, due_on=due)
        if state:
            milestones.set_state(self.state, milestone, state, by)
        return milestone

    def delete_milestone(self, number: int, by: str = SOMEBODY) -> None:
        """Delete a milestone."""
        milestones.delete(self.state, self.record.milestones[number], by)

    def create_issue(
        self, title: str, body: str = "", milestone: int | Milestone | None = None, by: str = SOMEBODY
    ) -> Issue:
        """Open an issue."""
        issue = issue_actions.create(self.state, self.record, title, body, by)
        if milestone is not None:
            self.set_milestone(issue.number, milestone, by)
        return issue

    def set_milestone(self, number: int, milestone: int | Milestone | None, by: str = SOMEBODY) -> None:
        """Put an issue or a pull request into a milestone, or (None) take it out."""
        found = self.record.milestones[milestone] if isinstance(milestone, int) else milestone
        issue_actions.set_milestone(self.state, self.record.issues[number], found, by)

    def issues(self, state: Literal["open", "closed", "all"] = "open") -> list[Issue]:
        """The issues, without the pull requests, oldest first."""
        return [
            issue
            for issue in self.record.issues.values()
            if not isinstance(issue, PullRequest) and state in ("all", issue.state)
        ]

    def issue(self, number: int) -> Issue:
        """An issue or a pull request."""
        return self.record.issues[number]

    def edit_issue(
        self, number: int, title: str | None = None, body: str | None = None, by: str = SOMEBODY
    ) -> None:
        """Change an issue's or a pull request's words."""
        issue_actions.edit(self.state, self.record.issues[number], by, title=title, body=body)

    def close_issue(self, number: int, by: str = SOMEBODY) -> None:
        """Close an issue."""
        issue_actions.close(self.state, self.record.issues[number], by)

    def reopen_issue(self, number: int, by: str = SOMEBODY) -> None:
        """Open an issue again."""
        issue_actions.reopen(self.state, self.record.issues[number], by)

    def delete_issue(self, number: int, by: str = SOMEBODY) -> None:
        """Delete an issue."""
        issue_actions.delete(self.state, self.record.issues[number], by)

    def label_issue(self, number: int, *labels: str, by: str = SOMEBODY) -> None:
        """Give an issue or a pull request labels."""
        issue_actions.add_labels(self.state, self.record.issues[number], labels, by)

    def comment(self, number: int, text: str, by: str = SOMEBODY) -> Comment:
        """Comment on an issue or a pull request."""
        return comment_actions.create(self.state, self.record.issues[number], text, by)

    def edit_comment(self, comment: Comment, text: str, by: str = SOMEBODY) -> None:
        """Change a comment."""
        comment_actions.edit(self.state, comment, text, by)

    def delete_comment(self, comment: Comment, by: str = SOMEBODY) -> None:
        """Take a comment away."""
        comment_actions.delete(self.state, comment, by)

    def react(self, about: Issue | Comment, content: str, by: str = SOMEBODY) -> Reaction:
        """React to an issue or a comment."""
        return comment_actions.react(self.state, about, content, by)[0]
