"""Hugo itself, for the tests that build sites."""

import importlib.metadata
import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def hugo() -> str:
    """The binary that the package carries; its own starter only adds a banner."""
    try:
        binary = str(importlib.metadata.distribution("hugo").locate_file("hugo/binaries/hugo"))
        subprocess.run([binary, "version"], check=True, capture_output=True)  # noqa: S603 - the package's own
    except (ImportError, OSError, subprocess.CalledProcessError) as error:
        reason = f"Hugo does not run here ({error}), so the page is not built"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; install the package hugo for this platform", pytrace=False)
        pytest.skip(reason)
    return binary
