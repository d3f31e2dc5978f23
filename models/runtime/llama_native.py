"""llama.cpp as a library: imported late, and silent.

Its complaints are kept for the text of the next error. What it writes to standard error past its logger
(a grammar that does not parse) cannot be kept.
"""

import ctypes
from collections import deque
from typing import Any

from sync.errors import Unavailable

_ERROR_LEVEL = 3  # GGML_LOG_LEVEL_ERROR
_complaints: deque[str] = deque(maxlen=3)
_callback: Any = None  # referenced for as long as the library may call it


def native() -> Any:  # the library has no types
    """The module llama_cpp. Raises Unavailable where it is not installed."""
    global _callback
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
