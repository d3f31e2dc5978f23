"""One llama.cpp model and context through llama-cpp-python's low-level interface. Leaves out what to compute.

Everything here runs on one thread. The cache has a stream a sequence (`kv_unified` off): attention on a CPU
then walks over a sequence's own tokens, not over everybody's.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.runtime.llama import kv, shift, text
from models.runtime.llama.box import fit
from models.runtime.llama.kv import Form, Span
from models.runtime.llama.native import complaint, native
from models.runtime.llama.plan import Batch
from models.runtime.llama.prompt import PromptLayout
from models.runtime.llama.rope import Rope
from models.runtime.llama.sampling import Row
from sync.errors import Corrupt, Missing, PrilavokError, Unavailable

_NORMAL, _NEOX = 0, 2  # LLAMA_ROPE_TYPE_*
F16_BYTES = 2
_FLASH = 0  # LLAMA_FLASH_ATTN_TYPE_DISABLED: see Decisions


@dataclass(frozen=True)
class Shape:
    """`sequences` at once, each of at most `context` tokens; at most `batch` tokens are computed at once.
    Fewer and shorter ones where their keys and values would take more than `memory_bytes` (0: no bound)."""

    sequences: int
    context: int
    threads: int
    batch: int = 512
    memory_bytes: int = 0


class LlamaContext:
    """A loaded model with room for some sequences."""

    def __init__(self, path: Path, shape: Shape) -> None:
        """Map the file and make the context, its sequences no longer than the model was trained on.

        Raises Missing, Corrupt for a file that does not load, Unavailable for too little memory.
        """
        self._lib = self.library = native()
        self.threads = shape.threads
        self._model: Any = None
        self._ctx: Any = None
        self._batch: Any = None
        if not path.is_file():
            raise Missing(
                f"{path} is not there.", code="models.absent", hint="Run `prilavok-edge models pull`."
            )
        try:
            self._open(path, shape)
        except PrilavokError:
            self.close()
            raise

    def _open(self, path: Path, shape: Shape) -> None:
        self._model = self._load(path)
        self.vocab = self._lib.llama_model_get_vocab(self._model)
        self.vocabulary = text.read(self._lib, self.vocab)
        shape = self._fitting(shape)
        self._ctx = self._make(shape)
        self._memory = self._lib.llama_get_memory(self._ctx)
        self.sequences = shape.sequences
        self.context = int(self._lib.llama_n_ctx(self._ctx)) // shape.sequences
        self.most = shape.batch
        self.layout = PromptLayout(self._lib, self._model)
        self._make_batch()
        self.form = self._probe()
        self.copies = self.form is not None
        self.rope = self._rope() if self.form else None

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

    def _fitting(self, shape: Shape) -> Shape:
        """The shape that this model and the memory allow."""
        lib, model = self._lib, self._model
        trained = int(lib.llama_model_n_ctx_train(model))
        context = min(shape.context, trained) if trained > 0 else shape.context
        head = lib.llama_model_n_embd(model) // max(lib.llama_model_n_head(model), 1)
        token_bytes = lib.llama_model_n_layer(model) * lib.llama_model_n_head_kv(model) * head * 2 * F16_BYTES
        sequences, context = fit(token_bytes, shape.sequences, context, shape.memory_bytes)
        return replace(shape, sequences=sequences, context=context)

    def _make(self, shape: Shape) -> Any:
        params = self._lib.llama_context_default_params()
        params.n_ctx = shape.context * shape.sequences
        params.n_seq_max = shape.sequences
        params.n_batch = params.n_ubatch = shape.batch
        params.n_threads = params.n_threads_batch = shape.threads
        params.flash_attn_type = _FLASH
        params.kv_unified = False
        params.no_perf = True
        ctx = self._lib.llama_init_from_model(self._model, params)
        if not ctx:
            raise Unavailable(
                f"No context of {params.n_ctx} tokens: {complaint()}.",
                code="generator.memory",
                hint="Free memory, lower the setting engine_memory_bytes or choose a smaller model.",
            )
        return ctx

    def _make_batch(self) -> None:
        """One batch for all calls, its fields seen as arrays."""
        self._batch = self._lib.llama_batch_init(self.most, 0, 1)
        view = np.ctypeslib.as_array
        self._tokens = view(self._batch.token, (self.most,))
        self._positions = view(self._batch.pos, (self.most,))
        self._wanted = view(self._batch.logits, (self.most,))
        view(self._batch.n_seq_id, (self.most,))[:] = 1
        first = self._batch.seq_id[0]
        step = ctypes.sizeof(ctypes.c_int32)
        self._owner = np.zeros(self.most, np.int32)
        base = self._owner.ctypes.data
        for index in range(self.most):  # every token's one sequence stands in a row of one array
            self._batch.seq_id[index] = ctypes.cast(base + index * step, type(first))
        self._kept = first

    def close(self) -> None:
        """Give the memory back. A second call does nothing."""
        if self._ctx:
            self._lib.llama_free(self._ctx)
        if self._model:
            self._lib.llama_model_free(self._model)
        self._ctx = self._model = None

    def decode(self, batch: Batch) -> Sequence[Row]:
        """Compute a batch; a row of logits a wanted token, valid until the next call, writable.

        Raises Unavailable where llama.cpp fails.
        """
        count = len(batch.tokens)
        self._batch.n_tokens = count
        self._tokens[:count] = batch.tokens
        self._positions[:count] = batch.positions
        self._owner[:count] = batch.sequences
        self._wanted[:count] = batch.wanted
        code = self._lib.llama_decode(self._ctx, self._batch)
        if code != 0:
            raise Unavailable(
                f"The model failed to decode (code {code}): {complaint()}.",
                code="generator.failed",
                hint="Answers go on by template; if it persists, run `prilavok-edge doctor`.",
            )
        pointer = self._lib.llama_get_logits(self._ctx)
        return list(np.ctypeslib.as_array(pointer, (max(sum(batch.wanted), 1), len(self.vocabulary))))

    def truncate(self, sequence: int, length: int) -> bool:
        """Keep the first tokens of a sequence; False where the model's memory cannot be cut there."""
        return bool(self._lib.llama_memory_seq_rm(self._memory, sequence, length, -1))

    def place(self, sequence: int, spans: Sequence[Span]) -> None:
        """Make spans, which follow each other from position 0, the whole of a sequence."""
        assert self.form is not None
        state = kv.write(self.form, spans)
        data = (ctypes.c_uint8 * len(state)).from_buffer(state)
        if self._lib.llama_state_seq_set_data(self._ctx, data, len(state), sequence) == 0:
            self.truncate(sequence, 0)
            raise Unavailable(
                f"Saved keys and values do not fit: {complaint()}.",
                code="generator.failed",
                hint="They are computed again.",
            )

    def extract(self, sequence: int) -> Span:
        """All keys and values of a sequence."""
        return kv.read(self._state(sequence))

    def set_threads(self, threads: int) -> None:
        """From the next batch on."""
        self.threads = threads
        self._lib.llama_set_n_threads(self._ctx, threads, threads)

    def _state(self, sequence: int) -> bytes:
        size = self._lib.llama_state_seq_get_size(self._ctx, sequence)
        data = (ctypes.c_uint8 * size)()
        written = self._lib.llama_state_seq_get_data(self._ctx, data, size, sequence)
        return memoryview(data)[:written].cast("B")  # type: ignore[return-value]

    def _probe(self) -> Form | None:
        """Compute two tokens, which also warms up, and see how their state reads."""
        tokens = [0, 1] if len(self.vocabulary) > 1 else [0]
        self.decode(Batch(tokens, list(range(len(tokens))), [0] * len(tokens), [False, True][: len(tokens)]))
        recurrent = self._lib.llama_model_is_recurrent(self._model) or self._lib.llama_model_is_hybrid(
            self._model
        )
        plain = not recurrent and self._lib.llama_model_n_swa(self._model) == 0
        form = Form.of(self._state(0)) if plain else None
        self._lib.llama_memory_clear(self._memory, True)
        return form

    def _rope(self) -> Rope | None:
        """How keys are turned, where that is known: plain rotary embedding of 16-bit keys."""
        kind = int(self._lib.llama_model_rope_type(self._model))
        arch = self._meta("general.architecture")
        scaled = self._meta(f"{arch}.rope.scaling.type") not in (None, "none", "linear")
        heads = int(self._lib.llama_model_n_head_kv(self._model))
        if self.form is None or self.form.key_type != kv.F16 or kind not in (_NORMAL, _NEOX) or scaled:
            return None
        head = self.form.key_bytes // 2 // heads
        turned = int(self._meta(f"{arch}.rope.dimension_count") or head)
        base = float(self._meta(f"{arch}.rope.freq_base") or 10000.0)
        scale = float(self._lib.llama_model_rope_freq_scale_train(self._model))
        rope = Rope(head, turned, base, scale, kind == _NEOX)
        return rope if shift.agrees(self._lib, self._model, rope) else None

    def _meta(self, key: str) -> str | None:
        buffer = ctypes.create_string_buffer(256)
        size = self._lib.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else None
