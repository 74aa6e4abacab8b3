"""Faulty configurations for tests to read."""

from __future__ import annotations

from textwrap import dedent

import pytest

from bot.site import CONFIG_PATH, read_config
from bot.status.faults import FileFaultError


def faults_of(text: str) -> list[str]:
    """Every fault as ``line: message``; fails where there is none."""
    with pytest.raises(FileFaultError) as caught:
        read_config(dedent(text))
    assert {fault.file for fault in caught.value.faults} == {CONFIG_PATH}
    return [f"{fault.line}: {fault.message}" for fault in caught.value.faults]
