"""The file ``.env``, for who runs the bot by hand: read below the environment, and only ever added to."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from io import StringIO
from pathlib import Path

ENV_FILE = Path(".env")
"""Looked for where the bot is started, and nowhere above."""
ONLY_MINE = 0o600
MOST_LINES = 5
"""So many faulty ones are named at most."""
ONE_KEY = ("PRIVATE_KEY", "PRIVATE_KEY_PATH")
"""Two ways to say the same: whoever sets one in the environment means that one."""


class EnvFileError(Exception):
    """The file cannot be used; one sentence that says why, and repeats no value."""


def environment(environ: Mapping[str, str], path: Path = ENV_FILE) -> dict[str, str]:
    """The environment, and below it what the file adds. A blank variable counts as not set.

    Raises:
        EnvFileError: There is a file, and it cannot be read.
    """
    written = read(path)
    if any(environ.get(name, "").strip() for name in ONE_KEY):
        written = {name: value for name, value in written.items() if name not in ONE_KEY}
    return {
        **environ,
        **{name: value for name, value in written.items() if not environ.get(name, "").strip()},
    }


def read(path: Path) -> dict[str, str]:
    """What the file sets, the last where a name stands twice; nothing where there is no file.

    Raises:
        EnvFileError: There is one, and it cannot be read, or not all of it understood.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EnvFileError(f"{path} cannot be read ({error.strerror}): let the bot read it.") from error
    except UnicodeDecodeError:
        # Not chained: the error holds the bytes, and among them a key.
        raise EnvFileError(f"{path} is no text in UTF-8: write it anew.") from None
    return _parsed(text, path)


def _parsed(text: str, path: Path) -> dict[str, str]:
    # 20 ms that a start without such a file need not pay.
    from dotenv.parser import parse_stream  # noqa: PLC0415

    # A secret with a "$" in it is a secret, and names no other variable.
    lines = list(parse_stream(StringIO(text)))
    if faulty := [line.original.line for line in lines if line.error]:
        *others, last = map(str, faulty[:MOST_LINES])
        where = f"{', '.join(others)} and {last}" if others else last
        raise EnvFileError(
            f"{path} cannot be understood at line {where}:"
            " write NAME=value, a value of several lines in quotes."
        )
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def add(path: Path, values: Mapping[str, str]) -> None:
    r"""Write variables at the end of the file, which from then on only its owner can read (0600).

    Nothing that stands there is touched. Values go between single quotes, which a shell, systemd,
    honcho and dotenv all take as they stand; a line end is written as ``\n``.

    Raises:
        EnvFileError: One of the variables stands there already, or the file cannot be written. It is
            then as it was before.
    """
    read(path)
    written = {name: _quoted(value) for name, value in values.items()}
    try:
        _append(path, written)
    except OSError as error:
        why = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise EnvFileError(f"{path} cannot be written ({why}).") from error


def refuse(path: Path) -> None:
    """Find out whether something could be added, as far as can be told without doing so.

    Raises:
        EnvFileError: It could not.
    """
    read(path)
    if path.is_symlink():
        raise EnvFileError(f"{path} cannot be written (it is a symbolic link).")
    if path.exists():
        _lines_after(path, path.read_bytes(), {"STATUS_BOT": "'x'"})
    if not path.parent.is_dir():
        raise EnvFileError(f"{path} cannot be written (there is no such folder).")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise EnvFileError(f"{path} cannot be written ({os.strerror(errno.EACCES)}).")


def _quoted(value: str) -> str:
    text = value.strip().replace("\n", "\\n")
    if "'" in text or "\\" in value or not text.isprintable():
        raise EnvFileError("A value has a sign in it that cannot be written to such a file.")
    return f"'{text}'"


def _append(path: Path, written: Mapping[str, str]) -> None:
    """All of it or nothing; never through a link that somebody laid there."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_CREAT, ONLY_MINE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no ordinary file")
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # another setup may be about to write here too
        before = os.lseek(descriptor, 0, os.SEEK_END)
        lines = _lines_after(path, os.pread(descriptor, before, 0), written)
        os.fchmod(descriptor, ONLY_MINE)
        try:
            _write_all(descriptor, lines)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def _lines_after(path: Path, there: bytes, written: Mapping[str, str]) -> bytes:
    """What to add to what is there. Raises ``EnvFileError`` where that says it already, or means nothing."""
    text = there.decode("utf-8-sig", errors="replace")
    known = _parsed(text, path)
    taken = [name for name in written if known.get(name, "").strip()]
    if taken:
        raise EnvFileError(f"{path} sets {' and '.join(taken)} already, and is left as it is.")
    lines = "".join(f"{name}={value}\n" for name, value in written.items())
    lines = lines if not text or text.endswith("\n") else f"\n{lines}"
    return lines.encode()


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
