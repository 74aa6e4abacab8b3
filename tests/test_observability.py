"""The page on observability, the dashboard and the alerts against what is measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.instruments import INSTRUMENTS
from bot.metrics import Metrics
from bot.pace import Pace
from bot.trail import MOST_LINKED

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "observability.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((DOCS / "observability" / "dashboard.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DOCS / "observability" / "alerts.yml").read_text(encoding="utf-8"))
METRIC = re.compile(r"\b(?:status_bot|http)_[a-z_]+(?=[\[{)\s]|$)")
SERIES = {
    f"{instrument.series}{suffix}"
    for instrument in INSTRUMENTS
    for suffix in (("_bucket", "_sum", "_count") if instrument.kind == "histogram" else ("",))
}


def queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in ALERTS["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_the_table_of_metrics_is_that_of_the_code() -> None:
    shown = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in PAGE.partition("## Metrics")[2].partition("## Dashboard")[0].splitlines()
        if line.startswith("| `")
    ]
    assert shown == [
        [
            f"`{each.name}`",
            f"`{each.series}`",
            ", ".join(f"`{attribute}`" for attribute in each.attributes) or "–",  # noqa: RUF001 - as in the page
            each.description,
        ]
        for each in INSTRUMENTS
    ]


def test_what_is_measured_is_at_metrics_under_these_names() -> None:
    text = Metrics().text().decode()
    for each in INSTRUMENTS:
        if ".queue." not in each.name:  # which a bot adds with its queue
            assert f"# TYPE {each.series} {each.kind}" in text
    assert f"the first {MOST_LINKED} deliveries" in PAGE


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_asks_only_for_metrics_and_labels_that_exist(query: str) -> None:
    named = set(METRIC.findall(query)) - {label for each in INSTRUMENTS for label in each.labels}
    assert named
    assert named <= SERIES
    labels = {label for each in INSTRUMENTS for label in each.labels} | {"le", "instance"}
    for group in re.findall(r"by \(([^)]*)\)", query):
        assert set(group.split(", ")) <= labels
    assert set(re.findall(r"(\w+)=~?\"", query)) <= labels
    assert query.count("(") == query.count(")")


def test_every_instrument_has_its_place_on_the_dashboard() -> None:
    asked = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    assert [each.name for each in INSTRUMENTS if each.series not in asked] == []


def test_every_alert_says_what_is_the_matter_and_what_to_do() -> None:
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 3
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_a_bot_that_fails_from_its_first_minute_on_is_told_of_until_it_succeeds() -> None:
    """Nothing has been "done" then, not even zero times; and it tries less and less often."""
    [rule] = [rule for rule in ALERTS["groups"][0]["rules"] if rule["alert"] == "StatusBotRunsFail"]
    failures, _, successes = rule["expr"].partition(" unless ")
    assert int(re.findall(r"> (\d+)", failures)[0]) < 30 * 60 / Pace().longest_retry_seconds
    assert successes.strip().endswith("> 0")


def test_a_bot_that_is_gone_is_told_of() -> None:
    """Nothing else that is measured would tell."""
    [rule] = [rule for rule in ALERTS["groups"][0]["rules"] if rule["expr"].startswith("absent(")]
    assert rule["labels"]["severity"] == "critical"


def test_no_line_of_the_page_is_too_long_outside_of_tables() -> None:
    assert [line for line in PAGE.splitlines() if len(line) > 112 and not line.startswith("|")] == []
