"""The file ``.env``: below the environment, read as it is written, and only ever added to."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot import env_file
from bot.env_file import EnvFileError, add, environment, read, refuse
from bot.settings import load_settings
from tests.test_settings import rsa_pem


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_without_a_file_the_environment_is_all_there_is(path: Path) -> None:
    assert environment({"PORT": "1"}, path) == {"PORT": "1"}


def test_the_environment_wins_and_the_file_says_what_it_does_not(path: Path) -> None:
    path.write_text("PORT=2\nHOST=here\nLOG_LEVEL=debug\n", encoding="utf-8")
    found = environment({"PORT": "1", "LOG_LEVEL": " "}, path)
    assert found == {"PORT": "1", "HOST": "here", "LOG_LEVEL": "debug"}, "a blank variable is not set"


@pytest.mark.parametrize(
    ("mine", "theirs"), [("PRIVATE_KEY", "PRIVATE_KEY_PATH"), ("PRIVATE_KEY_PATH", "PRIVATE_KEY")]
)
def test_a_key_in_the_environment_is_the_one_that_counts_however_it_is_said(
    path: Path, mine: str, theirs: str
) -> None:
    path.write_text(f"{theirs}=of another app\nAPP_ID=7\n", encoding="utf-8")
    assert environment({mine: "x"}, path) == {mine: "x", "APP_ID": "7"}


def test_it_is_read_as_shells_and_hosts_read_it(path: Path) -> None:
    text = "\ufeff# mine\nexport A=1\nB='two words' # why\nC=\"a\\nb\"\nD=$A\n\nE\nA=3\n"
    path.write_text(text, encoding="utf-8")
    assert read(path) == {"A": "3", "B": "two words", "C": "a\nb", "D": "$A"}


def test_what_cannot_be_read_is_named_and_none_of_it_repeated(path: Path) -> None:
    path.write_bytes(b"PRIVATE_KEY=hidden\xff")
    with pytest.raises(EnvFileError, match="is no text in UTF-8") as caught:
        read(path)
    assert "hidden" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__
    path.unlink()
    path.mkdir()
    with pytest.raises(EnvFileError, match="cannot be read"):
        read(path)


def test_lines_that_set_nothing_are_named_by_their_numbers_alone(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text('APP_ID 12\nPORT=1\nPRIVATE_KEY="hidden\n=x\n', encoding="utf-8")
    with pytest.raises(EnvFileError) as caught:
        read(path)
    advice = "write NAME=value, a value of several lines in quotes."
    assert str(caught.value) == f"{path} cannot be understood at line 1, 3 and 4: {advice}"
    assert caplog.records == [], "it was said once, and in our words"


def test_a_key_comes_back_as_it_was(path: Path) -> None:
    add(path, {"APP_ID": "7", "PRIVATE_KEY": rsa_pem(), "WEBHOOK_SECRET": "s3cret"})
    settings = load_settings(environment({}, path))
    assert (settings.app_id, settings.private_key) == (7, rsa_pem())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().splitlines()) == 3, "which every reader of such files understands"


def test_the_file_is_made_for_its_owner_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        add(path, {"A": "1"})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("written", ["", "X=1\n", "X=1", "# only words", "A=\nX=1\n", "\n\n"])
def test_it_is_added_to_and_nothing_else(path: Path, written: str) -> None:
    path.write_text(written, encoding="utf-8")
    add(path, {"A": "1", "B": "2"})
    assert path.read_text().startswith(written)
    assert dotenv_values(path).items() >= {"A": "1", "B": "2"}.items()


def test_what_is_set_there_is_left_and_nothing_is_added_beside_it(path: Path) -> None:
    path.write_text("B=mine\n", encoding="utf-8")
    with pytest.raises(EnvFileError, match="sets B already, and is left as it is"):
        add(path, {"A": "1", "B": "2"})
    assert path.read_text() == "B=mine\n"


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    path.symlink_to(target)
    with pytest.raises(EnvFileError, match="cannot be written"):
        add(path, {"A": "1"})
    target.write_text("mine\n")
    with pytest.raises(EnvFileError, match="cannot be written"):
        add(path, {"A": "1"})
    assert target.read_text() == "mine\n"


def test_only_an_ordinary_file_is_written_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env_file, "read", lambda _path: {})
    os.mkfifo(path)
    with pytest.raises(EnvFileError, match="it is no ordinary file"):
        add(path, {"A": "1"})


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match="No such file or directory"):
        add(tmp_path / "nowhere" / ".env", {"A": "1"})


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("X=1\n", encoding="utf-8")
    write = os.write

    def full(descriptor: int, content: bytes) -> int:
        if len(content) < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content[: len(content) // 2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(EnvFileError, match="No space left on device"):
        add(path, {"A": "1" * 100})
    assert path.read_text() == "X=1\n"


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))
def test_a_value_is_written_so_that_it_is_read_back_or_not_at_all(value: str) -> None:
    try:
        quoted = env_file._quoted(value)
    except EnvFileError:
        assert "'" in value or "\\" in value or not value.strip().isprintable()
    else:
        assert env_file._parsed(f"A={quoted}\n", Path(".env")) == {"A": value.strip()}


@pytest.mark.parametrize(
    "written", ["NOTE='it is mine\n", 'NOTE="it is mine\n', "NOTE='it is\nmine too", "A='don't'\nB='x\n"]
)
def test_nothing_is_added_that_could_not_be_read_back(path: Path, written: str) -> None:
    path.write_text(written, encoding="utf-8")
    with pytest.raises(EnvFileError, match="cannot be understood at line 1"):
        add(path, {"APP_ID": "7", "PRIVATE_KEY": rsa_pem()})
    assert path.read_text() == written


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_named_as_what_it_is(path: Path, tmp_path: Path, *, there: bool) -> None:
    if there:
        (tmp_path / "elsewhere").write_text("X=1\n")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvFileError, match=r"cannot be written \(it is a symbolic link\)"):
        add(path, {"A": "1"})


def test_of_two_setups_in_one_folder_the_later_adds_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("# mine\n", encoding="utf-8")

    def waited_for_the_other(_descriptor: int, _operation: int) -> None:
        path.write_text("# mine\nAPP_ID='1'\n", encoding="utf-8")

    monkeypatch.setattr("bot.env_file.fcntl.flock", waited_for_the_other)
    with pytest.raises(EnvFileError, match="sets APP_ID already, and is left as it is"):
        add(path, {"APP_ID": "2"})
    assert path.read_text() == "# mine\nAPP_ID='1'\n"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.symlink_to(path.parent / "elsewhere"), "it is a symbolic link"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_text("A='open\n"), "cannot be understood at line 1"),
        (lambda path: path.write_bytes(b"\xff"), "is no text in UTF-8"),
    ],
)
def test_what_cannot_be_added_to_is_known_before(
    path: Path, make: Callable[[Path], object], why: str
) -> None:
    make(path)
    with pytest.raises(EnvFileError, match=why):
        refuse(path)


def test_a_folder_that_is_not_there_is_known_before(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match="there is no such folder"):
        refuse(tmp_path / "nowhere" / ".env")


def test_who_may_not_write_knows_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("X=1\n")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(EnvFileError, match="Permission denied"):
        refuse(path)


@pytest.mark.parametrize("written", [None, "", "X=1\n"])
def test_to_ask_whether_it_can_be_added_to_changes_nothing(path: Path, written: str | None) -> None:
    if written is not None:
        path.write_text(written)
    refuse(path)
    assert (path.read_text() if path.exists() else None) == written
