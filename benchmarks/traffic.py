"""What a bot asked of the sandbox: requests by kind, points, bytes, and the repositories that were read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from bot.sandbox import RequestRecord

GRAPHQL_KINDS = {"Facts": "facts", "Notes": "notes", "Site": "site", "Configured": "discovery"}
KINDS = (*GRAPHQL_KINDS.values(), "other GraphQL", "REST reads", "REST writes", "tokens")
"""Kinds of requests: four GraphQL documents of the bot, and REST."""


class Traffic(msgspec.Struct, frozen=True):
    """What was asked in some stretch of time.

    ``repositories`` are those whose facts were asked for; ``dearest`` is the cost of the dearest
    query, in points; ``not_modified`` are the REST reads that GitHub does not count.
    """

    requests: dict[str, int]
    not_modified: int
    points: int
    dearest: int
    repositories: tuple[str, ...]
    bytes_read: int
    bytes_written: int


def traffic_of(records: Iterable[RequestRecord]) -> Traffic:
    """Sum up the records of some requests."""
    kept = list(records)
    counted = Counter(map(_kind_of, kept))
    names: set[str] = set()
    for record in kept:
        if _kind_of(record) == "facts":
            names.update(_repositories_in(record))
    costs = [record.graphql_cost for record in kept]
    return Traffic(
        requests={kind: counted[kind] for kind in KINDS},
        not_modified=sum(record.status == 304 for record in kept),  # noqa: PLR2004 - Not Modified
        points=sum(costs),
        dearest=max(costs, default=0),
        repositories=tuple(sorted(names)),
        bytes_read=sum(len(record.response_body) for record in kept),
        bytes_written=sum(len(record.request_body) for record in kept),
    )


def _kind_of(record: RequestRecord) -> str:
    if record.path == "/graphql":
        named = re.match(r"\s*query (\w+)", record.sent["query"])
        return GRAPHQL_KINDS.get(named[1] if named else "", "other GraphQL")
    if record.path.endswith("/access_tokens"):
        return "tokens"
    return "REST reads" if record.method == "GET" else "REST writes"


def _repositories_in(record: RequestRecord) -> set[str]:
    """The repositories of a query for facts: owners and names are its variables ``o<n>`` and ``n<n>``."""
    variables = record.sent["variables"]
    numbers = [name[1:] for name in variables if re.fullmatch(r"n\d+", name)]
    return {f"{variables[f'o{number}']}/{variables[f'n{number}']}" for number in numbers}
