"""Say what runs of chaos have met."""

from __future__ import annotations

from collections import Counter

from tests.chaos.machine import Storm
from tests.chaos.plans import FAULTS


def added(storms: list[Storm]) -> Storm:
    """All of them as one."""
    found = Storm(0)
    for each in storms:
        found.runs += each.runs
        found.calls += each.calls
        found.met += each.met
        found.failure = found.failure or each.failure
    return found


def figures(found: Storm) -> str:
    """One line: how many runs, acts, calls, faults and violations."""
    met = kinds(found.met)
    acts, faults = sum(met["acts"].values()), sum(met["faults"].values())
    deaths = sum(count for name, count in met["faults"].items() if name.startswith("died"))
    return (
        f"chaos, seed {found.seed}: {found.runs} runs, {acts} acts, {found.calls} calls, "
        f"{faults} faults ({deaths} of them deaths), {0 if found.failure is None else 1} violations"
    )


def table(found: Storm) -> str:
    """The acts and the faults by their kinds."""
    lines = []
    for title, counted in kinds(found.met).items():
        lines.append(f"{title}, {sum(counted.values())} in all")
        lines += [f"  {count:7}  {name}" for name, count in sorted(counted.items())]
    return "\n".join(lines)


def kinds(met: Counter[str]) -> dict[str, Counter[str]]:
    """What was met, by its kind and name."""
    faults, acts = Counter[str](), Counter[str]()
    for name, count in met.items():
        if name in FAULTS or name.startswith(("died", "delivery", "stopped", "suspended")):
            faults[name] = count
        elif name not in ("Fail", "Outage", "Die", "Stop", "Suspend", "Post"):
            acts[name] = count
    return {"acts": acts, "faults": faults}
