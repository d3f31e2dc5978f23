"""A process that is killed in the middle of writing loses nothing that it said was kept."""

import subprocess
import sys
from pathlib import Path

from sync.record import ChatTurn, LeadRequest, Payload
from tests.edge.outbox.hub import Hub, drained, outbox

ROOT = Path(__file__).parents[3]
KILLS = 4
LINES = (3, 40, 200, 90)


def _killed_after(folder: Path, word: str, lines: int) -> list[str]:
    """What a writer said before it was killed, at the latest a moment after so many lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.edge.outbox.writer", str(folder), word],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(lines + 1)]
    process.kill()
    said += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    process.wait(20)
    assert said[0].startswith("begun")
    return said[1:]


def _name(payload: Payload) -> str:
    match payload:
        case ChatTurn():
            return payload.question
        case LeadRequest():
            return payload.id
        case _:
            raise AssertionError(payload)


def test_killed_process_loses_nothing_it_said_was_kept(tmp_path: Path) -> None:
    said: list[str] = []
    for kill in range(KILLS):
        said += _killed_after(tmp_path, f"w{kill}", LINES[kill])
    box, hub = outbox(tmp_path), Hub()
    drained(box, hub)
    box.ledger.close()
    arrived = [_name(payload) for _, payload in hub.read()]
    assert set(said) <= set(arrived)
    assert len(arrived) == len(set(arrived))
    for kill in range(KILLS):
        own = [int(name.rpartition("-")[2]) for name in arrived if name.startswith(f"w{kill}-")]
        assert own == list(range(len(own)))
    (epoch,) = {epoch for epoch, _ in hub.frames}
    said_back = hub.ack(epoch)
    assert (said_back.upto, said_back.holes) == (said_back.seen, ())
