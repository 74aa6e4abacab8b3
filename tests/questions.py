"""Comments that hold commands, and what the bot says to them. Shared by tests."""

from __future__ import annotations

import re

from bot.marker import read_answer
from bot.sandbox import Comment, Repo
from tests.world import BOT, World

TURN_SECONDS = 61.0
"""After so long a person's next commands are answered at once again."""
EYES, ROCKET, CONFUSED, THUMBS_DOWN = (("eyes", BOT), ("rocket", BOT), ("confused", BOT), ("-1", BOT))
PULL = "/open-telemetry/opentelemetry.io/pull/1"


def replies(repository: Repo, number: int) -> list[str]:
    """What the bot said on an issue."""
    return [comment.body for comment in repository.issue(number).comments if comment.author == BOT]


async def say(story: World, text: str, repository: Repo | None = None, by: str = "ada") -> Comment:
    """Comment on a new issue, of the site if no other repository is named."""
    where = repository or story.site
    comment = where.comment(where.create_issue("A question").number, text, by=by)
    await story.rest()
    return comment


async def answer_to(
    story: World, text: str, repository: Repo | None = None, by: str = "ada", *, reaction: str = "rocket"
) -> str:
    """Give commands; gives the one answer, as it would be on github.com, once its reaction is there too."""
    comment = await say(story, text, repository, by)
    found = [one.body for one in comment.issue.comments if one.author == BOT]
    assert len(found) == 1, found
    assert comment.reactions == [EYES, (reaction, BOT)]
    assert read_answer(found[0], comment.id) == reaction
    await story.clock.advance(TURN_SECONDS)
    return as_on_github(found[0])


def as_on_github(reply: str) -> str:
    """A reply without its marker, with the addresses that it would have there."""
    return re.sub(r"http://127\.0\.0\.1:\d+", "https://github.com", reply.rpartition("\n\n<!-- ")[0])
