"""A value made from the catalogue, made anew beside those who use it when the catalogue changes.

Whoever asks gets the newest value that is ready. Where the last one was made in a moment, so is the next: it
is waited for; else the one of before serves on until the new one is there. Only the first is always waited
for.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from sync.errors import PrilavokError

T = TypeVar("T")
PATIENCE_S = 0.03
log = structlog.get_logger()
REST_S = 5.0
_one_at_a_time = threading.Lock()
"""Values that are made beside answers share what is left of the interpreter."""


class Renewed(Generic[T]):
    """`make` gives a value and the version that it is of. Thread-safe; one is made at a time."""

    def __init__(self, make: Callable[[], tuple[int, T]], patience_s: float = PATIENCE_S) -> None:
        self._make = make
        self._patience_s = patience_s
        self._held: tuple[int, T] | None = None
        self._making = threading.Lock()
        self._begun: threading.Event | None = None
        self._took_s = 0.0
        self._rest_until = 0.0
        self._guard = threading.Lock()

    def at(self, version: int) -> T:
        """The value of this version, else, while that is being made, the one of before."""
        held = self._held
        if held is None:
            return self.fresh(version)
        if held[0] != version and time.monotonic() >= self._rest_until:
            done = self._begin(version)
            if self._took_s < self._patience_s:
                done.wait(self._patience_s)
                held = self._held or held
        return held[1]

    def fresh(self, version: int) -> T:
        """The value of this version or a later one, however long that takes. Errors are those of `make`."""
        with self._making:
            held = self._held
            if held is None or held[0] != version:
                begun = time.perf_counter()
                held = self._held = self._make()
                self._took_s = time.perf_counter() - begun
            return held[1]

    def _begin(self, version: int) -> threading.Event:
        """Has it made by a thread of its own, if that is not under way."""
        with self._guard:
            if self._begun is None or self._begun.is_set():
                self._begun = threading.Event()
                work = threading.Thread(
                    target=self._work, args=(version, self._begun), name="renewal", daemon=True
                )
                work.start()
            return self._begun

    def _work(self, version: int, done: threading.Event) -> None:
        try:
            with _one_at_a_time:
                self.fresh(version)
        except PrilavokError:  # the one of before serves on; it is tried again
            self._rest_until = time.monotonic() + REST_S
        except Exception:
            log.error("renewal broke", exc_info=True)
            self._rest_until = time.monotonic() + REST_S
        finally:
            done.set()
