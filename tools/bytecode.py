"""Compiles our own Python once: half a second less a process where Python may not keep what it compiles.

Standard library only.
"""

from __future__ import annotations

from pathlib import Path

from step import ROOT, Step, files, run

PACKAGES = ("sync", "models", "edge", "cloud", "bench", "tests")


def bytecode(python: Path) -> Step:
    """The step; files that have not changed are not compiled again."""
    return Step(
        "bytecode",
        "Compiling our own Python",
        lambda: [path for path in files(*(f"{name}/" for name in PACKAGES)) if path.suffix == ".py"],
        lambda: any((ROOT / "edge" / "__pycache__").glob("*.pyc")),
        lambda: run(python, "-m", "compileall", "-q", "-j", "0", *PACKAGES),
    )
