"""The day of the demo, lived through by a bot of the tests: what its pages and pictures show."""

from __future__ import annotations

from datetime import timedelta

from bot.demo import DAY
from bot.sandbox.spring_2020 import MAINTAINER
from tests.world import World

MERGED_AT = "08:30"
A_WHILE_SECONDS = 240


async def lived(story: World) -> None:
    """The whole day, from the merge of the first proposal on; the second one stands in the end, and
    nothing has just happened."""
    story.site.merge_pull(story.the_proposal().number, by=MAINTAINER, method="squash")
    await story.rest()
    before = _into_the_day(MERGED_AT)
    for hour in DAY:
        at = _into_the_day(hour.time)
        await story.clock.jump((at - before).total_seconds())
        hour.happen(story.github)
        await story.rest()
        before = at
    await story.clock.jump(A_WHILE_SECONDS)


def _into_the_day(time: str) -> timedelta:
    hours, minutes = map(int, time.split(":"))
    return timedelta(hours=hours, minutes=minutes)
