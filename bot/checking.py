"""What a change would make of the status page: its faults, what is worth knowing, the chart. Pure.

Texts go in and a verdict comes out; who reads the texts, from a pull request or from a disk, does so
elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chart import Chart, chart_of
from bot.check_model import Assessed, Context, FileText, Finding, Level, SiteFiles, Verdict
from bot.check_notices import by_hand, disappears, notices, unread
from bot.site import SiteConfig, line_in_config, read_config
from bot.status.changes import changes_between, headline
from bot.status.datafile import OutputMismatchError, OutputRow, Source, read_output, read_source
from bot.status.faults import Fault, FileFaultError
from bot.status.page import Page, compute_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.status.ladder import Column

_NUMBERS = re.compile(r"\d+")
_OUR_MISTAKE = "this is a mistake of status-bot's own: please report it, with the file"


def config_of(config: FileText) -> tuple[SiteConfig, tuple[Fault, ...]]:
    """The configuration, or the defaults and the faults that keep it from being used."""
    if config.trouble:
        return SiteConfig(), (Fault(config.path, config.trouble_at, config.trouble),)
    try:
        return read_config(config.text or "", config.path), ()
    except FileFaultError as error:
        return SiteConfig(), error.faults


def judge(
    after: SiteFiles,
    before: SiteFiles | None = None,
    context: Context | None = None,
    remarks: Iterable[Fault] = (),
) -> Verdict:
    """Judge the files as they would be; what was wrong ``before`` already is no fault of the change.

    ``remarks`` are worth knowing besides.
    """
    context = context or Context()
    found = _assess(after, context)
    stood = _assess(before, context) if before is not None else Assessed(())
    known = Counter(_known_as(fault, before) for fault in stood.faults)
    findings = []
    for fault in found.faults:
        key = _known_as(fault, after)
        old, known[key] = known[key] > 0, known[key] - 1
        findings.append(_finding(fault, "warning" if old else "failure", after))
    known_well = (*remarks, *notices(after, before), *by_hand(after, found, context))
    findings += [_finding(fault, "notice", after) for fault in known_well]
    findings += [
        replace(_finding(fault, "notice", after), calls_for_nothing=True)
        for fault in unread(found, stood, context)
    ]
    failed = any(each.level == "failure" for each in findings)
    chart = _chart(found.page, after) if not failed and not disappears(after, before) else None
    columns = found.source.columns if found.source else ()
    return Verdict(tuple(sorted(findings)), chart, columns, _changed(stood.page, found.page, after, columns))


def _assess(files: SiteFiles, context: Context) -> Assessed:
    config, faults = config_of(files.config)
    if files.source is None:
        return Assessed(faults)
    unconfigured = bool(faults)
    previous, output_faults = _standing_output(files.output)
    faults = (*faults, *output_faults)
    try:
        source = _read_source(files, files.source, context)
        page = compute_page(source, context.facts, previous, config.header, files.output.path)
    except FileFaultError as error:
        # Which source is meant is not known where the configuration cannot be used.
        missed = unconfigured and files.source.text is None and not files.source.trouble
        return Assessed(faults if missed else (*faults, *error.faults))
    except OutputMismatchError as error:
        return Assessed((*faults, Fault(files.source.path, 0, f"{error}: {_OUR_MISTAKE}")))
    all_faults = tuple(dict.fromkeys((*faults, *page.faults)))
    return Assessed(all_faults, page, source, bool(output_faults))


def _read_source(files: SiteFiles, source: FileText, context: Context) -> Source:
    if source.trouble:
        raise FileFaultError(Fault(source.path, source.trouble_at, source.trouble))
    if source.text is not None:
        return read_source(source.text, source.path, context.hosts)
    line = _line_that_names(files.config, "source")
    if line:
        raise FileFaultError(
            Fault(files.config.path, line, f"there is no `{source.path}`: create it, or name another file")
        )
    advice = f"there is no such file: create it, or name another by `source:` in {files.config.path}"
    raise FileFaultError(Fault(source.path, 0, advice))


def _line_that_names(config: FileText, key: str) -> int:
    """The line of the configuration that names a file, 0 where it does not (well) say so."""
    try:
        return line_in_config(config.text or "", key)
    except FileFaultError:
        return 0


def _standing_output(output: FileText) -> tuple[str | None, tuple[Fault, ...]]:
    """The output's text where it can be read, or why it cannot; Hugo could not either."""
    if output.trouble:
        return None, (Fault(output.path, output.trouble_at, output.trouble),)
    if output.text is None:
        return None, ()
    try:
        read_output(output.text, output.path)
    except FileFaultError as error:
        return None, error.faults
    return output.text, ()


def _known_as(fault: Fault, files: SiteFiles | None) -> tuple[str, str]:
    """What makes a fault the same one before and after: neither its line nor the name of its file."""
    names = {}
    if files is not None:
        names = {files.config.path: "config", files.output.path: "output"}
        if files.source is not None:
            names[files.source.path] = "source"
    return names.get(fault.file, fault.file), _NUMBERS.sub("#", fault.message)


def _finding(fault: Fault, level: Level, files: SiteFiles) -> Finding:
    brought = {
        file.path: file for file in (files.config, files.source, files.output) if file and file.brought
    }
    file = brought.get(fault.file)
    if file is None or (file.text is None and not file.trouble_at):
        return Finding(fault, level, brought=False)
    return Finding(Fault(fault.file, min(fault.line, file.lines), fault.message), level)


def _chart(page: Page | None, files: SiteFiles) -> Chart | None:
    if page is None:
        return None
    try:
        return chart_of(page.text, files.output.path)
    except FileFaultError:
        return None


def _changed(before: Page | None, after: Page | None, files: SiteFiles, columns: Sequence[Column]) -> str:
    if before is None or after is None:
        return ""
    stood, comes = (_rows(page.text, files.output.path) for page in (before, after))
    return headline(changes_between(stood, comes, columns), limit=200)


def _rows(text: str, path: str) -> tuple[OutputRow, ...]:
    try:
        return read_output(text, path)
    except FileFaultError:
        return ()
