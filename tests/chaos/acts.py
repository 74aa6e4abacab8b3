"""What each step of a plan does to the world: people and SIGs by hand, faults by the wire and the post."""

from __future__ import annotations

import re
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from bot.sandbox.errors import ApiError
from bot.sandbox.records import PullRequest
from tests.chaos import plans
from tests.chaos.history import Given, Pushed
from tests.world import BRANCH, ORGANIZATION, OUTPUT, SOURCE, row_of

if TYPE_CHECKING:
    from bot.sandbox import Milestone, Repo
    from tests.chaos.world import World

TALK = 1
"""The site's issue on which people talk."""
MOVED = ("refused", "conflict")
"""What GitHub says where somebody else was quicker."""
BROKEN = "\n  - label: [\n"
_ROW = re.compile(r"^  - label: .*\n(?:    .*\n)*", re.MULTILINE)


class Acts:
    """Does the steps. What cannot be done as things stand is left undone, as GitHub refuses it to people."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0

    @property
    def _site(self) -> Repo:
        return self._world.site

    def perform(self, step: plans.Any) -> None:
        """Do one step."""
        self._count += 1
        try:
            self.do(step)
        except ApiError:
            self._world.met["refused to people"] += 1
        self._world.history.note()

    @singledispatchmethod
    def do(self, step: plans.Step) -> None:
        """Do one step. Raises ``ApiError`` where GitHub does not let anybody do it now."""
        raise NotImplementedError(step)

    # -- the SIGs -----------------------------------------------------------------------------

    @do.register
    def _(self, step: plans.Release) -> None:
        repository, tag = self._world.sig(step.sig), plans.TAGS[step.tag % len(plans.TAGS)]
        if any(release.tag == tag for release in repository.releases()):
            repository.delete_release(tag)
        else:
            repository.create_release(tag, body=f"What is new in {tag}: #1, by @ada")

    @do.register
    def _(self, step: plans.Milestone) -> None:
        repository, title = self._world.sig(step.sig), plans.TITLES[step.title % len(plans.TITLES)]
        for milestone in repository.milestones():
            if milestone.title == title:
                repository.edit_milestone(
                    milestone.number, state="closed" if milestone.state == "open" else "open"
                )
                return
        repository.create_milestone(title, open=1, closed=1)

    def _milestone(self, sig: int, nth: int) -> tuple[Repo, Milestone] | None:
        repository = self._world.sig(sig)
        milestones = repository.milestones()
        return (repository, milestones[nth % len(milestones)]) if milestones else None

    @do.register
    def _(self, step: plans.Retitle) -> None:
        if found := self._milestone(step.sig, step.nth):
            found[0].edit_milestone(found[1].number, title=plans.TITLES[step.title % len(plans.TITLES)])

    @do.register
    def _(self, step: plans.Unplan) -> None:
        if found := self._milestone(step.sig, step.nth):
            found[0].delete_milestone(found[1].number)

    @do.register
    def _(self, step: plans.Issue) -> None:
        if not (found := self._milestone(step.sig, step.nth)):
            return
        repository, milestone = found
        if step.new or not milestone.items:
            repository.create_issue("One more", milestone=milestone)
            return
        issue = list(milestone.items.values())[step.nth % len(milestone.items)]
        turn = repository.close_issue if issue.state == "open" else repository.reopen_issue
        turn(issue.number)

    @do.register
    def _(self, step: plans.Rename) -> None:
        repository = self._world.sig(step.sig)
        first = plans.SIGS[step.sig % len(plans.SIGS)].lower()
        repository.rename(f"{first}-sig" if repository.full_name == f"{ORGANIZATION}/{first}" else first)

    @do.register
    def _(self, step: plans.Hide) -> None:
        repository = self._world.sig(step.sig)
        turn = repository.make_public if repository.record.private else repository.make_private
        turn()

    # -- the site's people --------------------------------------------------------------------

    def _push(self, files: dict[str, str], branch: str = "main") -> None:
        sha = self._site.push(files, message="By hand", branch=branch, by="ada")
        pushed = Pushed(self._world.history.now(), branch, sha, frozenset(files))
        self._world.history.pushes.append(pushed)

    @do.register
    def _(self, step: plans.Base) -> None:
        if step.what == "page":
            self._push({"content/page.md": f"Page {self._count}\n"})
        elif step.what == "output":
            if output := self._site.file(OUTPUT):
                self._push({OUTPUT: f"{output}# by hand {self._count}\n"})
        else:
            source = str(self._site.file(SOURCE))
            broken = source.removesuffix(BROKEN) if source.endswith(BROKEN) else source + BROKEN
            self._push({SOURCE: broken})

    def mend(self) -> None:
        """Somebody mends the source, if it is broken, and lets the app work again."""
        self._world.let_in()
        source = str(self._site.file(SOURCE))
        if source.endswith(BROKEN):
            self._push({SOURCE: source.removesuffix(BROKEN)})
            self._world.history.note()

    @do.register
    def _(self, step: plans.Row) -> None:
        label, source = plans.SIGS[step.sig % len(plans.SIGS)], str(self._site.file(SOURCE))
        rows = {match[0].split(":", 1)[1].split("\n")[0].strip(): match for match in _ROW.finditer(source)}
        row = rows.get(label)
        if row is None:
            edited = source + row_of(label) if step.what == "in or out" and BROKEN not in source else source
        elif step.what == "hold":
            lines = row[0].splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith("    hold:")]
            held = kept if kept != lines else [*lines[:2], '    hold: "by hand"\n', *lines[2:]]
            edited = source[: row.start()] + "".join(held) + source[row.end() :]
        else:
            others = [other for other in plans.SIGS if other in rows and other != label]
            edited = source[: row.start()] + source[row.end() :] if others else source
        if edited != source:
            self._world.history.rows_edited.setdefault(label, []).append(self._world.history.now())
            self._push({SOURCE: edited})

    @do.register
    def _(self, step: plans.Branch) -> None:
        output = self._site.file(OUTPUT, ref=BRANCH) if self._site.tip(BRANCH) else None
        if step.what == "output" and output:
            self._push({OUTPUT: f"{output}# fixed {self._count}\n"}, BRANCH)
        else:
            self._push({"content/mine.md": f"Mine {self._count}\n"}, BRANCH)

    @do.register
    def _(self, _step: plans.DeleteBranch) -> None:
        history = self._world.history
        if self._site.tip(BRANCH) is not None:
            history.given_up |= {push.sha for push in history.pushes if push.branch == BRANCH}
            self._site.delete_branch(BRANCH, by="ada")

    def _open(self) -> PullRequest | None:
        return next((pull for pull in self._world.history.proposals() if pull.state == "open"), None)

    @do.register
    def _(self, step: plans.Merge) -> None:
        if pull := self._open():
            before = self._site.tip("main")
            self._site.merge_pull(pull.number, by="ada", method=step.method)
            self._world.oracle.check_merge(str(before))

    @do.register
    def _(self, _step: plans.Decline) -> None:
        if pull := self._open():
            self._site.close_pull(pull.number, by="ada")

    @do.register
    def _(self, _step: plans.Reopen) -> None:
        closed = [
            pull for pull in self._world.history.proposals() if pull.state == "closed" and not pull.merged
        ]
        if closed:
            self._site.reopen_pull(closed[-1].number, by="ada")

    @do.register
    def _(self, step: plans.Say) -> None:
        label = plans.SIGS[step.sig % len(plans.SIGS)]
        text, hold = f"/status {step.words}", None
        if step.words in ("hold", "resume", "explain"):
            text += f" {label}"
        if step.words == "hold":
            hold = f"until {self._count}"
            text += f" {hold}"
        where, number = self._site, TALK
        proposals = self._world.history.proposals()
        if step.where == "proposal" and proposals:
            number = proposals[-1].number
        elif step.where == "SIG":
            where = self._world.sig(step.sig)
            number = next((issue.number for issue in where.issues() if issue.title == "Talk"), 0)
            number = number or where.create_issue("Talk").number
        comment = where.comment(number, text, by=step.by)
        self._world.history.given.append(
            Given(comment, step.words, label, step.by, hold, where is not self._site)
        )

    # -- what goes wrong ----------------------------------------------------------------------

    @do.register
    def _(self, _step: plans.Suspend) -> None:
        if not self._world.let_in():
            self._world.shut_out()

    @do.register
    def _(self, step: plans.Fail) -> None:
        self._world.wire.failing.append((step.skip, step.fault))
        self._world.history.refused |= step.fault in MOVED

    @do.register
    def _(self, step: plans.Outage) -> None:
        until = self._world.clock.monotonic() + step.seconds
        self._world.wire.outage = until, step.fault
        self._world.history.refused |= step.fault in MOVED

    @do.register
    def _(self, step: plans.Die) -> None:
        self._world.doom(step)

    @do.register
    def _(self, _step: plans.Stop) -> None:
        self._world.replace()

    @do.register
    def _(self, step: plans.Post) -> None:
        self._world.post.fates.extend([step.fate] * step.count)
