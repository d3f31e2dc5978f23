"""Re-quantising a generator for the processor it runs on: make the candidates, time each, keep the best.

The format a model ships in is seldom the fastest one here. Candidates are written beside the fetched file,
which stays. Leaves out embedding models (`convert_embedding.py`) and what the sentences are worth.
"""

import os
from collections.abc import Callable
from pathlib import Path

from models.choice import Choice, Timing, cpu, library, remember
from models.registry import Model
from models.runtime.llama import physical_cores
from models.runtime.llama_context import LlamaContext
from models.runtime.llama_native import requantise
from models.shelf import Shelf, flush, sha256_of
from sync.errors import Refused

CANDIDATES = ("Q8_0", "Q4_0")
LOSSY = frozenset({"Q4_0"})  # fewer bits than most files ship with
LOSSY_GAIN = 0.8  # a lossy candidate has to take less than this share of the time of the best faithful one
PROMPT_TOKENS = 300  # of a usual request
ANSWER_TOKENS = 40
ROUNDS = 3  # the best of them counts: other work on the box only slows


def choose(
    model: Model,
    shelf: Shelf,
    *,
    threads: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Choice:
    """Make, time and choose; the candidates not chosen are removed. Takes seconds for a small model.

    Raises Refused for a model that is no generator, Missing where it is not there, and what loading raises.
    """
    if model.role != "generator":
        raise Refused(
            f"{model.name} is a {model.role}; only generators are re-quantised.",
            code="models.role",
            hint="Choose one of `prilavok-edge models list --role generator`.",
        )
    folder = shelf.require(model)
    source = folder / model.file(".gguf").path
    with shelf.locked(model):
        tell("timing the file as fetched")
        timings = [time_file(source, "as fetched", threads)]
        for kind in CANDIDATES:
            tell(f"making and timing {kind}")
            timings.append(time_file(_make(source, kind), kind, threads))
        winner = pick(timings)
        for timing in timings[1:]:
            if timing.file != winner.file:
                (folder / timing.file).unlink(missing_ok=True)
        choice = Choice(
            model=model.name,
            source_sha256=model.file(".gguf").sha256,
            cpu=cpu(),
            library=library(),
            file=winner.file,
            timings=tuple(timings),
        )
        remember(choice, folder)
    return choice


def pick(timings: list[Timing]) -> Timing:
    """The fastest; a lossy one only where it is clearly faster than the best of the others."""
    faithful = min((t for t in timings if t.kind not in LOSSY), key=lambda timing: timing.answer_ms)
    fastest = min(timings, key=lambda timing: timing.answer_ms)
    return fastest if fastest.answer_ms < LOSSY_GAIN * faithful.answer_ms else faithful


def time_file(path: Path, kind: str, threads: int = 0) -> Timing:
    """Prefill and decode speed of a GGUF, best of ROUNDS. Raises what loading raises."""
    context = LlamaContext(
        path, context=PROMPT_TOKENS + ANSWER_TOKENS + 8, threads=threads or physical_cores()
    )
    try:
        measured = [context.measure(PROMPT_TOKENS, ANSWER_TOKENS) for _ in range(ROUNDS)]
    finally:
        context.close()
    prefill_s = min(prefill for prefill, _ in measured)
    decode_s = min(decode for _, decode in measured)
    return Timing(
        kind=kind,
        file=path.name,
        size_bytes=path.stat().st_size,
        sha256=sha256_of(path),
        prefill_tokens_per_s=round(PROMPT_TOKENS / prefill_s, 1),
        decode_tokens_per_s=round(ANSWER_TOKENS / decode_s, 1),
        answer_ms=round((prefill_s + decode_s) * 1000, 1),
    )


def _make(source: Path, kind: str) -> Path:
    target = source.with_name(f"{source.stem}.to-{kind}.gguf")
    part = target.with_name(target.name + ".part")
    requantise(source, part, kind)
    flush(part)
    os.replace(part, target)
    return target
