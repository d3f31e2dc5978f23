"""The node's health as a record, each hour: checks that are not well, counters, gauges. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from edge.health.service import Report
from sync.record import HealthReport, Versions

MOST_COUNTERS, MOST_GAUGES, MOST_FINDINGS = 500, 100, 50
NAME_CHARS = 120
State = Literal["ok", "degraded", "failing"]
STATES: dict[str, State] = {"ok": "ok", "degraded": "degraded", "failing": "failing"}


@dataclass(frozen=True)
class Sample:
    """A figure at this moment. `grows`: it only ever grows while the node runs."""

    name: str
    value: float
    grows: bool


def health_report(report: Report, samples: Iterable[Sample], versions: Versions) -> HealthReport | None:
    """The record; None while the node is starting, when there is nothing to tell."""
    state = STATES.get(report.status)
    if state is None:
        return None
    ill = [finding for finding in report.checks if finding.state != "ok"]
    found = list(samples)
    return HealthReport(
        state=state,
        findings={each.name[:NAME_CHARS]: each.state for each in ill[:MOST_FINDINGS]},
        counters=_figures((each for each in found if each.grows), MOST_COUNTERS),
        gauges=_figures((each for each in found if not each.grows), MOST_GAUGES),
        versions=versions,
    )


def _figures(samples: Iterable[Sample], most: int) -> dict[str, float]:
    """Those that are not zero, as many as fit."""
    named = {sample.name[:NAME_CHARS]: sample.value for sample in samples if sample.value}
    return dict(list(named.items())[:most])
