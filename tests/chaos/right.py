"""What the oracle reads out of the sandbox's records and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from benchmarks.oracle import facts_of as records_of
from bot.sandbox import Repo, Sandbox
from bot.status.changes import substance
from bot.status.datafile import OutputRow, read_output
from bot.status.facts import Facts, RepositoryFacts
from bot.status.faults import FileFaultError
from tests.chaos.plans import SIGS
from tests.world import ORGANIZATION, OUTPUT


def facts_of(github: Sandbox, sigs: Sequence[Repo]) -> Facts:
    """What the records say of the SIGs' repositories, under the names that the source has for them."""
    named = zip(SIGS, sigs, strict=True)
    return Facts(
        repositories={
            f"{ORGANIZATION}/{label.lower()}": _facts(github.state.url, repository, label)
            for label, repository in named
        }
    )


def _facts(web_url: str, repository: Repo, label: str) -> RepositoryFacts:
    record = repository.record
    if record.private:
        return RepositoryFacts(error="hidden")
    full_name = None if record.name == label.lower() else record.full_name
    return msgspec.structs.replace(records_of(web_url, repository), full_name=full_name)


@dataclass(frozen=True)
class Right:
    """What should stand: the output, the source, and whether that is the base already."""

    output: str
    source: str
    on_base: bool

    @property
    def substance(self) -> str:
        """What a no is about."""
        return substance_of(self.output)


def _rows(output: str | None) -> tuple[OutputRow, ...]:
    try:
        return read_output(output, OUTPUT) if output is not None else ()
    except FileFaultError:
        return ()


def substance_of(output: str | None) -> str:
    """What an output says but for its counts; of what is none, of an empty one."""
    return substance(_rows(output))


def without_holds(source: str | None) -> str:
    """A source but for its lines that put rows on hold."""
    return "".join(
        line for line in (source or "").splitlines(keepends=True) if not line.startswith("    hold:")
    )
