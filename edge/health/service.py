"""Runs the checks and says in one word how the node is."""

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from edge.health import checks
from edge.health.vital import Finding, Vitals

Check = Callable[[Vitals], Finding]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`ready`: questions are answered. `reason` says why not, or what is not at its best."""

    status: Literal["starting", "ok", "degraded", "failing"]
    ready: bool
    reason: str
    checks: tuple[Finding, ...]
    version: str
    uptime_s: float


def find_checks() -> tuple[Check, ...]:
    """Every check of the folder, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(checks.__path__))
    return tuple(importlib.import_module(f"{checks.__name__}.{name}").check for name in names)


@dataclass(frozen=True)
class Health:
    """`vitals` reads the node as it is now. Checks are quick and may block."""

    vitals: Callable[[], Vitals]
    version: str
    checks: tuple[Check, ...] = field(default_factory=find_checks)
    begun: float = field(default_factory=time.monotonic)

    def report(self) -> Report:
        """How the node is."""
        vitals = self.vitals()
        found = () if vitals.phase == "starting" else tuple(_run(check, vitals) for check in self.checks)
        status, reason = _sum_up(vitals, found)
        return Report(
            status=status,
            ready=status in ("ok", "degraded"),
            reason=reason,
            checks=found,
            version=self.version,
            uptime_s=round(time.monotonic() - self.begun, 1),
        )


def _run(check: Check, vitals: Vitals) -> Finding:
    try:
        return check(vitals)
    except OSError as error:
        name = check.__module__.rpartition(".")[2]
        return Finding(name=name, state="degraded", reason=str(error), hint="Run `prilavok-edge doctor`.")


def _sum_up(
    vitals: Vitals, found: tuple[Finding, ...]
) -> tuple[Literal["starting", "ok", "degraded", "failing"], str]:
    if vitals.phase == "starting":
        return "starting", f"Opening the {vitals.stage}."
    failing = " ".join(finding.reason for finding in found if finding.state == "failing")
    if failing or vitals.phase == "failed":
        return "failing", failing or " ".join(error.message for error in vitals.troubles.values())
    degraded = " ".join(finding.reason for finding in found if finding.state == "degraded")
    return ("degraded" if degraded else "ok"), degraded
