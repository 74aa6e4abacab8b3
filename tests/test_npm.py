"""Fetching from npm: once, pinned, and never silently left out where a CI counts on it."""

import base64
import hashlib
import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests import npm
from tests.npm import NpmFile, UnavailableError

SITE_CHECKS = Path(__file__).parent / "site_checks"


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


@pytest.fixture
def folder(file: NpmFile, tmp_path: Path) -> Path:
    """A folder whose lock file pins a program, and an ``npm`` that installs it and notes each call."""
    assert not file.cached.exists()
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    installing = "mkdir -p node_modules/.bin && cp package-lock.json node_modules/.bin/tool"
    (tmp_path / "bin" / "npm").write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/calls\n{installing}\n')
    npm._install_once.cache_clear()
    return folder


def test_programs_are_installed_once_for_each_lock_file(folder: Path, tmp_path: Path) -> None:
    for lock in ('{"lockfileVersion": 3}', '{"lockfileVersion": 3, "packages": {}}'):
        (folder / "package-lock.json").write_text(lock)
        npm._install_once.cache_clear()
        assert {(npm.install(folder) / "tool").read_text() for _ in range(2)} == {lock}
    assert (tmp_path / "calls").read_text() == "ci\nci\n"
    assert len([path for path in (tmp_path / "cache").iterdir() if path.is_dir()]) == 2


def test_a_program_with_another_hash_is_refused_and_not_kept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\nmkdir node_modules\necho code EINTEGRITY >&2\nexit 1\n")
    with pytest.raises(ValueError, match="does not have the hash pinned"):
        npm.install(folder)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_programs_that_cannot_be_had_are_told_loudly_and_a_ci_is_never_skipped(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\necho no route >&2\nexit 1\n")
    with pytest.raises(pytest.skip.Exception, match=r"NOT CHECKED .* registry reachable\? no route"):
        npm.install_or_skip(folder)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"no route \(never skipped while CI is set\)"):
        npm.install_or_skip(folder)


def test_what_is_installed_for_the_tests_is_pinned_by_hashes_and_names_no_registry() -> None:
    lock = json.loads((SITE_CHECKS / "package-lock.json").read_bytes())
    wanted = json.loads((SITE_CHECKS / "package.json").read_bytes())["dependencies"]
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry or "hasInstallScript" in entry for entry in packages.values())
