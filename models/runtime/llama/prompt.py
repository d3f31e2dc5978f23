"""From messages to tokens: the model's own chat template, and nothing in a message that acts as a control.

The template is a program of the model's author and runs in Jinja's sandbox. Thread-safe.
"""

import ctypes
import re
from collections.abc import Sequence
from typing import Any

from models.runtime.generator import ChatMessage
from sync.errors import Corrupt, Refused

LIMIT_BYTES = 4 * 1024 * 1024

# The layout most small models were trained on; used where the GGUF carries none.
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class PromptLayout:
    """The vocabulary and the template of one loaded model."""

    def __init__(self, lib: Any, model: Any) -> None:
        """Raises Corrupt for a template that does not parse."""
        self._lib = lib
        self._vocab = lib.llama_model_get_vocab(model)
        self._first = int(lib.llama_vocab_bos(self._vocab))
        self._controls = self._control_pattern()
        self._template = self._parse(lib.llama_model_chat_template(model, None))

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """Messages laid out, ready for the model's answer; control tokens in them are taken out."""
        clean = [{"role": self.defuse(m.role), "content": self.defuse(m.content)} for m in messages]
        try:
            return str(self._template(messages=clean).prompt)
        except Exception as error:  # whatever the template raises
            raise Refused(
                f"The model's chat template refuses these messages: {error}.",
                code="generator.template",
                hint="Send roles system, user and assistant in turn.",
            ) from error

    def tokenise(self, text: str) -> list[int]:
        """Tokens of laid-out text, control tokens recognised, with the model's own beginning. Never empty."""
        raw = text.encode("utf-8", "replace")
        if len(raw) > LIMIT_BYTES:
            raise Refused(
                f"The prompt has {len(raw)} bytes.", code="generator.prompt_too_long", hint="Send less."
            )
        begin = self.text(self._first, special=True)
        begun = bool(begin) and raw.startswith(begin)  # by the template
        room = len(raw) + 8
        tokens = (self._lib.llama_token * room)()
        count = self._lib.llama_tokenize(self._vocab, raw, len(raw), tokens, room, not begun, True)
        if count < 0:
            raise Refused(
                "The prompt cannot be tokenised.", code="generator.request", hint="Send plain text."
            )
        return list(tokens[:count]) or [max(self._first, 0)]

    def text(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of a token, which may be part of a character; of a control token only where `special`."""
        if token < 0:
            return b""
        buffer = ctypes.create_string_buffer(1024)
        size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
        return buffer.raw[: max(size, 0)]

    def defuse(self, text: str) -> str:
        """Text without control tokens, also those that appear when others are taken out."""
        while (cleaned := self._controls.sub("", text)) != text:
            text = cleaned
        return text

    def _control_pattern(self) -> re.Pattern[str]:
        lib, vocab = self._lib, self._vocab
        texts = (
            lib.llama_vocab_get_text(vocab, token).decode("utf-8", "replace")
            for token in range(int(lib.llama_vocab_n_tokens(vocab)))
            if lib.llama_vocab_is_control(vocab, token)
        )
        names = sorted({text for text in texts if len(text) > 2}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names)) or r"(?!)")

    def _parse(self, raw: bytes | None) -> Any:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        text = raw.decode("utf-8", "replace") if raw else CHATML
        begin, end = (
            self.text(int(token), special=True).decode("utf-8", "replace")
            for token in (self._first, self._lib.llama_vocab_eos(self._vocab))
        )
        try:
            return Jinja2ChatFormatter(template=text, bos_token=begin, eos_token=end)
        except Exception as error:  # whatever Jinja raises
            raise Corrupt(
                f"The model's chat template does not parse: {error}.",
                code="models.corrupt",
                hint="Use another model.",
            ) from error
