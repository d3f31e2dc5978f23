"""A wall clock that jumps under a running process, and its monotonic one that does not."""

import os
import subprocess
import sys
from pathlib import Path

from bench.chaos.clock import WallClock

TEN_YEARS_S = 10 * 365 * 24 * 3600
ASKED = """
import datetime, sys, time
for _ in sys.stdin:
    print(int(time.time()), int(datetime.datetime.now().timestamp()), time.monotonic(), flush=True)
"""


def test_wall_clock_jumps_while_the_process_runs(tmp_path: Path) -> None:
    clock = WallClock(tmp_path, "box")
    with subprocess.Popen(
        [sys.executable, "-c", ASKED],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def read() -> tuple[int, int, float]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            wall, again, mono = process.stdout.readline().split()
            return int(wall), int(again), float(mono)

        before = read()
        clock.jump(TEN_YEARS_S)
        ahead = read()
        clock.jump(-TEN_YEARS_S)
        behind = read()
        process.communicate()
    assert ahead[0] - before[0] >= TEN_YEARS_S
    assert ahead[0] - behind[0] > TEN_YEARS_S
    assert abs(ahead[0] - ahead[1]) <= 1
    assert before[2] <= ahead[2] <= behind[2] < before[2] + TEN_YEARS_S
