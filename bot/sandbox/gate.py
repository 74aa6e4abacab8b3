"""What stands between a pull request and its base: the branch's rules, approvals and checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.actions import merging, suites
from bot.sandbox.checks import CheckRun, Protection
from bot.sandbox.records import PullRequest
from bot.sandbox.tracker import SOMEBODY, Tracker


@dataclass(frozen=True)
class Gate(Tracker):
    """The part of a repository that lets pull requests through. Nobody's rights are checked."""

    def pull(self, number: int) -> PullRequest:
        """A pull request."""
        found = self.record.issues[number]
        if not isinstance(found, PullRequest):
            raise KeyError(number)
        return found

    def protect(
        self,
        branch: str | None = None,
        checks: Sequence[str] = (),
        approvals: int = 0,
        *,
        ruleset: bool = False,
    ) -> None:
        """Let a branch take pull requests only once these checks passed and so many people approved."""
        self.record.protections[branch or self.record.default_branch] = Protection(
            tuple(checks), approvals, ruleset
        )

    def approve_pull(self, number: int, by: str = SOMEBODY) -> None:
        """Approve a pull request; one with auto-merge may be merged by that."""
        pull = self.pull(number)
        if self.state.somebody(by).login not in pull.approved_by:
            pull.approved_by.append(by)
        merging.merge_waiting(self.state, self.record)

    def check_pull(self, number: int, name: str, conclusion: str = "success") -> CheckRun:
        """Let the repository's CI say of a pull request's head how a check went."""
        now, ids = self.state.now(), self.state.ids
        run = CheckRun(
            ids.number(), ids.number(), 0, name, self.pull(number).head.sha, "completed", conclusion
        )
        run.started_at = run.completed_at = now
        self.record.check_runs[run.id] = run
        merging.merge_waiting(self.state, self.record)
        return run

    def check_runs(self, number: int) -> list[CheckRun]:
        """What apps have said of a pull request's head, the oldest first."""
        head = self.pull(number).head.sha
        return [run for run in self.record.check_runs.values() if run.head_sha == head]

    def rerequest_check(self, run: CheckRun, by: str = SOMEBODY) -> None:
        """Press the button that runs one check again."""
        suites.rerequest_run(self.state, self.record, run, by)

    def rerequest_checks(self, number: int, by: str = SOMEBODY) -> None:
        """Press the button that runs all checks of a pull request's head again."""
        head = self.pull(number).head.sha
        for suite in [one for one in self.record.check_suites.values() if one.head_sha == head]:
            suites.rerequest(self.state, self.record, suite, by)
