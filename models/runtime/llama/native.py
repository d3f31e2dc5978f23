"""llama.cpp as a library: imported late, and silent.

Its complaints are kept for the text of the next error. What it writes to standard error past its logger
(a grammar that does not parse) cannot be kept.
"""

import ctypes
import os
from collections import deque
from pathlib import Path
from typing import Any

from sync.errors import Corrupt, Refused, Unavailable

# How long a finished thread spins for the others before it sleeps. OpenMP's default (300,000) is no faster on
# an idle box and much slower where something else wants the cores.
SPIN_COUNT = 10_000
_ERROR_LEVEL = 3  # GGML_LOG_LEVEL_ERROR
_complaints: deque[str] = deque(maxlen=3)
_callback: Any = None  # referenced for as long as the library may call it


def native() -> Any:  # the library has no types
    """The module llama_cpp. Raises Unavailable where it is not installed."""
    global _callback
    os.environ.setdefault("GOMP_SPINCOUNT", str(SPIN_COUNT))
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise Unavailable(
            f"llama-cpp-python is not installed: {error}.",
            code="generator.library",
            hint="Run `make setup`; answers go on by template.",
        ) from error
    if _callback is None:
        _callback = llama_cpp.llama_log_callback(_keep)
        llama_cpp.llama_log_set(_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
    return llama_cpp


def complaint() -> str:
    """What the library last complained about; asked for once."""
    reason = "; ".join(_complaints)
    _complaints.clear()
    return reason or "no reason given"


def _keep(level: int, text: bytes, _: object) -> None:
    if level == _ERROR_LEVEL:
        _complaints.append(text.decode("utf-8", "replace").strip())


def requantise(source: Path, target: Path, kind: str) -> None:
    """Write a GGUF anew, its weights as "Q8_0", "Q4_0" or another of llama.cpp's kinds. Uses all cores.

    Raises Refused for an unknown kind and Corrupt where it fails.
    """
    lib = native()
    number = getattr(lib, f"LLAMA_FTYPE_MOSTLY_{kind}", None)
    if number is None:
        raise Refused(f"llama.cpp knows no {kind}.", code="models.convert", hint="Use Q8_0 or Q4_0.")
    params = lib.llama_model_quantize_default_params()
    params.ftype = number
    params.nthread = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    params.allow_requantize = True
    if lib.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params)) != 0:
        target.unlink(missing_ok=True)
        raise Corrupt(
            f"{source.name} cannot be written as {kind}: {complaint()}.",
            code="models.convert",
            hint="The file as fetched is used; check the disk and run `prilavok-edge models verify`.",
        )
