"""A folder whose disk can be full: a small file system of its own where root may make one, else a limit.

As root it is a tmpfs that shrinks to what is used, so that the next block is refused with ENOSPC. Otherwise
RLIMIT_FSIZE keeps every file of a process from growing (EFBIG); that is all an ordinary user has.
"""

import os
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

PAGE = 4096
SPARE_BYTES = 16 * 1024


@dataclass
class Disk:
    """`size_mib` is what the file system has when it is not full."""

    folder: Path
    size_mib: int
    mounted: bool = False

    def open(self) -> None:
        """Makes the folder; a file system for it where that is allowed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            told = ["mount", "-t", "tmpfs", "-o", f"size={self.size_mib}m", "tmpfs", str(self.folder)]
            self.mounted = subprocess.run(told, capture_output=True).returncode == 0

    def fill(self, pid: int | None) -> bool:
        """Leaves no room; whether that could be done. `pid` is limited where nothing is mounted."""
        if self.mounted:
            found = os.statvfs(self.folder)
            used = (found.f_blocks - found.f_bfree) * found.f_frsize
            return self._resize(f"{-(-(used + SPARE_BYTES) // PAGE) * PAGE}")
        if pid is None:
            return False
        biggest = max((path.stat().st_size for path in self.folder.rglob("*") if path.is_file()), default=0)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (biggest + SPARE_BYTES, resource.RLIM_INFINITY))
        return True

    def free(self, pid: int | None) -> None:
        """Room again."""
        if self.mounted:
            self._resize(f"{self.size_mib}m")
        elif pid is not None:
            try:
                whole = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, whole)
            except ProcessLookupError:
                pass  # the next life has no limit

    def close(self) -> None:
        """Forgets the file system and what is on it."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)
            self.mounted = False

    def _resize(self, size: str) -> bool:
        told = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        return subprocess.run(told, capture_output=True).returncode == 0
