"""Moving keys to other positions: the rotary embedding turned on by the difference.

Rotary position embedding (Su et al., arXiv 2104.09864): pair i of a head at position p is turned by
p · base^(-2i/n). Moving by d positions is one more turn by d · base^(-2i/n), the same for every token of a
span. llama.cpp's own shift walks the whole cache; this touches the span alone.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.runtime.llama.kv import Rows, Span


@dataclass(frozen=True)
class Rope:
    """How a model turns its keys: size of a head, numbers turned in it, base, scale of positions, and whether
    pairs are halves of the turned part (NeoX) or neighbours."""

    head: int
    turned: int
    base: float
    scale: float
    halves: bool

    def move(self, span: Span, begin: int) -> Span:
        """The same tokens at positions from `begin`; keys must be 16-bit floats."""
        if begin == span.begin:
            return span
        return Span(begin, self.turn(span.keys, begin - span.begin), span.values)

    def turn(self, keys: Rows, by: int) -> Rows:
        """Keys (layers, tokens, row bytes) of 16-bit floats, moved by so many positions."""
        layers, tokens, size = keys.shape
        wide = np.ascontiguousarray(keys).view(np.float16).astype(np.float32)
        heads = wide.reshape(layers, tokens, size // 2 // self.head, self.head)
        wave = self._wave(by)
        if self.halves:
            half = self.turned // 2
            one, two = heads[..., :half].copy(), heads[..., half : self.turned]
            heads[..., :half] = one * wave.real - two * wave.imag
            heads[..., half : self.turned] = one * wave.imag + two * wave.real
        elif self.turned == self.head:
            pairs = heads.view(np.complex64)
            pairs *= wave
        else:
            heads[..., : self.turned] = (
                np.ascontiguousarray(heads[..., : self.turned]).view(np.complex64) * wave
            ).view(np.float32)
        return heads.astype(np.float16).view(np.uint8).reshape(layers, tokens, size)

    def _wave(self, by: int) -> npt.NDArray[np.complex64]:
        """One complex factor a pair."""
        exponent = -np.arange(0, self.turned, 2, dtype=np.float64) / self.turned
        angle = by * self.scale * np.power(self.base, exponent)
        wave: npt.NDArray[np.complex64] = np.exp(1j * angle).astype(np.complex64)
        return wave
