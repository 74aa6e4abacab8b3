"""Fetching from npm: once, pinned, and never silently left out where a CI counts on it."""

import base64
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests import npm
from tests.npm import NpmFile, UnavailableError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NpmFile:
    """A package of one file, and an ``npm`` on the path that packs it and notes each call."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/data.json")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    (tmp_path / "package.tgz").write_bytes(content.getvalue())
    tool = tmp_path / "bin" / "npm"
    tool.parent.mkdir()
    tool.write_text(
        f'#!/bin/sh\necho "$2" >> {tmp_path}/calls\ncp {tmp_path}/package.tgz "$4/org-thing-1.0.0.tgz"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setattr(npm, "CACHE", tmp_path / "cache")
    monkeypatch.delenv("CI", raising=False)
    digest = base64.b64encode(hashlib.sha512(content.getvalue()).digest()).decode()
    npm._fetch_once.cache_clear()
    return NpmFile("@org/thing", "1.0.0", digest, "package/data.json")


def test_a_file_is_fetched_once(file: NpmFile, tmp_path: Path) -> None:
    assert npm.fetch(file).read_bytes() == b"{}"
    assert npm.fetch(file) == tmp_path / "cache" / "org-thing-1.0.0" / "data.json"
    assert (tmp_path / "calls").read_text() == "@org/thing@1.0.0\n"


def test_a_package_with_another_hash_is_refused_and_not_kept(file: NpmFile) -> None:
    with pytest.raises(ValueError, match="does not have the hash pinned"):
        npm.fetch(replace(file, sha512="another"))
    assert not file.cached.exists()


def test_a_package_without_the_file_is_refused(file: NpmFile) -> None:
    with pytest.raises(ValueError, match=r"holds no package/other\.json"):
        npm.fetch(replace(file, member="package/other.json"))


def test_without_npm_a_test_is_skipped_with_a_loud_reason(
    file: NpmFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(pytest.skip.Exception, match=r"NOT CHECKED .* npm is not installed"):
        npm.fetch_or_skip(file)


def test_a_registry_out_of_reach_is_tried_once_and_told(file: NpmFile, tmp_path: Path) -> None:
    (tmp_path / "bin" / "npm").write_text(f"#!/bin/sh\necho >> {tmp_path}/calls\necho no route >&2\nexit 1\n")
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"is the registry reachable\? no route"):
            npm.fetch(file)
    assert (tmp_path / "calls").read_text() == "\n"


def test_a_ci_is_never_skipped(file: NpmFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="npm is not installed"):
        npm.fetch_or_skip(file)
