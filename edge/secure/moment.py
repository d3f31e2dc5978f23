"""What time it may be, on a box whose clock may have stopped.

A box without a battery wakes up in 1970, or in the year its firmware was made. Certificates are judged by the
clocks of phones, which are right, so they must never be dated by one that is absurd.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# When this program was written: it is later than this.
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
ABSURD = timedelta(days=365 * 30)


@dataclass(frozen=True)
class Moment:
    """The best guess of the time, and whether the clock is believed."""

    at: datetime
    known: bool


def judge(clock: datetime, last_known: datetime | None) -> Moment:
    """The clock, if it is not before a time that has surely been nor absurdly late; else that time.

    `last_known` is a moment at which the clock was believed before.
    """
    floor = max(WRITTEN, last_known) if last_known else WRITTEN
    slack = timedelta(days=1)  # a clock that was set back a little is still a clock
    if floor - slack <= clock <= WRITTEN + ABSURD:
        return Moment(clock, known=True)
    return Moment(floor, known=False)
