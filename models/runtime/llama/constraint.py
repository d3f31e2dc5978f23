"""What a grammar allows next: GBNF through llguidance, which also knows where only one text is left.

One vocabulary serves all requests of a model; a constraint belongs to one sequence.
"""

import ctypes
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.runtime.llama.text import Vocabulary
from sync.errors import Refused, Unavailable

LIMIT_CHARS = 256 * 1024
NESTING_LIMIT = 100
_ESCAPE = re.compile(r"(\\\\)|\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")
_CONTROL = b"\xff"  # llguidance's mark of a token that is no text

Mask = npt.NDArray[np.bool_]


class Grammars:
    """Compiles grammars for one vocabulary; making it takes a part of a second."""

    def __init__(self, lib: Any, vocab: Any, vocabulary: Vocabulary) -> None:
        """Raises Unavailable where llguidance is not installed."""
        try:
            from llguidance import LLMatcher, LLTokenizer
            from llguidance.gbnf_to_lark import any_to_lark
        except ImportError as error:
            raise Unavailable(
                f"llguidance is not installed: {error}.",
                code="generator.library",
                hint="Run `make setup`; answers go on by template.",
            ) from error
        self._matcher, self._to_lark = LLMatcher, any_to_lark
        texts = [
            _CONTROL + vocabulary.name(token) if token in vocabulary.controls else text
            for token, text in enumerate(vocabulary.texts)
        ]
        self._size = len(texts)
        # LLTokenizer calls llama_tokenize itself, so that forced text becomes the model's usual tokens.
        function = ctypes.cast(lib.llama_cpp._lib.llama_tokenize, ctypes.c_void_p).value
        make: Any = LLTokenizer
        self._tokenizer = make.from_llamacpp(
            tokens=texts,
            vocab_ptr=vocab,
            tokenize_fptr=function,
            eos_token=sorted(vocabulary.ends),
            slices=[],
        )

    def compile(self, gbnf: str) -> "Constraint":
        """Raises Refused for a grammar that does not parse, has no `root`, or is too large or too deep."""
        if not gbnf.strip() or "\x00" in gbnf or len(gbnf) > LIMIT_CHARS or _depth(gbnf) > NESTING_LIMIT:
            raise _refuse("is empty, too large, too deep or has a NUL in it")
        try:
            lark = self._to_lark(_ESCAPE.sub(_written, gbnf))
        except Exception as error:  # whatever the translator raises
            raise _refuse(f"does not parse: {str(error)[:200]}") from error
        matcher = self._matcher(self._tokenizer, self._matcher.grammar_from_lark(lark), log_level=0)
        if matcher.is_error():
            raise _refuse(f"does not parse or has no rule `root`: {str(matcher.get_error())[:200]}")
        constraint = Constraint(matcher, self._size)
        try:
            constraint.mask()
        except Unavailable as error:
            raise _refuse("can be met by no text") from error
        return constraint


class Constraint:
    """One grammar at one place in its text."""

    def __init__(self, matcher: Any, size: int) -> None:
        self._matcher = matcher
        self._size = size
        self._bits = np.zeros((size + 31) // 32, np.uint32)

    @property
    def over(self) -> bool:
        """Whether nothing more may come. Raises Unavailable where that is not for the text's being whole."""
        if self._matcher.is_error():
            raise _stuck()
        return bool(self._matcher.is_stopped())

    def mask(self) -> Mask:
        """Which tokens may come next, the model's end among them where the text may end. Raises Unavailable
        where none may."""
        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little", count=self._size).view(np.bool_)
        if self._matcher.is_error() or not allowed.any():
            raise _stuck()
        return allowed

    def accept(self, token: int) -> None:
        """Move on by a token that is allowed."""
        self._matcher.consume_token(token)

    def forced(self, most: int) -> Sequence[int]:
        """The tokens that must come next, as far as there is one continuation; moved on by them."""
        tokens = [] if self._matcher.is_stopped() else self._matcher.compute_ff_tokens()[:most]
        if tokens:
            self._matcher.consume_tokens(tokens)
        return tokens


def _written(match: re.Match[str]) -> str:
    """An escaped character as itself, where that is no mark of the notation."""
    code = match[2] or match[3] or match[4]
    character = chr(min(int(code, 16), 0x10FFFF)) if code else ""
    return character if character.isalnum() or character == " " else match[0]


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _stuck() -> Unavailable:
    """Nothing is allowed, or the grammar forces a text without end, which llguidance gives up."""
    return Unavailable(
        "The grammar allows no token of this model, or forces a text without end.",
        code="generator.grammar_stuck",
        hint="Use a grammar that this model's vocabulary can spell, with a choice to end.",
    )


def _refuse(reason: str) -> Refused:
    return Refused(f"The grammar {reason}.", code="generator.grammar", hint="Correct the GBNF text.")
