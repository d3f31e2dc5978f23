"""One llama.cpp context through llama-cpp-python's low-level interface: lay out, tokenise, decode, sample.

The only module that calls the native library. Everything here runs on one thread at a time; `llama.py` owns that
thread. Leaves out batching over sequences and forced-token runs.
"""

import codecs
import ctypes
import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.runtime.generator import ChatMessage, Piece, Request
from models.runtime.sampling import Grammar, choose
from sync.errors import Corrupt, Missing, Refused, Unavailable

PREFILL_BATCH = 256  # tokens decoded between two looks at the cancel flag
MESSAGE_LIMIT_BYTES = 4 * 1024 * 1024

# The layout most small models were trained on; used where the GGUF carries none.
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

_native_errors: deque[str] = deque(maxlen=3)


def native() -> Any:  # the library has no types
    """llama_cpp, with its logging kept off standard error. Raises Unavailable where it is not installed."""
    global _log_callback
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise Unavailable(
            f"llama-cpp-python is not installed: {error}.",
            code="generator.library",
            hint="Run `make setup`; answers go on by template.",
        ) from error
    if _log_callback is None:
        _log_callback = llama_cpp.llama_log_callback(_keep_error)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
    return llama_cpp


_log_callback: Any = None  # referenced for as long as the library may call it


def _keep_error(level: int, text: bytes, _: object) -> None:
    if level == 3:  # GGML_LOG_LEVEL_ERROR
        _native_errors.append(text.decode("utf-8", "replace").strip())


def native_reason() -> str:
    """What the native library last complained about, for an error's message."""
    reason = "; ".join(_native_errors)
    _native_errors.clear()
    return reason or "no reason given"


class LlamaContext:
    """A loaded model with one sequence. Not thread-safe, except `render` and `tokenise`."""

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        """Map the file and make a context of at most `context` tokens (less where the model was trained on less).

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
        self._controls = self._control_pattern()
        self._template = self._chat_template()
        self._past: list[int] = []  # tokens whose keys and values are in the cache
        self._warm_up()

    def _load(self, path: Path) -> Any:
        params = self._lib.llama_model_default_params()
        params.n_gpu_layers = 0
        model = self._lib.llama_model_load_from_file(str(path).encode(), params)
        if not model:
            raise Corrupt(
                f"{path} does not load: {native_reason()}.",
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
                f"No context of {params.n_ctx} tokens: {native_reason()}.",
                code="generator.memory",
                hint="Free memory or choose a smaller model.",
            )
        return ctx

    def _warm_up(self) -> None:
        start = int(self._lib.llama_vocab_bos(self._vocab))
        self._decode([max(start, 0)])
        self.forget()

    def close(self) -> None:
        """Give the memory back. A second call does nothing."""
        if self._ctx:
            self._lib.llama_free(self._ctx)
        if self._model:
            self._lib.llama_model_free(self._model)
        self._ctx = self._model = None

    # text to tokens

    def prompt(self, request: Request) -> list[int]:
        """The tokens to begin from. Raises Refused where they leave no room for an answer."""
        text = self.render(request.messages) if request.messages else ""
        tokens = self.tokenise(text + (request.prompt or ""))
        if len(tokens) >= self.context:
            raise Refused(
                f"The prompt takes {len(tokens)} tokens; the context holds {self.context}.",
                code="generator.prompt_too_long",
                hint="Send less history or fewer records.",
            )
        return tokens

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """Messages laid out by the model's template, ready for its answer; control tokens in them are taken out."""
        clean = [{"role": self._defuse(m.role), "content": self._defuse(m.content)} for m in messages]
        try:
            return str(self._template(messages=clean).prompt)
        except Exception as error:  # a template is a program of the model's author
            raise Refused(
                f"The model's chat template refuses these messages: {error}.",
                code="generator.template",
                hint="Send roles system, user and assistant in turn.",
            ) from error

    def tokenise(self, text: str) -> list[int]:
        """Tokens of laid-out text, control tokens recognised, with the model's own beginning. Never empty."""
        raw = text.encode("utf-8", "replace")
        if len(raw) > MESSAGE_LIMIT_BYTES:
            raise Refused(
                f"The prompt has {len(raw)} bytes.", code="generator.prompt_too_long", hint="Send less."
            )
        begin = self._text_of(self._lib.llama_vocab_bos(self._vocab), special=True)
        special = not (begin and raw.startswith(begin))  # a template may have begun already
        room = len(raw) + 8
        tokens = (self._lib.llama_token * room)()
        count = self._lib.llama_tokenize(self._vocab, raw, len(raw), tokens, room, special, True)
        if count < 0:
            raise Refused(
                "The prompt cannot be tokenised.", code="generator.request", hint="Send plain text."
            )
        return list(tokens[:count]) or [max(int(self._lib.llama_vocab_bos(self._vocab)), 0)]

    def _defuse(self, text: str) -> str:
        """Text without control tokens, also those that appear when others are taken out."""
        while (cleaned := self._controls.sub("", text)) != text:
            text = cleaned
        return text

    def _control_pattern(self) -> re.Pattern[str]:
        lib, vocab = self._lib, self._vocab
        texts = (
            lib.llama_vocab_get_text(vocab, token).decode("utf-8", "replace")
            for token in range(self.vocabulary)
            if lib.llama_vocab_is_control(vocab, token)
        )
        names = sorted({text for text in texts if len(text) > 2}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names)) or r"(?!)")

    def _chat_template(self) -> Any:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        raw = self._lib.llama_model_chat_template(self._model, None)
        text = raw.decode("utf-8", "replace") if raw else CHATML
        begin = self._text_of(self._lib.llama_vocab_bos(self._vocab), special=True).decode("utf-8", "replace")
        end = self._text_of(self._lib.llama_vocab_eos(self._vocab), special=True).decode("utf-8", "replace")
        try:
            return Jinja2ChatFormatter(template=text, bos_token=begin, eos_token=end)
        except Exception as error:
            self.close()
            raise Corrupt(
                f"The model's chat template does not parse: {error}.",
                code="models.corrupt",
                hint="Use another model.",
            ) from error

    def _text_of(self, token: int, *, special: bool = False) -> bytes:
        if token < 0:
            return b""
        buffer = ctypes.create_string_buffer(1024)
        size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
        return buffer.raw[: max(size, 0)]

    # tokens to text

    def forget(self) -> None:
        """Drop the cache: after a failure nothing in it is trusted."""
        self._lib.llama_memory_clear(self._lib.llama_get_memory(self._ctx), True)
        self._past = []

    def run(self, request: Request, cancelled: Callable[[], bool]) -> Iterator[Piece]:
        """Generate; stops early, without a last piece, once `cancelled()`. Raises what Generator.generate raises."""
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
                f"The model failed to decode (code {code}): {native_reason()}.",
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
            text = watch.feed(decoder.decode(self._text_of(token)))
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


class StopWatch:
    """Holds back text that may be the beginning of a stop string, and cuts at the first one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """What may be shown now; once `found`, the text before the stop string."""
        text = self._held + text
        cuts = [position for stop in self._stops if (position := text.find(stop)) >= 0]
        if cuts:
            self.found, self._held = True, ""
            return text[: min(cuts)]
        keep = max((self._overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self, text: str) -> str:
        """All that was held back, at the end."""
        shown = self.feed(text)
        shown, self._held = shown + self._held, ""
        return shown

    @staticmethod
    def _overlap(text: str, stop: str) -> int:
        return next(
            (size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0
        )


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
            "A request needs messages or a prompt, max_tokens of 1 or more, temperature and seed of 0 or more.",
            code="generator.request",
            hint="Correct the request.",
        )
