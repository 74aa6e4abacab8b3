"""Fuzz the doors: ``python -m tests.fuzz [TARGET…] [--seconds N]``, a minute each if left out.

Each target runs in a process of its own under atheris (libFuzzer), begins with the corpus that is kept
beside this file and with what earlier runs on this machine came upon (``.cache/fuzz``), and stops at its
first finding. That is printed with the command that repeats it, and kept in the corpus.
"""

from __future__ import annotations

import argparse
import logging
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.corpora import CORPUS, FINDING

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "fuzz"
NAMES = ("webhook", "commands", "yaml")
LONGEST_BYTES = 4_096
MEMORY_MB = 2048
EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> int:
    """Fuzz one target after the other; gives how many had a finding."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*NAMES, []], metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--repeat", type=Path, help="run one input through a target, and show what happens")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(NAMES)
    if options.repeat:
        return _repeat(names[0], options.repeat)
    if options.inside:
        return _inside(names[0], options.seconds)
    return sum(_fuzz(name, options.seconds) for name in names)


def _fuzz(name: str, seconds: int) -> bool:
    """Fuzz a target in a process of its own; tells whether anything was found."""
    found = CACHE / name
    found.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    command = [sys.executable, "-m", "tests.fuzz", name, "--inside", "--seconds", str(seconds)]
    ran = subprocess.run(  # noqa: S603 - this very program
        command, cwd=ROOT, capture_output=True, check=False, timeout=seconds + 120
    )
    said = (ran.stdout + ran.stderr).decode(errors="replace")
    executions = EXECUTIONS.search(said)
    artifacts = sorted(CACHE.glob(f"{name}-*"))
    new = len(set(found.iterdir()) - before)
    count = executions[1] if executions else "no"
    print(
        f"{name}: {count} executions, {new} new inputs in {found.relative_to(ROOT)},"
        f" {len(artifacts)} findings"
    )
    for artifact in artifacts:
        _report(name, artifact)
    if ran.returncode and not artifacts:
        print(said[-4000:])
    return bool(ran.returncode)


def _report(name: str, artifact: Path) -> None:
    """Keep a finding in the corpus, and say how to see it again."""
    kept = CORPUS / name / f"{FINDING}{artifact.name.rpartition('-')[2][:12]}"
    data = artifact.read_bytes()
    artifact.replace(kept)
    print(f"  {data[:300]!r}{' …' if len(data) > 300 else ''}")
    print(f"  kept as {kept.relative_to(ROOT)}; to repeat it:")
    print(f"  python -m tests.fuzz {name} --repeat {kept.relative_to(ROOT)}")


def _repeat(name: str, path: Path) -> int:
    from tests.fuzz.targets import TARGETS, timed  # noqa: PLC0415 - not instrumented here

    timed(TARGETS[name], path.read_bytes())
    print(f"{path}: nothing amiss")
    return 0


def _inside(name: str, seconds: int) -> int:
    """Fuzz in this process, which ends with it."""
    # Installed for this alone, and not everywhere; it has no types.
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: PLC0415 - the same

    with atheris.instrument_imports(include=["bot", "markdown_it"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS, timed  # noqa: PLC0415 - what is imported here is instrumented

    import structlog  # noqa: PLC0415 - the same

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    target = TARGETS[name]
    arguments = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_BYTES}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={CACHE / name}-",
        f"-dict={CORPUS.parent / name}.dict",
        "-timeout=20",
        "-print_final_stats=1",
        str(CACHE / name),
        str(CORPUS / name),
    ]
    atheris.Setup(arguments, lambda data: timed(target, data))
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
