"""A process that keeps records as fast as it can and says of each when it is on the disk; to be killed.

    python writer.py FOLDER WORD

One line a record: its question, once its future is done.
"""

import sys
from pathlib import Path

import msgspec

from sync.key import system_random
from tests.edge.outbox.hub import outbox
from tests.sync.sample import LEAD, TURN

AT_ONCE = 16


def main(folder: Path, word: str) -> None:
    box = outbox(folder)
    print(f"begun {system_random(4).hex()}", flush=True)
    number = 0
    while True:
        names = [f"{word}-{number + offset}" for offset in range(AT_ONCE)]
        turns = [msgspec.structs.replace(TURN, question=name) for name in names]
        futures = [box.record(turn, box.sessions.of(f"s{number}")) for turn in turns]
        lead = box.record(msgspec.structs.replace(LEAD, id=f"lead-{word}-{number}"), box.sessions.of(None))
        for name, future in zip(names, futures, strict=True):
            assert future.result()
            print(name, flush=True)
        assert lead.result()
        print(f"lead-{word}-{number}", flush=True)
        number += AT_ONCE


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
