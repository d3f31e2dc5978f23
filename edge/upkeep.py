"""What a running node does by itself beside answering: mends a damaged index, follows a new catalogue.

One thread, one round every few seconds; a round that fails is tried again in the next. What is kept up, and
how, belongs to the parts themselves.
"""

import threading
from collections.abc import Callable

import structlog

from sync.errors import PrilavokError

log = structlog.get_logger()
ROUND_S = 2.0
END_S = 30.0


class Upkeep:
    """Runs chores in rounds until it is closed. A chore says in a word what it did, or None."""

    def __init__(self, chores: dict[str, Callable[[], str | None]], round_s: float = ROUND_S) -> None:
        self._chores = chores
        self._round_s = round_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self.troubles: dict[str, PrilavokError] = {}
        self.rounds = 0

    def start(self) -> None:
        """The first round begins at once."""
        self._thread.start()

    def close(self) -> None:
        """Waits for the chore under way."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    @property
    def closing(self) -> bool:
        """For long chores: whether to stop early."""
        return self._end.is_set()

    def _run(self) -> None:
        while not self._end.is_set():
            for name, chore in self._chores.items():
                self._do(name, chore)
            self.rounds += 1
            self._end.wait(self._round_s)

    def _do(self, name: str, chore: Callable[[], str | None]) -> None:
        try:
            did = chore()
            self.troubles.pop(name, None)
        except PrilavokError as error:
            if name not in self.troubles:
                log.warning("chore failed", chore=name, code=error.code, reason=error.message)
            self.troubles[name] = error
            return
        except Exception:
            log.error("chore broke", chore=name, exc_info=True)
            return
        if did:
            log.info("chore done", chore=name, did=did)
