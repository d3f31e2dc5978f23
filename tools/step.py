"""One step of the setup: what it reads, what it makes, and the stamp that says it need not be made again.

Standard library only. What the steps are is in `setup.py`.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".state"
STAMPS = ROOT / ".venv" / "stamps"


class Failed(Exception):
    """A step that cannot be done; the text says what to type next."""


@dataclass(frozen=True)
class Step:
    """`reads`: files whose content decides whether to `make` again; `there`: whether the result stands."""

    name: str
    says: str
    reads: Callable[[], Iterable[Path]]
    there: Callable[[], bool]
    make: Callable[[], None]

    def digest(self) -> str:
        """Of the names and bytes of all that the step reads."""
        total = hashlib.sha256(f"{self.name} {sys.version_info[:2]}".encode())
        for path in sorted(set(self.reads())):
            total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
        return total.hexdigest()


def run(*command: object, **env: str) -> None:
    """A command with its output shown. Raises Failed when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **env})
    if done.returncode != 0:
        raise Failed(f"`{' '.join(str(part) for part in command)}` ended with {done.returncode}.")


def files(*patterns: str) -> list[Path]:
    """What matches in the checkout, without anything installed or built."""
    skip = {"node_modules", "dist", "__pycache__"}
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return [path for path in found if not skip & set(path.relative_to(ROOT).parts)]


def do(step: Step) -> None:
    """Run a step unless its stamp says that nothing it reads has changed."""
    stamp = STAMPS / step.name
    digest = step.digest()
    if step.there() and stamp.is_file() and stamp.read_text() == digest:
        return
    print(f"• {step.says} …", flush=True)
    begun = time.monotonic()
    step.make()
    print(f"  done in {time.monotonic() - begun:.0f} s", flush=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
