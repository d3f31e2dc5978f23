"""Which quantisation of a generator runs fastest here, remembered with the processor it was found on.

A shelf may travel to another box: a choice made on another processor or with another llama.cpp counts for
nothing there. Leaves out making and timing the candidates (`convert.py`).
"""

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from models.registry import Model
from models.shelf import write

_FILE = "choice.json"
_SAID_BY = ("model name", "Model", "CPU implementer", "CPU part", "flags", "Features")


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate, timed here. `answer_ms`: prefill of 300 tokens and decoding of 40, from these speeds.

    `agreement` is how often its likeliest next token is the fetched file's, 0 to 1.
    """

    kind: str
    file: str
    size_bytes: int
    sha256: str
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    answer_ms: float
    agreement: float = 1.0


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The file that is used, why, and where that holds."""

    model: str
    source_sha256: str
    cpu: str
    library: str
    file: str
    timings: tuple[Timing, ...]

    @property
    def chosen(self) -> Timing:
        """The timing of the file that is used."""
        return next(timing for timing in self.timings if timing.file == self.file)


def cpu() -> str:
    """This processor: its name, what it can do (as a digest) and how many cores there are."""
    said: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in _SAID_BY:
                said.setdefault(key.strip(), value.strip())
    except OSError:
        pass  # not Linux
    name = said.get("model name") or said.get("Model") or platform.processor() or platform.machine()
    digest = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:8]
    return f"{name} {platform.machine()} {digest} x{os.cpu_count()}"


def library() -> str:
    """The llama.cpp in use, by the version of its binding."""
    try:
        return "llama-cpp-python " + version("llama-cpp-python")
    except PackageNotFoundError:
        return "none"


def remembered(model: Model, folder: Path) -> Choice | None:
    """The choice made here for these bytes, or None: never made, or on another processor or library."""
    try:
        choice = msgspec.json.decode((folder / _FILE).read_bytes(), type=Choice)
    except (OSError, msgspec.MsgspecError):
        return None
    here = (choice.source_sha256, choice.cpu, choice.library) == (
        model.file(".gguf").sha256,
        cpu(),
        library(),
    )
    return choice if here and choice.file in {timing.file for timing in choice.timings} else None


def remember(choice: Choice, folder: Path) -> None:
    """Keep it beside the files."""
    write(folder / _FILE, msgspec.json.format(msgspec.json.encode(choice), indent=2))


def forget(folder: Path) -> None:
    """Go back to the file as it was fetched."""
    (folder / _FILE).unlink(missing_ok=True)


def best(model: Model, folder: Path) -> Path:
    """The GGUF to load: the one chosen for this processor where it is whole, else the fetched one."""
    choice = remembered(model, folder)
    if choice:
        path = folder / choice.file
        if path.is_file() and path.stat().st_size == choice.chosen.size_bytes:
            return path
    return folder / model.file(".gguf").path
