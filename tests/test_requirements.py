"""What is installed is what was locked: each package with its hashes, and none that nobody locked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-fuzz.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def locked(name: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its options."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            options = [word for word in words if word.startswith("--")]
            yield Requirement(" ".join(word for word in words if word not in options)), options


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_one_version_with_its_hashes(name: str) -> None:
    found = list(locked(name))
    assert found
    for requirement, options in found:
        assert requirement.url is None, f"{requirement} is not from the index"
        [version] = requirement.specifier
        assert version.operator == "=="
        assert "*" not in version.version
        assert options
        assert all(map(HASH.fullmatch, options)), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_says_where_packages_come_from(name: str) -> None:
    assert not re.search(
        r"^\s*(-i|--index|--extra-index|--find|--trusted|-e|-r)\b|://",
        (ROOT / name).read_text(),
        re.MULTILINE,
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]),
        # Hosts and containers install this lock, and cannot ask for an extra.
        ("requirements.txt", PROJECT["optional-dependencies"]["otel"]),
        ("requirements-dev.txt", PROJECT["optional-dependencies"]["otel"]),
        ("requirements-fuzz.txt", PYPROJECT["dependency-groups"]["fuzz"]),
    ],
)
def test_all_that_the_project_asks_for_is_locked_at_a_version_it_allows(name: str, wanted: list[str]) -> None:
    found = {(canonicalize_name(each.name), next(iter(each.specifier)).version) for each, _ in locked(name)}
    for requirement in map(Requirement, wanted):
        known = [version for package, version in found if package == canonicalize_name(requirement.name)]
        assert any(version in requirement.specifier for version in known), requirement


def test_what_runs_is_what_was_tested() -> None:
    tested = {
        requirement.name: str(requirement.specifier) for requirement, _ in locked("requirements-dev.txt")
    }
    for requirement, _ in locked("requirements.txt"):
        assert tested[requirement.name] == str(requirement.specifier)


def test_packages_are_installed_by_their_hashes_alone() -> None:
    """``make install`` is what CI runs; without hashes only this project itself is installed."""
    makefile = (ROOT / "Makefile").read_text()
    installs = [line for line in makefile.splitlines() if "pip install" in line]
    assert installs
    for line in installs:
        assert "--require-hashes -r requirements" in line or "--no-deps --no-build-isolation -e ." in line
    assert "make install" in (ROOT / ".ci" / "run").read_text()
    for path in (ROOT / ".ci" / "run", *(ROOT / ".github" / "workflows").glob("*.yml")):
        assert "pip install" not in path.read_text()


def test_the_ci_has_a_token_that_can_only_read_and_actions_of_one_version() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        flow = yaml.safe_load(path.read_text())
        assert set(flow["permissions"].values()) == {"read"}
        assert "pull_request_target" not in flow[True], "which YAML takes the word on for"
        for job in flow["jobs"].values():
            assert "permissions" not in job
            for step in job["steps"]:
                assert re.search(r"@(v\d+\.\d+\.\d+|[0-9a-f]{40})$", step.get("uses", "@v1.0.0"))
                assert "${{ github.event" not in step.get("run", "")
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False
