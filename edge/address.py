"""Where the node that serves a data folder answers, told by a file in that folder while it runs."""

import json
import os
from pathlib import Path

ADDRESS_FILE = "node.json"


def write(data_dir: Path, url: str, https_port: int | None) -> Path:
    """Tells it, and gives the file, which is to go when the node ends."""
    told = {"url": url, "pid": os.getpid(), "https_port": https_port}
    file = data_dir / ADDRESS_FILE
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def running(data_dir: Path) -> str | None:
    """The address of the node that serves this data folder, if there seems to be one."""
    try:
        found = json.loads((data_dir / ADDRESS_FILE).read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)
        return str(found["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
