"""A sandbox that is watched: what goes over its wire can be held against GitHub's descriptions."""

import functools
import inspect
import itertools
import re
from collections.abc import Callable, Iterator

from bot.clock import Clock
from bot.sandbox import RequestRecord, Sandbox
from bot.sandbox.traffic import Interceptor, Verdict
from tests.conformance import description, graphql_oracle, rest_oracle, webhook_oracle
from tests.conformance.exchanges import Deviation, Exchange

# Where the redirect of a renamed repository leads: served for every operation, described for none.
_BY_NUMBER = re.compile(r"^/repositories/\d+(?=[/?]|$)")

DROPPED = 0
"""The status of a request whose connection broke before an answer."""


class WatchedSandbox(Sandbox):
    """Remembers every exchange with the API, and which answers a test gave in the sandbox's stead."""

    def __init__(self, clock: Clock | None = None, seed: int = 0) -> None:
        super().__init__(clock, seed)
        self._seen: list[RequestRecord] = []
        self._staged: set[RequestRecord] = set()
        super().intercept(self._seen.append)

    def intercept(self, interceptor: Interceptor | None) -> Callable[[], None]:
        """The same, with a note of every request that the test answers itself."""
        if interceptor is None:
            forget = super().intercept(None)
            super().intercept(self._seen.append)
            return forget

        async def noted(record: RequestRecord) -> Verdict:
            verdict = interceptor(record)
            answer = await verdict if inspect.isawaitable(verdict) else verdict
            if answer is not None:
                self._staged.add(record)
            return answer

        return super().intercept(noted)

    def exchanges(self) -> Iterator[Exchange]:
        """All that went over the wire; where a test staged the answer, or none came, the request alone."""
        for record in self._seen:
            answered = record.status != DROPPED and record not in self._staged
            yield Exchange(
                method=record.method,
                target=_BY_NUMBER.sub("/repos/owner/repo", record.path),
                sent=record.request_body,
                status=record.status,
                answered=record.response_body if answered else None,
                content_type=record.content_type,
            )

    def deviations(self) -> list[Deviation]:
        """What both sides said that is not as GitHub describes it, each once."""
        found: list[Deviation] = []
        for exchange in self.exchanges():
            found += _judged(exchange)
        for delivery in self.deliveries:
            found += webhook_oracle.deviations(
                delivery.event, delivery.action, delivery.body, description.github()
            )
        return list(dict.fromkeys(found))


# Of what stories say, two fifths has been said before, often by another story.
@functools.lru_cache(maxsize=4096)
def _judged(exchange: Exchange) -> tuple[Deviation, ...]:
    """What one exchange is wrong in; the same exchange is always wrong in the same."""
    if exchange.path == graphql_oracle.PATH:
        return tuple(graphql_oracle.deviations(exchange, graphql_oracle.github()))
    return tuple(rest_oracle.deviations(exchange, description.github()))


def report(deviations: list[Deviation]) -> str:
    """The deviations for a person to read, those of one exchange together."""
    lines = []
    for (operation, exchange), group in itertools.groupby(
        deviations, key=lambda found: (found.operation, found.exchange)
    ):
        lines += [operation, f"    {exchange}"]
        lines += [f"        {found.where}: {found.message}" for found in group]
    return "\n".join(lines)
