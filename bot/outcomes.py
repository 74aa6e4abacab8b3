"""What came of the newest look at each site, for those who ask; nothing that has become private since."""

from __future__ import annotations

from collections import UserDict

from bot.clock import Clock
from bot.reconcile import Outcome


class Outcomes(UserDict[int, Outcome]):
    """By the number of a site's repository, which outlives a rename."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._hidden_at: dict[int, float] = {}

    def hide(self, repository_id: int) -> None:
        """It became private: there is nothing to show until a look that begins after this has ended."""
        self._hidden_at[repository_id] = self._clock.monotonic()
        self.pop(repository_id, None)

    def is_outdated(self, repository_id: int, began: float) -> bool:
        """Whether a look that began then, in monotonic seconds, may have seen what is private now."""
        return began <= self._hidden_at.get(repository_id, began - 1)
