"""One llama.cpp context through llama-cpp-python's low-level interface: prefill, decode, stream.

Everything here runs on one thread at a time; `llama.py` owns that thread. Leaves out batching over sequences
and forced-token runs.
"""

import codecs
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.runtime.generator import Piece, Request
from models.runtime.llama_native import complaint, native
from models.runtime.llama_prompt import PromptLayout
from models.runtime.sampling import Grammar, choose
from models.runtime.stop import StopWatch
from sync.errors import Corrupt, Missing, Refused, Unavailable

PREFILL_BATCH = 256  # tokens decoded between two looks at the cancel flag


class LlamaContext:
    """A loaded model with one sequence. Not thread-safe, except `prompt`."""

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        """Map the file and make a context of `context` tokens, or as many as the model was trained on.

        Raises Missing, Corrupt for a file that does not load, Unavailable for too little memory.
        """
        self._lib = native()
        self._model: Any = None
        self._ctx: Any = None
        if not path.is_file():
            raise Missing(
                f"{path} is not there.", code="models.absent", hint="Run `prilavok-edge models pull`."
            )
        self._model = self._load(path)
        self._vocab = self._lib.llama_model_get_vocab(self._model)
        self.vocabulary = int(self._lib.llama_vocab_n_tokens(self._vocab))
        self._ctx = self._open(context, threads)
        self.context = int(self._lib.llama_n_ctx(self._ctx))
        self._layout = self._lay_out()
        self._past: list[int] = []  # tokens whose keys and values are in the cache
        self._warm_up()

    def _load(self, path: Path) -> Any:
        params = self._lib.llama_model_default_params()
        params.n_gpu_layers = 0
        model = self._lib.llama_model_load_from_file(str(path).encode(), params)
        if not model:
            raise Corrupt(
                f"{path} does not load: {complaint()}.",
                code="models.corrupt",
                hint="Run `prilavok-edge models verify`, then `models pull`.",
            )
        return model

    def _open(self, context: int, threads: int) -> Any:
        params = self._lib.llama_context_default_params()
        trained = int(self._lib.llama_model_n_ctx_train(self._model))
        params.n_ctx = min(context, trained) if trained > 0 else context
        params.n_batch = params.n_ubatch = min(PREFILL_BATCH, params.n_ctx)
        params.n_threads = params.n_threads_batch = threads
        params.n_seq_max = 1
        params.no_perf = True
        ctx = self._lib.llama_init_from_model(self._model, params)
        if not ctx:
            self.close()
            raise Unavailable(
                f"No context of {params.n_ctx} tokens: {complaint()}.",
                code="generator.memory",
                hint="Free memory or choose a smaller model.",
            )
        return ctx

    def _lay_out(self) -> PromptLayout:
        try:
            return PromptLayout(self._lib, self._model)
        except Corrupt:
            self.close()
            raise

    def _warm_up(self) -> None:
        self._decode(self._layout.tokenise(""))
        self.forget()

    def close(self) -> None:
        """Give the memory back. A second call does nothing."""
        if self._ctx:
            self._lib.llama_free(self._ctx)
        if self._model:
            self._lib.llama_model_free(self._model)
        self._ctx = self._model = None

    def prompt(self, request: Request) -> list[int]:
        """The tokens to begin from; thread-safe. Raises Refused where they leave no room for an answer."""
        text = self._layout.render(request.messages) if request.messages else ""
        tokens = self._layout.tokenise(text + (request.prompt or ""))
        if len(tokens) >= self.context:
            raise Refused(
                f"The prompt takes {len(tokens)} tokens; the context holds {self.context}.",
                code="generator.prompt_too_long",
                hint="Send less history or fewer records.",
            )
        return tokens

    def forget(self) -> None:
        """Drop the cache: after a failure nothing in it is trusted."""
        self._lib.llama_memory_clear(self._lib.llama_get_memory(self._ctx), True)
        self._past = []

    def measure(self, prompt_tokens: int, answer_tokens: int) -> tuple[float, float]:
        """Seconds to prefill that many tokens, and to decode that many one by one; of any content."""
        self.forget()
        tokens = [100 + (7 * index) % 1000 for index in range(prompt_tokens)]
        begin = time.perf_counter()
        self._prefill(tokens, lambda: False)
        prefilled = time.perf_counter()
        for token in tokens[:answer_tokens]:
            self._logits()
            self._decode([token])
        decoded = time.perf_counter()
        self.forget()
        return prefilled - begin, decoded - prefilled

    def predict(self, text: str) -> list[int]:
        """The likeliest token after each token of a text, one by one."""
        self.forget()
        guesses = []
        for token in self._layout.tokenise(text)[: self.context - 1]:
            self._decode([token])
            guesses.append(int(np.argmax(self._logits())))
        self.forget()
        return guesses

    def run(self, request: Request, cancelled: Callable[[], bool]) -> Iterator[Piece]:
        """Generate; stops early, without a last piece, once `cancelled()`. Raises as Generator.generate."""
        tokens = self.prompt(request)
        grammar = Grammar(self._lib, self._vocab, request.grammar) if request.grammar is not None else None
        try:
            if self._prefill(tokens, cancelled):
                yield from self._pieces(request, grammar, cancelled)
        finally:
            if grammar:
                grammar.close()

    def _prefill(self, tokens: list[int], cancelled: Callable[[], bool]) -> bool:
        """Bring the cache to exactly `tokens`, keeping what it shares with them. False once cancelled."""
        shared = 0
        while shared < min(len(tokens) - 1, len(self._past)) and tokens[shared] == self._past[shared]:
            shared += 1
        memory = self._lib.llama_get_memory(self._ctx)
        if self._lib.llama_memory_seq_rm(memory, 0, shared, -1):
            del self._past[shared:]
        else:
            self.forget()
            shared = 0
        for start in range(shared, len(tokens), PREFILL_BATCH):
            if cancelled():
                return False
            self._decode(tokens[start : start + PREFILL_BATCH])
        return True

    def _decode(self, tokens: list[int]) -> None:
        array = (self._lib.llama_token * len(tokens))(*tokens)
        code = self._lib.llama_decode(self._ctx, self._lib.llama_batch_get_one(array, len(tokens)))
        if code != 0:
            raise Unavailable(
                f"The model failed to decode (code {code}): {complaint()}.",
                code="generator.failed",
                hint="Answers go on by template; if it persists, run `prilavok-edge doctor`.",
            )
        self._past += tokens

    def _pieces(
        self, request: Request, grammar: Grammar | None, cancelled: Callable[[], bool]
    ) -> Iterator[Piece]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        watch = StopWatch(request.stop)
        random = np.random.default_rng(request.seed)
        for count in range(1, request.max_tokens + 1):
            token = choose(self._logits(), request.temperature, random, grammar)
            if self._lib.llama_vocab_is_eog(self._vocab, token):
                yield Piece(watch.flush(decoder.decode(b"", True)), 0, "stop")
                return
            text = watch.feed(decoder.decode(self._layout.text(token)))
            full = count == request.max_tokens or len(self._past) + 1 >= self.context
            if watch.found or full:
                tail = "" if watch.found else watch.flush(decoder.decode(b"", True))
                yield Piece(text + tail, 1, "stop" if watch.found else "length")
                return
            yield Piece(text, 1)
            if cancelled():
                return
            self._decode([token])

    def _logits(self) -> npt.NDArray[np.float32]:
        pointer = self._lib.llama_get_logits_ith(self._ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary,))


def check(request: Request) -> None:
    """Raises Refused for a request out of bounds."""
    sound = (
        (request.messages or request.prompt is not None)
        and request.max_tokens >= 1
        and math.isfinite(request.temperature)
        and request.temperature >= 0
        and request.seed >= 0
    )
    if not sound:
        raise Refused(
            "A request needs messages or a prompt, max_tokens from 1, temperature and seed from 0.",
            code="generator.request",
            hint="Correct the request.",
        )
