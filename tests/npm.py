"""Out of pinned npm packages, fetched once: what GitHub publishes about its own API, and a site's tools.

Single files come from tarballs with their hashes; programs with all they depend on are installed as a
lock file pins them. They are fetched by the tests and never committed. The cache is ``.cache/npm`` in the
checkout.
"""

import base64
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(__file__).parents[1] / ".cache" / "npm"
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class NpmFile:
    """One file of one version of a package; ``sha512`` is the tarball's, in base64 as npm writes it."""

    package: str
    version: str
    sha512: str
    member: str

    @property
    def cached(self) -> Path:
        folder = f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}"
        return CACHE / folder / Path(self.member).name


WEBHOOK_EXAMPLES = NpmFile(
    "@octokit/webhooks-examples",
    "7.6.1",
    "De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
    "package/api.github.com/index.json",
)
GRAPHQL_SCHEMA = NpmFile(
    "github-schema",
    "1.23.0",
    "GrCesy2pwDC66NGkcZK9XFPoe4tD9ScwIXIlP56f3DzHw4wTfMCUOyVIERdSWE2E2+wli0du8NFUxvAuAMu0/A==",
    "package/github-schema.graphql",
)
OPENAPI = NpmFile(
    "@octokit/openapi",
    "23.0.2",
    "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
    "package/generated/api.github.com.json",
)


class UnavailableError(Exception):
    """The package cannot be had here: no npm, or no registry. Says what to do about it."""


def fetch(file: NpmFile) -> Path:
    """The file's path in the cache, fetched first where it is not there yet.

    Raises ``UnavailableError`` where it cannot be fetched, and ``ValueError`` where what came is
    not what was pinned (which no setting excuses).
    """
    if not file.cached.exists() and (problem := _fetch_once(file)):
        raise UnavailableError(problem)
    return file.cached


def fetch_or_skip(file: NpmFile) -> Path:
    """The same for a test: it is skipped where the file cannot be had, but fails where ``CI`` is set."""
    try:
        return fetch(file)
    except UnavailableError as error:
        skip(f"NOT CHECKED AGAINST GITHUB'S OWN DESCRIPTION: {error}")


def install(folder: Path) -> Path:
    """Where the programs lie that a folder's ``package-lock.json`` pins, installed first if need be.

    Raises as ``fetch`` does.
    """
    target = _installed(folder)
    if not target.exists() and (problem := _install_once(folder)):
        raise UnavailableError(problem)
    return target / "node_modules" / ".bin"


def install_or_skip(folder: Path, unchecked: str = "NOT CHECKED WITH A SITE'S OWN TOOLS") -> Path:
    """The same for a test: it is skipped where they cannot be had, but fails where ``CI`` is set."""
    try:
        return install(folder)
    except UnavailableError as error:
        skip(f"{unchecked}: {error}")


def skip(reason: str) -> NoReturn:
    """Skip a test, but never where ``CI`` is set."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (never skipped while CI is set)", pytrace=False)
    pytest.skip(reason)


@functools.cache
def _fetch_once(file: NpmFile) -> str:
    """Fetch into the cache; what went wrong, or an empty string. A failure is not tried twice."""
    with _one_process_at_a_time(), tempfile.TemporaryDirectory(dir=CACHE) as folder:
        if file.cached.exists():  # another process was quicker
            return ""
        spec = f"{file.package}@{file.version}"
        if problem := _npm("pack", spec, "--pack-destination", folder, "--ignore-scripts", cwd=folder):
            return problem
        (tarball,) = Path(folder).glob("*.tgz")
        _check(file, tarball)
        _extract(file, tarball)
    return ""


@functools.cache
def _install_once(folder: Path) -> str:
    """The same for programs: npm compares each package with the hash in the lock file."""
    with _one_process_at_a_time(), tempfile.TemporaryDirectory(dir=CACHE) as parent:
        if _installed(folder).exists():
            return ""
        unfinished = Path(parent) / folder.name
        unfinished.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, unfinished)
        if problem := _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=str(unfinished)):
            if "EINTEGRITY" in problem:
                raise ValueError(f"a package does not have the hash pinned in {folder}: {problem}")
            return problem
        unfinished.replace(_installed(folder))
    return ""


def _installed(folder: Path) -> Path:
    lock = (folder / "package-lock.json").read_bytes()
    return CACHE / f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"


def _npm(command: str, *arguments: str, cwd: str) -> str:
    """Run npm; what went wrong, or an empty string."""
    called = f"npm {command} {arguments[0]}"
    npm = shutil.which("npm")
    if npm is None:
        return f"npm is not installed, so `{called}` cannot be run; install Node.js"
    words = [npm, command, *arguments, "--fetch-retries=1", "--loglevel=error"]
    try:
        done = subprocess.run(  # noqa: S603 - every argument is a constant of this file
            words, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{called} did not end within {TIMEOUT_SECONDS} s; is the registry reachable?"
    if done.returncode:
        return f"{called} failed; is the registry reachable? {' '.join(done.stderr.split())[:300]}"
    return ""


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    """A lock between test processes; the system frees it when its holder dies."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check(file: NpmFile, tarball: Path) -> None:
    with tarball.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").digest()
    if base64.b64encode(digest).decode() != file.sha512:
        raise ValueError(f"{file.package}@{file.version} does not have the hash pinned in {__file__}")


def _extract(file: NpmFile, tarball: Path) -> None:
    """Read the one member out of the stream; the rest (400 MB for @octokit/openapi) never lands on disk."""
    unfinished = tarball.with_name("unfinished")
    with tarfile.open(tarball, "r|gz") as archive:
        for entry in archive:
            if entry.name == file.member and (content := archive.extractfile(entry)):
                with unfinished.open("wb") as target:
                    shutil.copyfileobj(content, target)
                break
        else:
            raise ValueError(f"{file.package}@{file.version} holds no {file.member}")
    file.cached.parent.mkdir(exist_ok=True)
    unfinished.replace(file.cached)
