"""The shell completes commands, and the subcommands of each."""

import os
import subprocess
import sys

import pytest

COMMAND = "import sys; sys.argv[0] = 'prilavok'; from cloud.cli import main; main()"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("prilavok no", {"node"}),
        ("prilavok node re", {"reject", "revoke"}),
        ("prilavok catalog pu", {"publish"}),
    ],
)
def test_bash_is_offered_what_begins_so(typed: str, offered: set[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND],
        env={**os.environ, **words, "_PRILAVOK_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == offered, done.stderr
