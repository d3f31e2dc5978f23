"""Re-quantising a generator for the processor it runs on: make the candidates, time each, keep the best.

The format a model ships in is seldom the fastest one here. Candidates are written beside the fetched file,
which stays. Leaves out embedding models (`convert_embedding.py`) and what the sentences are worth.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from models.choice import Choice, Timing, cpu, library, remember
from models.registry import Model
from models.runtime.llama.box import physical_cores
from models.runtime.llama.context import LlamaContext, Shape
from models.runtime.llama.native import requantise
from models.runtime.llama.timing import measure, predict
from models.shelf import Shelf, flush, sha256_of
from sync.errors import Refused

CANDIDATES = ("Q8_0", "Q4_0")
MIN_AGREEMENT = 0.85  # with the fetched file's next tokens: a faster file that speaks worse is no gain
PROMPT_TOKENS = 300  # of a usual request
ANSWER_TOKENS = 40
ROUNDS = 3  # the best of them counts: other work on the box only slows
PATIENCE_S = 10.0  # after which no further round is begun

PROBE = (
    "Yes. There are two hairdressers near the station that are open on Sunday. The first one is on Mill "
    "Street, takes walk-in customers until eight in the evening and speaks English and Spanish. The second "
    "one is a little cheaper, but you have to book a day before. Would you like the phone number or the way?"
)


def choose(
    model: Model,
    shelf: Shelf,
    *,
    threads: int = 0,
    min_agreement: float = MIN_AGREEMENT,
    tell: Callable[[str], None] = lambda _: None,
) -> Choice:
    """Make, time and choose; the candidates not chosen are removed. Takes seconds for a small model.

    The fastest wins among those that agree with the fetched file on at least this share of next tokens.

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
        first, reference = time_file(source, "as fetched", threads)
        timings = [first]
        for kind in CANDIDATES:
            tell(f"making and timing {kind}")
            timings.append(time_file(_make(source, kind), kind, threads, reference)[0])
        winner = pick(timings, min_agreement)
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


def pick(timings: list[Timing], min_agreement: float = MIN_AGREEMENT) -> Timing:
    """The fastest of those that agree; the first (the fetched file) always does."""
    return min((t for t in timings if t.agreement >= min_agreement), key=lambda timing: timing.answer_ms)


def time_file(
    path: Path, kind: str, threads: int = 0, reference: list[int] | None = None
) -> tuple[Timing, list[int]]:
    """Prefill and decode speed of a GGUF, best of ROUNDS, and its likeliest next tokens along PROBE.

    Agreement is with `reference`, those of another file. Raises what loading raises.
    """
    context = LlamaContext(path, Shape(1, PROMPT_TOKENS + ANSWER_TOKENS + 8, threads or physical_cores()))
    try:
        guesses = predict(context, PROBE)
        measured = _measure(context)
    finally:
        context.close()
    prefill_s = min(prefill for prefill, _ in measured)
    decode_s = min(decode for _, decode in measured)
    same = sum(mine == other for mine, other in zip(guesses, reference or guesses, strict=True))
    timing = Timing(
        kind=kind,
        file=path.name,
        size_bytes=path.stat().st_size,
        sha256=sha256_of(path),
        prefill_tokens_per_s=round(PROMPT_TOKENS / prefill_s, 1),
        decode_tokens_per_s=round(ANSWER_TOKENS / decode_s, 1),
        answer_ms=round((prefill_s + decode_s) * 1000, 1),
        agreement=round(same / len(guesses), 3),
    )
    return timing, guesses


def _measure(context: LlamaContext) -> list[tuple[float, float]]:
    """Some rounds; fewer where one takes long, as on a box that is busy."""
    begin = time.monotonic()
    measured = [measure(context, PROMPT_TOKENS, ANSWER_TOKENS)]
    while len(measured) < ROUNDS and time.monotonic() - begin < PATIENCE_S:
        measured.append(measure(context, PROMPT_TOKENS, ANSWER_TOKENS))
    return measured


def _make(source: Path, kind: str) -> Path:
    target = source.with_name(f"{source.stem}.to-{kind}.gguf")
    part = target.with_name(target.name + ".part")
    requantise(source, part, kind)
    flush(part)
    os.replace(part, target)
    return target
