"""Compiles llama-cpp-python into the virtual environment: only what the product uses, with progress shown.

pip keeps the wheel it made, so another clone on the same machine compiles nothing. Standard library only.
"""

import os
import re
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

UNUSED = (
    "LLAVA_BUILD",
    "LLAMA_BUILD_MTMD",
    "LLAMA_BUILD_TESTS",
    "LLAMA_BUILD_TOOLS",
    "LLAMA_BUILD_EXAMPLES",
    "LLAMA_BUILD_SERVER",
    "LLAMA_BUILD_APP",
    "LLAMA_OPENSSL",
)
STEP = re.compile(r"\[(\d+)/(\d+)\]")


def version(root: Path) -> str:
    """The one that pyproject.toml pins."""
    found = re.search(r"llama-cpp-python==([\w.]+)", (root / "pyproject.toml").read_text(encoding="utf-8"))
    if not found:
        raise SystemExit("pyproject.toml does not pin llama-cpp-python.")
    return found.group(1)


def build(python: Path, root: Path, log: Path) -> bool:
    """Whether it is installed now. The whole output is in `log`."""
    flags = " ".join(f"-D{name}=OFF" for name in UNUSED)
    env = {**os.environ, "CMAKE_ARGS": f"{os.environ.get('CMAKE_ARGS', '')} {flags}".strip()}
    pin = f"llama-cpp-python=={version(root)}"
    command = [str(python), "-m", "pip", "install", "-v", "--disable-pip-version-check", pin]
    log.parent.mkdir(parents=True, exist_ok=True)
    last: deque[str] = deque(maxlen=15)
    progress = Progress()
    with (
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            command,
            cwd=root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            kept.write(line)
            last.append(line[:200].rstrip())
            progress.see(line)
    progress.end()
    if pip.returncode == 0:
        return True
    print("\n".join(last))
    print(f"  llama.cpp did not compile; all of the output is in {log}.")
    print("  It needs a C and C++ compiler (Debian: apt install build-essential python3-dev).")
    return False


class Progress:
    """One line that moves on a terminal; a line every tenth elsewhere."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.tenth = 0
        self.shown = False

    def see(self, line: str) -> None:
        found = STEP.search(line[:40])
        if not found:
            return
        done, total = int(found.group(1)), int(found.group(2))
        text = f"  {done:>3} of {total} compiled, {time.monotonic() - self.begun:.0f} s"
        if sys.stdout.isatty():
            print(f"\r{text}", end="", flush=True)
            self.shown = True
        elif done * 10 // max(total, 1) > self.tenth:
            self.tenth = done * 10 // total
            print(text, flush=True)

    def end(self) -> None:
        if self.shown:
            print()
