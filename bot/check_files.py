"""``check``: a working copy's configuration, source and output, with no network; and how it is told."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from bot.chart import draw
from bot.check_model import Context, FileText, Finding, SiteFiles, Verdict
from bot.check_words import one_line
from bot.checking import config_of, judge
from bot.markdown import visible
from bot.site import CONFIG_PATH, MAX_BYTES
from bot.status.faults import Fault
from bot.status.urls import GITHUB_HOSTS
from bot.status.yamltext import OUTPUT_BYTES, SOURCE_BYTES

Format = Literal["text", "json", "github"]
FORMATS: tuple[Format, ...] = ("text", "json", "github")

_BYTES_OF_A_CHARACTER = 4
_LONGEST = 2_000
_MOST_ROWS = 1_000
_COMMANDS = {"failure": "error", "warning": "warning", "notice": "notice"}
_IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_DATA, ":": "%3A", ",": "%2C"}
"""What GitHub's runner reads as the end of a part of a command. See
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands."""


class _Entry(msgspec.Struct):
    file: str
    line: int
    level: str
    message: str


class _Document(msgspec.Struct):
    conclusion: str
    summary: str
    findings: list[_Entry]
    chart: str


def check(root: Path, hosts: Collection[str] = GITHUB_HOSTS) -> Verdict:
    """Judge the files of a working copy; nothing outside it is read.

    The branches and the fork that its configuration may name are not looked at. ``hosts`` are those
    whose addresses may stand in the source.
    """
    config_file = _read(root, CONFIG_PATH, MAX_BYTES)
    config, _ = config_of(config_file)
    output = _read(root, config.output, OUTPUT_BYTES)
    if (root / config.output).is_symlink():
        output = FileText(config.output, None, "is a symbolic link, and the bot replaces none by a file")
    files = SiteFiles(config_file, _read(root, config.source, SOURCE_BYTES), output)
    return judge(files, context=Context(hosts=hosts), remarks=_remarks(config_file))


def _remarks(config: FileText) -> Iterator[Fault]:
    if config.text is None and not config.trouble:
        yield Fault(config.path, 0, "there is no such file: checked as if it were there and empty")


def _read(root: Path, path: str, most: int) -> FileText:
    """One file, or why it cannot be read; links are followed as long as they stay inside."""
    file = root / path
    try:
        if trouble := _trouble(root, file, most):
            return FileText(path, None, trouble)
        # As bytes, so that line ends are judged as they are.
        return FileText(path, file.read_bytes().decode())
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return FileText(path, None, "is not UTF-8 text from here on: save it as UTF-8", trouble_at=line)
    except (FileNotFoundError, NotADirectoryError):
        return FileText(path, None, "is a symbolic link that leads nowhere" if file.is_symlink() else "")
    except OSError as error:
        return FileText(path, None, f"cannot be read: {error.strerror or error}")
    except RuntimeError:
        return FileText(path, None, "is a symbolic link that leads around in a circle")


def _trouble(root: Path, file: Path, most: int) -> str:
    """What keeps it from being read at all; raises ``OSError`` and ``RuntimeError`` as ``resolve`` does."""
    found = file.resolve(strict=True)
    if not found.is_relative_to(root.resolve()):
        return "is a symbolic link that leads out of the working copy"
    if not found.is_file():
        return "is a folder" if found.is_dir() else "is no file"
    if found.stat().st_size > most * _BYTES_OF_A_CHARACTER:
        return f"is larger than {most:,} characters: shorten it"
    return ""


def told(verdict: Verdict, root: Path, style: Format) -> str:
    """The verdict in one of the formats; files are named as they are seen from the working directory."""
    findings = verdict.ranked
    if style == "json":
        return _json(verdict, findings)
    prefix = _prefix(root)
    chart = ["", "The page, as far as these files tell it:", "", *_chart(verdict)] if _chart(verdict) else []
    if style == "github":
        chart = [line.replace("##[", "## [").replace("::", ": :") for line in chart]
        return "\n".join([*(_command(finding, prefix) for finding in findings), one_line(verdict), *chart])
    return "\n".join([*(_line(finding, prefix) for finding in findings), one_line(verdict), *chart])


def _chart(verdict: Verdict) -> list[str]:
    """The lines of the chart, where the files say of any SIG how far it is: GitHub was not asked."""
    rows = verdict.chart.rows[:_MOST_ROWS] if verdict.chart is not None else ()
    return draw(rows, verdict.columns).splitlines() if any(row.column for row in rows) else []


def _prefix(root: Path) -> str:
    """The way to the working copy, ``""`` where that is the working directory itself."""
    way = os.path.relpath(root) if root.is_absolute() and root.is_relative_to(Path.cwd()) else str(root)
    return "" if way == "." else f"{way.rstrip('/')}/"


def _line(finding: Finding, prefix: str) -> str:
    fault = finding.fault
    where = f"{prefix}{fault.file}:{fault.line}" if fault.line else f"{prefix}{fault.file}"
    kind = "" if finding.level == "failure" else f"{finding.level}: "
    return f"{_shown(where)}: {kind}{_shown(fault.message)}"


def _command(finding: Finding, prefix: str) -> str:
    """A workflow command, which nothing that a file says can end early."""
    fault = finding.fault
    file = _escaped(_shown(prefix + fault.file), _IN_PROPERTY)
    line = f",line={fault.line}" if fault.line else ""
    message = _escaped(_shown(fault.message), _IN_DATA)
    return f"::{_COMMANDS[finding.level]} file={file}{line},title=Status page data::{message}"


def _shown(text: str) -> str:
    """One line that controls no terminal; the runner also reads ``##[``, wherever in a line it stands."""
    return visible(text, _LONGEST).replace("##[", "## [")


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)


def _json(verdict: Verdict, findings: tuple[Finding, ...]) -> str:
    document = _Document(
        conclusion=verdict.conclusion,
        summary=one_line(verdict),
        findings=[
            _Entry(each.fault.file, each.fault.line, each.level, visible(each.fault.message, _LONGEST))
            for each in findings
        ],
        chart="\n".join(_chart(verdict)),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
