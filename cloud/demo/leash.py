"""Runs a program of others' that ends with whoever started it: `python -m cloud.demo.leash PROGRAM …`.

The hub's own processes watch their parent by themselves (`cloud/supervisor.py`). Mosquitto, Redis and a node
do not: after a `kill -9` they would hold their ports against the next start.
"""

import os
import signal
import subprocess
import sys
import threading

END_S = 8.0
"""Less than a supervisor waits before it kills this process, which could then end nothing any more."""


def main() -> int:
    """The program's exit code; 128 and the signal's number where one ended it."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def end(*_: object) -> None:
        child.terminate()
        killing = threading.Timer(END_S, child.kill)
        killing.daemon = True
        killing.start()

    def watch() -> None:
        while os.read(0, 4096):
            pass
        end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, lambda *_: None)  # a terminal's goes to the program, too
    threading.Thread(target=watch, name="parent", daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    raise SystemExit(main())
