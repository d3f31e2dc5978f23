"""A wall clock to be put wrong while processes go by it: `clock.c`, built with the system's compiler."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
BYTES = 8


@cache
def library(folder: Path) -> Path:
    """The library that changes what processes read; built once."""
    built = folder / "clock.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(built), str(SOURCE)], check=True)
    return built


@dataclass(frozen=True)
class WallClock:
    """One clock, in a file of `folder`; processes started with `environment` go by it."""

    folder: Path
    name: str

    @property
    def environment(self) -> Mapping[str, str]:
        """For those processes."""
        if not self._file.exists():
            self._file.write_bytes(bytes(BYTES))
        return {"LD_PRELOAD": str(library(self.folder)), "CHAOS_CLOCK": str(self._file)}

    def jump(self, ahead_s: int) -> None:
        """From now on so many seconds ahead of the real time; behind it where negative."""
        with self._file.open("r+b", buffering=0) as file:
            file.write(ahead_s.to_bytes(BYTES, sys.byteorder, signed=True))

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.clock"
