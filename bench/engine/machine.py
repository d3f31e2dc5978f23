"""The machine and the versions a measurement was made on, so that it can be read later."""

import hashlib
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

TELLING = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm", "sve")


def describe(cores: tuple[int, ...], model: Path) -> dict[str, Any]:
    """Processor, cores measured on, instruction sets that matter here, load before, versions, model file."""
    said = cpuinfo()
    flags = (said.get("flags") or said.get("Features") or "").split()
    return {
        "cpu": said.get("model name") or said.get("Model") or platform.machine(),
        "cores": list(cores),
        "cores_of_machine": os.cpu_count(),
        "flags": [flag for flag in TELLING if flag in flags],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "llama_cpp_python": version("llama-cpp-python"),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "model_file": model.name,
        "model_sha256": digest(model),
    }


def cpuinfo() -> dict[str, str]:
    """What the first core says of itself; empty where it does not."""
    found: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition(":")
            found.setdefault(key.strip(), value.strip())
    except OSError:
        pass  # not Linux
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
