"""A real browser for tests: Chromium from the path, driven by the programs in ``tests/browser``."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

from tests import npm

PROGRAMS = Path(__file__).parent / "browser"
ARTEFACTS = Path(__file__).parents[1] / ".cache" / "artefacts"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
UNCHECKED = "NOT CHECKED IN A BROWSER"
PATIENCE_SECONDS = 90


def find_chromium() -> str:
    """Where Chromium lies; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        npm.skip(f"{UNCHECKED}: there is none of {', '.join(BROWSERS)} on the path")
    return found


def find_modules() -> Path:
    """Where Playwright and axe are installed; the test is skipped where they cannot be."""
    if shutil.which("node") is None:
        npm.skip(f"{UNCHECKED}: there is no node on the path")
    return npm.install_or_skip(PROGRAMS, UNCHECKED).parent


def empty_artefacts(name: str) -> Path:
    """A folder in which screenshots stay until the next time."""
    folder = ARTEFACTS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


async def browse(program: str, patience_seconds: float = PATIENCE_SECONDS, **given: object) -> dict[str, Any]:
    """Run one of the programs with what it is given; gives what it saw."""
    node = shutil.which("node")
    assert node is not None
    process = await asyncio.create_subprocess_exec(
        node,
        str(PROGRAMS / program),
        json.dumps(given),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), patience_seconds)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, err.decode()
    seen: dict[str, Any] = json.loads(out)
    return seen
