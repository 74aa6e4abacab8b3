"""``compute``: source and facts to the output, with no network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from bot.status.datafile import DEFAULT_SOURCE, read_source
from bot.status.facts import load_facts
from bot.status.faults import Fault, FileFaultError
from bot.status.page import Page, PageRow, compute_page


@dataclass(frozen=True)
class Computed:
    """The page, and the source's own name for messages."""

    page: Page
    source_path: str


def compute(source: Path, facts: Path, previous: Path | None, header: str | None) -> Computed:
    """Compute the output of local files. Raises ``FileFaultError`` where a file cannot be used.

    The output names the source as a site would have it, so that it does not depend on where the
    file lies here; the faults name it as it was given.
    """
    text = _read(source)
    standing = _read(previous) if previous is not None else None
    loaded = load_facts(_read(facts), str(facts))
    try:
        page = compute_page(
            read_source(text, DEFAULT_SOURCE),
            loaded,
            standing,
            header,
            str(previous) if previous is not None else "data/progress_generated.yaml",
        )
    except FileFaultError as error:
        raise FileFaultError(*(_named(fault, source) for fault in error.faults)) from error
    faults = tuple(_named(fault, source) for fault in page.faults)
    return Computed(Page(page.text, page.rows, faults), str(source))


def explain(page: Page) -> str:
    """Every value of the page with its reason, as JSON."""
    document = {
        "sigs": [_explain_row(row) for row in page.rows],
        "faults": [
            {"file": fault.file, "line": fault.line, "message": fault.message} for fault in page.faults
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _explain_row(row: PageRow) -> dict[str, Any]:
    known: dict[str, Any] = {"label": row.sig.label, "repository": row.sig.repository}
    if row.renamed_to is not None:
        known["renamedTo"] = row.renamed_to
    if row.held is not None:
        return known | {"held": row.held}
    if row.status is None:
        return known | {"unreadable": row.unreadable}
    status = row.status
    return known | {
        "column": {"value": status.column, "complete": status.complete, **asdict(status.column_reason)},
        "counts": {
            "open": status.open_issues,
            "closed": status.closed_issues,
            "total": status.total_issues,
            "percent": status.percent,
            **asdict(status.counts_reason),
        },
        "release": {"value": status.release.tag if status.release else None, **asdict(status.release_reason)},
        "unmatched": [milestone.title for milestone in status.unmatched],
    }


def _read(path: Path) -> str:
    try:
        # As bytes, so that line ends that are not to be changed come out as they went in.
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileFaultError(Fault(str(path), line, "is not UTF-8 text: save the file as UTF-8")) from error
    except OSError as error:
        raise FileFaultError(Fault(str(path), 0, error.strerror or str(error))) from error


def _named(fault: Fault, source: Path) -> Fault:
    """A fault of the source under the name by which the file was given."""
    return Fault(str(source), fault.line, fault.message) if fault.file == DEFAULT_SOURCE else fault
