"""A fast pass over the fuzzer's corpus: what was found once is not found again."""

from __future__ import annotations

import pytest

from tests.fuzz.corpora import kept
from tests.fuzz.targets import TARGETS, TooSlowError, door, timed, webhook

INPUTS = [(target, path) for target in TARGETS for path in kept(target)]


@pytest.mark.parametrize(("target", "path"), INPUTS, ids=[f"{target}-{path.name}" for target, path in INPUTS])
def test_an_input_that_is_kept_shows_no_fault(target: str, path: object) -> None:
    timed(TARGETS[target], path.read_bytes())  # type: ignore[attr-defined]


def test_each_target_has_inputs_to_begin_with() -> None:
    assert min(len(kept(target)) for target in TARGETS) >= 10


def test_the_corpus_gets_through_each_door() -> None:
    """Inputs that are all refused would be no beginning."""
    accepted = 0
    for path in kept("webhook"):
        webhook(path.read_bytes())
        accepted += bool(door().notes.told)
    assert accepted >= 5


def test_what_takes_too_long_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.targets.MOST_SECONDS", -1)
    with pytest.raises(TooSlowError, match="3 bytes took"):
        timed(lambda _data: None, b"abc")
