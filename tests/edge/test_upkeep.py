"""Chores go on, whatever happens to one of them."""

import threading

from edge.upkeep import Upkeep
from sync.errors import Unavailable


def test_chore_that_fails_is_told_and_tried_again() -> None:
    done, tries = threading.Event(), []

    def flaky() -> str | None:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("not now", code="busy")
        done.set()
        return "did it"

    def broken() -> str | None:
        raise ZeroDivisionError

    upkeep = Upkeep({"broken": broken, "flaky": flaky}, round_s=0.001)
    upkeep.start()
    assert done.wait(10)
    upkeep.close()
    assert upkeep.troubles == {}
    assert upkeep.closing
