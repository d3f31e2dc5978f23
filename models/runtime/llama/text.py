"""The vocabulary of a loaded model as Python has use for it: the bytes of every token, read once."""

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_LONGEST_BYTES = 4096
_CONTROL, _USER_DEFINED = 1 << 3, 1 << 4  # LLAMA_TOKEN_ATTR_*


@dataclass(frozen=True)
class Vocabulary:
    """`texts` are what tokens add to an answer (controls: nothing), `ends` the tokens that end one, `names`
    the texts of controls."""

    texts: tuple[bytes, ...]
    lengths: npt.NDArray[np.int32]
    controls: frozenset[int]
    ends: frozenset[int]
    names: dict[int, bytes]

    def name(self, token: int) -> bytes:
        """How a control is written."""
        return self.names[token]

    def __len__(self) -> int:
        return len(self.texts)

    def spell(self, tokens: npt.NDArray[np.int32]) -> bytes:
        """The text of a laid-out prompt, controls written out."""
        return b"".join(self.names.get(token) or self.texts[token] for token in tokens.tolist())


def read(lib: Any, vocab: Any) -> Vocabulary:
    """All tokens of a model."""
    buffer = ctypes.create_string_buffer(_LONGEST_BYTES)
    texts, names, ends = [], {}, set()
    for token in range(int(lib.llama_vocab_n_tokens(vocab))):
        size = lib.llama_token_to_piece(vocab, token, buffer, _LONGEST_BYTES, 0, True)
        text = buffer.raw[: max(size, 0)]
        attributes = lib.llama_vocab_get_attr(vocab, token)
        marked = attributes & _USER_DEFINED and text.startswith(b"<") and text.endswith(b">")
        if attributes & _CONTROL or marked:
            names[token] = text
        texts.append(b"" if attributes & _CONTROL else text)
        if lib.llama_vocab_is_eog(vocab, token):
            ends.add(token)
    whole = [names.get(token) or text for token, text in enumerate(texts)]
    lengths = np.array([len(text) for text in whole], np.int32)
    return Vocabulary(tuple(texts), lengths, frozenset(names), frozenset(ends), names)
