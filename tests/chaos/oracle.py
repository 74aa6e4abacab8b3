"""What must stand on GitHub once the faults are over, worked out from the sandbox's own records.

It asks the bot nothing and shares with it the page's text alone (``compute_page``, ``with_holds`` and
``substance`` are pure, and proven elsewhere). The rules, in words:

1. **The page.** What should stand is the base's source with the holds that people wished for, and the
   facts as they are in the records. Where that is the base already, no proposal is open.
2. **The proposal.** Else exactly one is open, to the base, from the bot's branch, whose tip is the bot's
   own commit, holds just this output and source, differs from the base in nothing else, merges without a
   conflict, and is the commit that its body speaks of.
3. **A no counts.** None is open where a person closed the last one without merging it, as long as the
   page's substance (all but the counts) is what that one proposed, and nobody has asked since. Who asked
   before the no and is answered after it may get a proposal or not: both are right; so are they for who
   says ``resume``, for the row may be on no hold. A proposal after a no
   is opened only for another substance, for one that came in between and went, or for somebody who asked.
4. **A person's push counts.** Where the branch's tip is a person's commit, which was not merged just as it
   is, the bot leaves it alone, says so once on the proposal that is open, and opens none. Who says
   ``recreate`` after the push gets the branch taken over, on top of that commit, unless GitHub refused to
   move a ref in between: then somebody else may have pushed, who was not meant.
5. **Holds.** The last ``hold`` or ``resume`` that was answered as done counts, until a merge brings it to
   the base. Where two were under way at once, or somebody has edited the row on the base after it, either
   may have come last. A row on hold is as the base has it. No way of merging loses one.
6. **Answers.** Every command is answered exactly once: one reply, one reaction beside the eyes. It may be
   left unanswered, if it got lost, where no row leads: at a SIG that is not on the page in the end, or is
   private under another name than the page has for it.
7. **Nothing is lost.** The bot's branch only moves forward, nothing else is pushed to, no branch whose tip
   is a person's is deleted, every commit of a person's can be reached, and a merge of a proposal changes the
   two files alone, but for what people pushed to its branch. Of the source it changes the holds alone.
8. **Rest.** Nothing fails, no report of faults is open, and nothing is written any more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.marker import HANDS_OFF_MARKER, read_answer, read_marker
from bot.sandbox import PullRequest, Repo
from bot.sandbox.diffs import compare
from bot.sandbox.history import ancestors
from bot.sandbox.mergeability import changes, mergeable
from bot.status.changes import digest
from bot.status.datafile import GITHUB_HOSTS, read_source
from bot.status.faults import FileFaultError
from bot.status.holds import Hold, with_holds
from bot.status.page import compute_page
from tests.chaos.history import Given, History, Moment, Opened
from tests.chaos.plans import SIGS
from tests.chaos.right import Right, substance_of, without_holds
from tests.world import BOT, BRANCH, ORGANIZATION, OUTPUT, SOURCE

ASKS = ("refresh", "recreate", "hold", "resume")
A_LOOK = timedelta(minutes=15)
"""A look may have begun so long before what it leads to: no run is allowed to take longer."""
LATE = timedelta(days=1)
"""Older commands need not be answered any more."""
BY_HAND = "by hand"


class Oracle:
    """Judges one run by its history and the records."""

    def __init__(self, history: History) -> None:
        self._history = history

    @property
    def _site(self) -> Repo:
        return self._history.site

    # -- what is right ------------------------------------------------------------------------

    def _right(self, moment: Moment, holds: Sequence[Hold]) -> Right | None:
        """What should stand at a moment; ``None`` where the source is broken."""
        base, before = self._at(SOURCE, moment.base), self._at(OUTPUT, moment.base)
        try:
            source = read_source(str(base), SOURCE, GITHUB_HOSTS)
            held, faults = with_holds(source, holds)
            page = compute_page(held, moment.facts, before, None, OUTPUT)
        except FileFaultError:
            return None
        assert not faults, faults
        return Right(page.text, held.text, page.text == before and held.text == base)

    def _at(self, path: str, sha: str) -> str | None:
        return self._site.file(path, ref=sha)

    def _wishes(self) -> Iterator[tuple[Hold, ...]]:
        """The holds that may be in force beside those of the base: more than one set where it is open."""
        choices = [self._choices(label) for label in SIGS]
        for chosen in itertools.product(*choices):
            yield tuple(hold for hold in chosen if hold is not None)

    def _choices(self, label: str) -> list[Hold | None]:
        """What may be wished for a row; ``None``: what the base says."""
        done = [
            (each, answer[1])
            for each in self._history.given
            if each.label == label
            and each.words in ("hold", "resume")
            and (answer := each.answer) is not None
            and answer[0] == "rocket"
        ]
        last = [each for each, answered in done if not any(later.at > answered for later, _ in done)]
        wishes: list[Hold | None] = [
            Hold(label, f"{ORGANIZATION}/{label.lower()}", None, each.hold) for each in last
        ]
        edits = self._history.rows_edited.get(label, ())
        since = min((each.at for each in last), default=None)
        if since is None or any(edit >= since for edit in edits):
            wishes.append(None)
        return wishes

    # -- while it happens ---------------------------------------------------------------------

    def check_merge(self, before: str) -> None:
        """What a merge of the proposal has changed on the base."""
        store = self._site.record.store
        old, new = store.commit(before), store.commit(str(self._site.tip("main")))
        changed = {change.path for change in compare(store, old.tree, new.tree)}
        theirs = {path for push in self._history.pushes if push.branch == BRANCH for path in push.paths}
        if foreign := changed - {OUTPUT, SOURCE} - theirs:
            self._history.wrong(f"a merge of the proposal changed {', '.join(sorted(foreign))}")
        if without_holds(self._at(SOURCE, old.sha)) != without_holds(self._at(SOURCE, new.sha)):
            self._history.wrong("a merge of the proposal changed more of the source than holds")

    # -- in the end ---------------------------------------------------------------------------

    def judge(self, mended: datetime) -> None:
        """Compare what stands with what should."""
        self._history.note()
        moment = self._history.moments[-1]
        wrong = [self._wrong(right) for right in self._rights(moment)]
        if wrong and all(wrong):
            self._history.wrong(next(filter(None, wrong)))
        for opened in self._history.opened:
            self._judge_opening(opened)
        for given in self._history.given:
            self._judge_answer(given, mended)
        self._judge_commits()
        if reports := [issue for issue in self._site.issues() if issue.author == BOT]:
            self._history.wrong(f"{len(reports)} reports of faults are open, though all is mended")
        for pull in self._history.proposals():
            if self._hands_off(pull) > 1:
                self._history.wrong(f"it says twice on #{pull.number} that it keeps its hands off")

    def _rights(self, moment: Moment) -> list[Right]:
        found = [self._right(moment, holds) for holds in self._wishes()]
        return [right for right in found if right is not None]

    def _wrong(self, right: Right) -> str:
        """What is wrong with what stands, if this is right; ``""``: nothing."""
        proposals = self._history.proposals()
        pull = next((each for each in proposals if each.state == "open"), None)
        last = next((each for each in reversed(proposals) if each.state == "closed"), None)
        tip = self._site.tip(BRANCH)
        left_over = pull is None and last is not None and last.merged and last.head.sha == tip
        if tip is not None and not left_over and self._history.is_persons(tip):
            return self._wrong_beside_a_person(pull, tip, right)
        if right.on_base:
            return f"#{pull.number} is open, though the page is right" if pull else ""
        return self._wrong_with(pull, right) if pull is not None else self._wrong_without(last, right)

    def _wrong_without(self, last: PullRequest | None, right: Right) -> str:
        """What is wrong where no proposal stands, though there is something to propose."""
        if last is None or last.merged or last.closed_by in (BOT, None):
            return "nothing is proposed, though nobody has declined it"
        if self._declined(last) != right.substance:
            return f"nothing is proposed, though there is news since #{last.number} was declined"
        if self._asked_since(last):
            return f"nothing is proposed, though somebody asked after #{last.number} was declined"
        return ""

    def _wrong_with(self, pull: PullRequest, right: Right) -> str:
        """What is wrong with the proposal that stands."""
        marker, tip = read_marker(pull.body), str(self._site.tip(BRANCH))
        changed = {change.path for change in changes(pull)}
        checks = {
            "proposes another output than the right one": self._at(OUTPUT, tip) != right.output,
            "proposes another source than the right one": self._at(SOURCE, tip) != right.source,
            "changes other files": not changed <= {OUTPUT, SOURCE},
            "cannot be merged": not mergeable(pull),
            "does not stand at its branch": pull.head.sha != tip,
            "speaks of another commit": marker is None or marker.commit != tip or marker.withdrawn,
            "speaks of another output": marker is None or marker.digest != digest(right.output),
        }
        return "; ".join(f"#{pull.number} {said}" for said, holds in checks.items() if holds)

    def _wrong_beside_a_person(self, pull: PullRequest | None, tip: str, right: Right) -> str:
        """What is wrong where the branch's tip is a person's."""
        pushed = max(push.at for push in self._history.pushes if push.sha == tip)
        asked = [
            given
            for given in self._history.given
            if given.words == "recreate" and given.at > pushed and (given.answer or ("", 0))[0] == "rocket"
        ]
        if asked and not right.on_base and not self._history.refused:
            return "the branch was not taken over, though somebody asked for it"
        if pull is not None and self._hands_off(pull) != 1:
            return f"it does not say on #{pull.number} that it keeps its hands off"
        return ""

    def _hands_off(self, pull: PullRequest) -> int:
        return sum(HANDS_OFF_MARKER in comment.body for comment in pull.comments if comment.author == BOT)

    def _declined(self, pull: PullRequest) -> str:
        return substance_of(self._at(OUTPUT, pull.head.sha))

    def _asked_since(self, declined: PullRequest) -> bool:
        """Whether somebody who may has asked after the no, when there was something to propose."""
        assert declined.closed_at is not None
        asked = [
            given
            for given in self._history.given
            if given.words in ("refresh", "recreate", "hold")
            and given.at > declined.closed_at
            and (given.answer or ("", 0))[0] == "rocket"
            and not self._had_nothing_to_do(given)
        ]
        return bool(asked)

    def _had_nothing_to_do(self, given: Given) -> bool:
        """Whether the page was right, or the branch a person's, at some moment while it was under way."""
        assert given.answer is not None
        return any(
            (moment.branch is not None and self._history.is_persons(moment.branch))
            or any(right is None or right.on_base for right in self._all_rights(moment))
            for moment in self._between(given.at, given.answer[1])
        )

    def _all_rights(self, moment: Moment) -> list[Right | None]:
        """What should have stood then, with no holds or with those of the end."""
        return [self._right(moment, holds) for holds in ((), *self._wishes())]

    def _between(self, since: datetime, until: datetime) -> list[Moment]:
        """The moments from the one that ``since`` falls into."""
        moments = self._history.moments
        starts = [index for index, moment in enumerate(moments) if moment.at <= since]
        first = starts[-1] if starts else 0
        return [moment for moment in moments[first:] if moment.at <= until]

    def _judge_opening(self, opened: Opened) -> None:
        """Whether a proposal came back without news."""
        before, closed = opened.before, opened.declined_at
        if before is None or closed is None:
            return
        if substance_of(self._at(OUTPUT, opened.head)) != self._declined(before):
            return
        for given in self._history.given:
            answered = given.answer[1] if given.answer else opened.at
            if given.words in ASKS and given.at <= opened.at and answered >= closed - A_LOOK:
                return
        came = [
            right
            for moment in self._between(closed - A_LOOK, opened.at)
            for right in self._all_rights(moment)
            if right is not None
        ]
        if not any(right.on_base or right.substance != self._declined(before) for right in came):
            self._history.wrong(f"#{opened.pull.number} proposes what was declined in #{before.number}")

    def _judge_answer(self, given: Given, mended: datetime) -> None:
        comment = given.comment
        replies = [
            other
            for other in comment.issue.comments
            if other.author == BOT and read_answer(other.body, comment.id) is not None
        ]
        final = [content for content, author in comment.reactions if author == BOT and content != "eyes"]
        said = f"{given.by}'s /status {given.words}"
        if not replies and not final and (mended - given.at > LATE or self._off_the_page(given)):
            return
        if len(replies) != 1 or len(final) != 1:
            self._history.wrong(f"{said} has {len(replies)} replies and {len(final)} last reactions")
        elif read_answer(replies[0].body, comment.id) != final[0]:
            self._history.wrong(f"{said} has a reaction that is not its reply's")
        elif given.by == "bob" and given.words in ASKS and final[0] == "rocket":
            self._history.wrong(f"{said} was done, and bob may not")

    def _off_the_page(self, given: Given) -> bool:
        """Whether no row leads to where it was given, so that nobody looks there for what got lost."""
        if not given.on_sig:
            return False
        repository = given.comment.issue.repository
        is_named = f"  - label: {given.label}\n" in str(self._site.file(SOURCE))
        return not is_named or (repository.private and repository.name != given.label.lower())

    def _judge_commits(self) -> None:
        store, refs = self._site.record.store, self._site.record.refs
        reached = {sha for tip in set(refs.values()) for sha in ancestors(store, tip)}
        for push in self._history.pushes:
            if push.sha not in reached | self._history.given_up:
                self._history.wrong(f"a person's commit on {push.branch} cannot be reached any more")
