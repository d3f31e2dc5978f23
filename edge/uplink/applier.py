"""Starts the process that applies a publication, and hears how it ended. One at a time; never waits."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from edge.uplink.apply import Order, Outcome, write_order
from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

KINDS: dict[str, type[PrilavokError]] = {
    kind.__name__: kind for kind in (Conflict, Corrupt, Missing, Refused, Unavailable)
}
END_S = 5.0


class Applier(Protocol):
    """Applies one order after the other."""

    @property
    def busy(self) -> bool:
        """Whether one is under way."""
        ...

    def start(self, order: Order) -> None:
        """Begins."""
        ...

    def outcome(self) -> Outcome | None:
        """What came of the order, once; None while it is under way. Raises what stopped it."""
        ...

    def stop(self) -> None:
        """Breaks off what is under way; nothing of it has happened then."""
        ...


@dataclass
class ChildApplier:
    """The `Applier` of a node: a child process for each order."""

    _child: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def busy(self) -> bool:
        return self._child is not None

    def start(self, order: Order) -> None:
        child = subprocess.Popen(
            [sys.executable, "-m", "edge.uplink.apply"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._child = child
        assert child.stdin is not None
        try:
            child.stdin.write(write_order(order))
            child.stdin.flush()
        except OSError:  # it ended already: `outcome` says how
            return

    def outcome(self) -> Outcome | None:
        child = self._child
        if child is None or child.poll() is None:
            return None
        said = self._ended(child)
        try:
            outcome = msgspec.json.decode(said, type=Outcome)
        except msgspec.DecodeError:
            raise Unavailable(
                f"Applying the published catalogue ended with status {child.returncode}.",
                code="catalog.interrupted",
                hint="Nothing was changed; it is tried again. Is there enough memory?",
            ) from None
        if outcome.kind:
            raise KINDS.get(outcome.kind, Corrupt)(outcome.message, code=outcome.code, hint=outcome.hint)
        return outcome

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(END_S)
            self._ended(self._child)

    def _ended(self, child: "subprocess.Popen[bytes]") -> bytes:
        self._child = None
        assert child.stdin is not None
        assert child.stdout is not None
        said = child.stdout.read()
        child.stdout.close()
        with suppress(OSError):
            child.stdin.close()
        child.wait(END_S)
        return said
