"""One step of the setup: what it reads, what it makes, and the stamp that says it need not be made again.

Standard library only. What the steps are is in `setup.py`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".state"
MADE = {"node_modules", "dist", "data", "__pycache__"}
STAMPS = ROOT / ".venv" / "stamps"


class Failed(Exception):
    """A step that cannot be done; the text says what to type next."""


@dataclass(frozen=True)
class Step:
    """`reads`: files whose content decides whether to `make` again; `there`: whether the result stands.

    `make` gives False when it could not be done but the rest may go on without it.
    """

    name: str
    says: str
    reads: Callable[[], Iterable[Path]]
    there: Callable[[], bool]
    make: Callable[[], bool | None]

    def digest(self) -> str:
        """Of the names and bytes of all that the step reads."""
        total = hashlib.sha256(self.name.encode())
        for path in self.reads():
            total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
        return total.hexdigest()


def run(*command: object, **env: str) -> None:
    """A command with its output shown. Raises Failed when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **env})
    if done.returncode != 0:
        raise Failed(f"`{' '.join(str(part) for part in command)}` ended with {done.returncode}.")


def files(*patterns: str) -> list[Path]:
    """Files that match in the checkout; "folder/" means all below it but what is installed or built there."""
    found: set[Path] = set()
    for pattern in patterns:
        if not pattern.endswith("/"):
            found.update(path for path in ROOT.glob(pattern) if path.is_file())
            continue
        for folder, inner, names in os.walk(ROOT / pattern):
            inner[:] = [name for name in inner if name not in MADE]
            found.update(Path(folder) / name for name in names)
    return sorted(found)


def do(step: Step) -> None:
    """Run a step unless its stamp says that nothing it reads has changed."""
    stamp = STAMPS / step.name
    digest = step.digest()
    if step.there() and stamp.is_file() and stamp.read_text() == digest:
        return
    print(f"• {step.says} …", flush=True)
    begun = time.monotonic()
    if step.make() is False:
        return
    print(f"  done in {time.monotonic() - begun:.0f} s", flush=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
