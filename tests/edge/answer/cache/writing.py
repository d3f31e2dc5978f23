"""A process that keeps answers as fast as it can until it is killed: `python writing.py FOLDER FIRST`.

It says each thousandth of its progress on standard output. With a third argument no file of it may grow past
that many bytes, as on a disk that is full; it then says what its cache came to.
"""

import resource
import signal
import sys
from pathlib import Path

from edge.answer.cache.choice import opener
from edge.answer.cache.service import AnswerCache
from tests.edge.answer.cache.kept import LIMITS, Counts, Records, voiced
from tests.edge.answer.words import draft

MOST = 3_000


def main(folder: Path, first: int, full_bytes: int | None) -> None:
    """Keeps answers to questions counted from `first`."""
    if full_bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (full_bytes, full_bytes))
    counts = Counts()
    cache = AnswerCache(opener(folder, LIMITS), Records(), counts, speaker="m", clock=lambda: 1.8e9)
    for at in range(first, first + MOST):
        voice, lines = voiced(draft(question=f"question {at}", total=10 + at % 40))
        cache.keep(voice, lines, [line.template.text for line in lines])
        cache.settle()
        found = cache.recall(voice, lines)
        print("kept" if found else "gone", flush=True)
        if full_bytes is not None and at == first + 200:
            cache.close()
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
