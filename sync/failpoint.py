"""Named places where a process may be made to fail, for fault tests; a place that nobody armed does nothing.

Named after FreeBSD's fail(9). A place is `reach("outbox.committed")` in the code; a harness arms it for one
process by what a command line gives to `arm`. The action is the caller's: nothing here ends a process, sleeps
or reads the environment.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sync.errors import Refused

PLAN = re.compile(r"^(?P<name>[a-z][a-z0-9_.]*)(?::(?P<after>[1-9][0-9]{0,8}))?\Z")


@dataclass
class Armed:
    """One place, and how often it may still be passed."""

    left: int
    action: Callable[[], None]


_armed: dict[str, Armed] = {}


def arm(plan: str, action: Callable[[], None]) -> None:
    """Arms `name` or `name:after`: the action runs when the place is reached that often, else at once.

    Refused when the plan is no plan. Later plans for one place replace earlier ones.
    """
    found = PLAN.match(plan)
    if found is None:
        raise Refused(
            f"{plan!r} is no failpoint.",
            code="failpoint.malformed",
            hint="Write NAME or NAME:COUNT, for example outbox.committed:3.",
        )
    _armed[found["name"]] = Armed(int(found["after"] or 1), action)


def disarm() -> None:
    """Forgets every plan."""
    _armed.clear()


def reach(name: str) -> None:
    """Says that the place is reached. Costs a look into an empty dictionary where nothing is armed."""
    if not _armed:
        return
    armed = _armed.get(name)
    if armed is None:
        return
    armed.left -= 1
    if armed.left == 0:
        del _armed[name]
        armed.action()
