"""A program on a leash ends with whoever holds it, and is asked to before it is made to."""

import signal
import subprocess
import sys

import psutil
import pytest

from cloud.demo.place import leashed
from tests.cloud.waiting import soon

WAIT_S = 20
SLEEPS = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
EXITS = "raise SystemExit(7)"


@pytest.fixture
def held() -> "subprocess.Popen[str]":
    """A program that does nothing for long; it says its number first."""
    command = leashed((sys.executable, "-c", SLEEPS))
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_program_ends_when_nobody_holds_it_any_more(held: "subprocess.Popen[str]") -> None:
    with held:
        assert held.stdout is not None
        assert held.stdin is not None
        number = int(held.stdout.readline())
        held.stdin.close()  # as the system does for a holder that is killed
        assert held.wait(WAIT_S) == 128 + signal.SIGTERM
    assert soon(lambda: not psutil.pid_exists(number))


def test_program_is_told_when_its_leash_is(held: "subprocess.Popen[str]") -> None:
    with held:
        assert held.stdout is not None
        number = int(held.stdout.readline())
        held.terminate()
        assert held.wait(WAIT_S) == 128 + signal.SIGTERM
    assert soon(lambda: not psutil.pid_exists(number))


def test_programs_own_exit_code_is_passed_on() -> None:
    with subprocess.Popen(leashed((sys.executable, "-c", EXITS)), stdin=subprocess.PIPE) as leash:
        assert leash.wait(WAIT_S) == 7
