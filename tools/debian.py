"""Programs of Debian's that the setup installs where it may, and does without elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess

from step import Step


def debian(program: str, package: str, use: str) -> Step:
    """A program of Debian's that something needs; without it that is left out, and says so."""

    def there() -> bool:
        return bool(shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin"))

    def install() -> None:
        if there():
            return
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if not shutil.which("apt-get") or (
            root and subprocess.run([*root, "true"], capture_output=True).returncode
        ):
            print(f"  No {package}, and no right to install it: {use} will not work.")
            return
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", package]):
            if subprocess.run([*root, "apt-get", *command], env=env).returncode:
                print(f"  {package} could not be installed: {use} will not work.")
                return

    return Step(package, f"Installing {package} for {use}", list, there, install)
