"""What a change would make of the status page: its faults, what is worth knowing, the chart. Pure.

Texts go in and a verdict comes out; who reads the texts, from a pull request or from a disk, does so
elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from bot.chart import Chart, chart_of
from bot.site import CONFIG_PATH, SiteConfig, line_in_config, read_config
from bot.status.changes import changes_between, headline
from bot.status.datafile import (
    GITHUB_HOSTS,
    OutputMismatchError,
    OutputRow,
    Source,
    read_output,
    read_source,
)
from bot.status.facts import Facts
from bot.status.faults import Fault, FileFaultError
from bot.status.page import Page, compute_page

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bot.status.ladder import Column

Level = Literal["failure", "warning", "notice"]
"""As GitHub calls them: what the change has to mend, what was wrong before, what is worth knowing."""
Conclusion = Literal["success", "neutral", "failure", "skipped"]

_NUMBERS = re.compile(r"\d+")
_OUR_MISTAKE = "this is a mistake of status-bot's own: please report it, with the file"


@dataclass(frozen=True)
class FileText:
    """One file as the change leaves it.

    ``text`` is ``None`` where there is none, or none to be read, and then ``trouble`` tells why.
    ``brought`` says whether the change has anything to do with it: only then can its lines be pointed at.
    """

    path: str
    text: str | None = None
    trouble: str = ""
    brought: bool = True

    @cached_property
    def lines(self) -> int:
        """How many lines there are to point at, at least one."""
        return max(1, len((self.text or "").splitlines()))


@dataclass(frozen=True)
class SiteFiles:
    """The files of a site; without a ``source`` there is nothing to be said of it and of the output."""

    config: FileText
    source: FileText | None
    output: FileText


@dataclass(frozen=True, order=True)
class Finding:
    """Something to say of a file. ``brought`` tells whether the change brings that file."""

    fault: Fault
    level: Level
    brought: bool = True


@dataclass(frozen=True)
class Verdict:
    """What comes of a change.

    ``chart`` is the page's once the bot has followed, where nothing is in the way; ``changed`` tells in
    one line what becomes different by the change alone.
    """

    findings: tuple[Finding, ...] = ()
    chart: Chart | None = None
    columns: tuple[Column, ...] = ()
    changed: str = ""

    def of(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level, by file and line."""
        return tuple(sorted(finding for finding in self.findings if finding.level == level))

    @property
    def ranked(self) -> tuple[Finding, ...]:
        """All findings, what has to be mended first."""
        return (*self.of("failure"), *self.of("warning"), *self.of("notice"))

    @property
    def conclusion(self) -> Conclusion:
        """A failure only for what the change itself brings."""
        if self.of("failure"):
            return "failure"
        return "neutral" if self.findings else "success"


@dataclass(frozen=True)
class _Assessed:
    """Some files by themselves: their faults and, where there is one, the page that they make."""

    faults: tuple[Fault, ...]
    page: Page | None = None
    source: Source | None = None
    broken_output: bool = False


@dataclass(frozen=True)
class Context:
    """What is known besides: facts of the repositories, and which hosts an address may name."""

    facts: Facts = field(default_factory=lambda: Facts(repositories={}))
    hosts: Collection[str] = GITHUB_HOSTS
    by_bot: bool = False
    """The change is the bot's own proposal, so that its output is nobody's edit."""


def config_of(config: FileText) -> tuple[SiteConfig, tuple[Fault, ...]]:
    """The configuration, or the defaults and the faults that keep it from being used."""
    if config.trouble:
        return SiteConfig(), (Fault(config.path, 0, config.trouble),)
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
    stood = _assess(before, context) if before is not None else _Assessed(())
    known = Counter(_known_as(fault, before) for fault in stood.faults)
    findings = []
    for fault in found.faults:
        key = _known_as(fault, after)
        old, known[key] = known[key] > 0, known[key] - 1
        findings.append(_finding(fault, "warning" if old else "failure", after))
    notices = (*remarks, *_notices(after, before), *_by_hand(after, found, context))
    findings += [_finding(fault, "notice", after) for fault in notices]
    chart = _chart(found.page, after) if not any(each.level == "failure" for each in findings) else None
    columns = found.source.columns if found.source else ()
    return Verdict(tuple(sorted(findings)), chart, columns, _changed(stood.page, found.page, after, columns))


def _assess(files: SiteFiles, context: Context) -> _Assessed:
    config, faults = config_of(files.config)
    if files.source is None:
        return _Assessed(faults)
    unconfigured = bool(faults)
    previous, output_faults = _standing_output(files.output)
    faults = (*faults, *output_faults)
    try:
        source = _read_source(files, files.source, context)
        page = compute_page(source, context.facts, previous, config.header, files.output.path)
    except FileFaultError as error:
        # Which source is meant is not known where the configuration cannot be used.
        missed = unconfigured and files.source.text is None and not files.source.trouble
        return _Assessed(faults if missed else (*faults, *error.faults))
    except OutputMismatchError as error:
        return _Assessed((*faults, Fault(files.source.path, 0, f"{error}: {_OUR_MISTAKE}")))
    all_faults = tuple(dict.fromkeys((*faults, *page.faults)))
    return _Assessed(all_faults, page, source, bool(output_faults))


def _read_source(files: SiteFiles, source: FileText, context: Context) -> Source:
    if source.trouble:
        raise FileFaultError(Fault(source.path, 0, source.trouble))
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
        return None, (Fault(output.path, 0, output.trouble),)
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
    if file is None or file.text is None:
        return Finding(fault, level, brought=False)
    return Finding(Fault(fault.file, min(fault.line, file.lines), fault.message), level)


def _notices(after: SiteFiles, before: SiteFiles | None) -> Iterator[Fault]:
    """What disappears by the change."""
    if before is None:
        return
    if before.config.text is not None and after.config.text is None and not after.config.trouble:
        yield Fault(CONFIG_PATH, 0, "without this file the repository is no site, and the bot leaves it")
    same = before.output.path == after.output.path
    if same and before.output.text is not None and after.output.text is None and not after.output.trouble:
        yield Fault(after.output.path, 0, "the bot proposes this file again: name another by `output:`")


def _by_hand(files: SiteFiles, found: _Assessed, context: Context) -> Iterator[Fault]:
    """What a person wrote into the file that is the bot's."""
    output, page = files.output, found.page
    if not output.brought or context.by_bot or output.text is None or files.source is None:
        return
    if page is None or found.broken_output or output.text == page.text:
        return
    message = f"the bot writes this file, and proposes other text from here on: edit `{files.source.path}`"
    yield Fault(output.path, _first_difference(output.text, page.text), message)


def _first_difference(left: str, right: str) -> int:
    """The first line, from 1, that two texts do not share; the last of the left one if it ends before."""
    lines, others = left.splitlines(), right.splitlines()
    shared = next(
        (at for at, (one, other) in enumerate(zip(lines, others, strict=False)) if one != other), None
    )
    if shared is None:
        shared = min(len(lines), len(others))
    return max(1, min(shared + 1, len(lines)))


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
