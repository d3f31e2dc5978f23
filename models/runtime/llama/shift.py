"""Whether our turning of keys is llama.cpp's own, for one model: tried in a small context at start.

A model may scale its rotary embedding in ways that its metadata do not tell (factors a tensor holds); keys
moved wrongly would spoil answers without a sign.
"""

import ctypes
from typing import Any

import numpy as np

from models.runtime.llama import kv
from models.runtime.llama.rope import Rope

TOKENS, FROM, BY = 24, 8, 37
TOLERANCE = 0.02  # of the largest number; 16-bit rounding gives about 0.002


def agrees(lib: Any, model: Any, rope: Rope) -> bool:
    """Move some keys by both means and compare."""
    params = lib.llama_context_default_params()
    params.n_ctx, params.n_seq_max, params.n_batch, params.n_ubatch = 256, 1, TOKENS, TOKENS
    params.n_threads = params.n_threads_batch = 1
    params.flash_attn_type = 1
    ctx = lib.llama_init_from_model(model, params)
    if not ctx:
        return False
    try:
        return _compare(lib, ctx, rope)
    finally:
        lib.llama_free(ctx)


def _compare(lib: Any, ctx: Any, rope: Rope) -> bool:
    memory = lib.llama_get_memory(ctx)
    if not lib.llama_memory_can_shift(memory):
        return False
    _decode(lib, ctx, list(range(1, TOKENS)))
    before = kv.read(_state(lib, ctx)).part(FROM, TOKENS - 1).copy()
    lib.llama_memory_seq_rm(memory, 0, 0, FROM)
    lib.llama_memory_seq_add(memory, 0, FROM, TOKENS - 1, BY)
    _decode(lib, ctx, [1])  # the shift is done with the next batch
    after = kv.read(_state(lib, ctx)).part(FROM + BY, TOKENS - 1 + BY)
    theirs, ours = (
        span.keys.copy().view(np.float16).astype(np.float32) for span in (after, rope.move(before, FROM + BY))
    )
    return float(np.abs(theirs - ours).max()) <= TOLERANCE * float(np.abs(theirs).max())


def _decode(lib: Any, ctx: Any, tokens: list[int]) -> None:
    row = (lib.llama_token * len(tokens))(*tokens)
    lib.llama_decode(ctx, lib.llama_batch_get_one(row, len(tokens)))


def _state(lib: Any, ctx: Any) -> bytes:
    size = lib.llama_state_seq_get_size(ctx, 0)
    data = (ctypes.c_uint8 * size)()
    lib.llama_state_seq_get_data(ctx, data, size, 0)
    return bytes(data)
