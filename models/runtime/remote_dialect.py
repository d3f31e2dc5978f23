"""A request of ours in the words of an OpenAI-compatible server, flavour by flavour; pure.

What a flavour has no words for is refused, never left out in silence: a grammar that is not kept would be
worse than no answer. Control tokens of the usual chat templates are taken out of messages, since most
servers read them as control wherever they stand; another server's vocabulary is not known here.
"""

import math
import re
from typing import Any

import msgspec

from models.runtime.generator import ChatMessage, Request
from models.runtime.remote_server import Server
from sync.errors import Refused

LIMIT_BYTES = 4 * 1024 * 1024
OPENAI_STOPS = 4
ROLES = frozenset(("system", "user", "assistant"))

# <|im_start|> and its like, <｜User｜>, [INST], <<SYS>>, <s>, <start_of_turn>, <unused7> …
_CONTROL = re.compile(
    r"<\|[^|<>\s]{1,64}\|>|<｜[^｜<>]{1,64}｜>|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]"
    r"|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk|mask)>|<unused\d{1,4}>"
)


def compose(request: Request, server: Server) -> tuple[str, bytes]:
    """The operation ("chat/completions" or "completions") and its JSON body. Raises Refused."""
    _check(request)
    body: dict[str, Any] = {"model": server.model, "stream": True, "max_tokens": request.max_tokens}
    body |= {"temperature": request.temperature, "stream_options": {"include_usage": True}}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.messages:
        operation, body["messages"] = "chat/completions", _messages(request, server)
    else:
        operation, body["prompt"] = "completions", _text(request.prompt or "")
    body |= {"llama-server": _llama_server, "vllm": _vllm, "openai": _openai}[server.flavour](request)
    encoded = msgspec.json.encode(body)
    if len(encoded) > LIMIT_BYTES:
        raise Refused(
            f"The prompt has {len(encoded)} bytes.", code="generator.prompt_too_long", hint="Send less."
        )
    return operation, encoded


def defuse(text: str) -> str:
    """Text without what chat templates read as control, also what appears when others are taken out."""
    while (cleaned := _CONTROL.sub("", text)) != text:
        text = cleaned
    return text


def _check(request: Request) -> None:
    sound = (
        (request.messages or request.prompt is not None)
        and all(message.role in ROLES for message in request.messages)
        and request.max_tokens >= 1
        and math.isfinite(request.temperature)
        and request.temperature >= 0
        and request.seed >= 0
        and all(token >= 0 and math.isfinite(bias) for token, bias in request.logit_bias.items())
    )
    if not sound:
        raise Refused(
            "A request needs messages (system, user, assistant) or a prompt, max_tokens from 1, temperature "
            "and seed from 0, and finite biases.",
            code="generator.request",
            hint="Correct the request.",
        )
    if request.grammar is not None and not re.search(r"^\s*root\s*::=", request.grammar, re.M):
        raise Refused(
            "The grammar has no rule `root`.", code="generator.grammar", hint="Correct the grammar."
        )


def _messages(request: Request, server: Server) -> list[dict[str, str]]:
    given = request.messages if server.system_role else _without_system(request.messages)
    messages = [{"role": message.role, "content": _text(defuse(message.content))} for message in given]
    if request.prompt is not None:
        messages.append({"role": "assistant", "content": _text(request.prompt)})
    return messages


def _without_system(messages: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """System texts in front of the user's message that follows, or in a user's message of their own."""
    held, given = "", []
    for message in messages:
        if message.role == "system":
            held += message.content + "\n\n"
        elif message.role == "user":
            given.append(ChatMessage("user", held + message.content))
            held = ""
        else:
            given.append(message)
    return (*given, ChatMessage("user", held.rstrip())) if held else tuple(given)


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _llama_server(request: Request) -> dict[str, Any]:
    """Fields of llama.cpp's server; `timings_per_token` tells of prompt and cache with the first piece."""
    fields: dict[str, Any] = {"seed": request.seed, "cache_prompt": True, "timings_per_token": True}
    fields["chat_template_kwargs"] = {"enable_thinking": False}
    if request.grammar is not None:
        fields["grammar"] = request.grammar
    if request.logit_bias:
        fields["logit_bias"] = [[token, bias] for token, bias in request.logit_bias.items()]
    if request.ignore_eos:
        fields["ignore_eos"] = True
    if request.messages and request.prompt is not None:
        fields |= {"add_generation_prompt": False, "continue_final_message": True}
    return fields


def _vllm(request: Request) -> dict[str, Any]:
    """Fields of vLLM since 0.12 (`structured_outputs`, where older ones had `guided_grammar`)."""
    fields: dict[str, Any] = {"seed": request.seed}
    fields["stream_options"] = {"include_usage": True, "continuous_usage_stats": True}
    if request.messages:
        fields["chat_template_kwargs"] = {"enable_thinking": False}
    if request.grammar is not None:
        fields["structured_outputs"] = {"grammar": request.grammar}
    if request.logit_bias:
        fields["logit_bias"] = {str(token): bias for token, bias in request.logit_bias.items()}
    if request.ignore_eos:
        fields["ignore_eos"] = True
    if request.messages and request.prompt is not None:
        fields |= {"add_generation_prompt": False, "continue_final_message": True}
    return fields


def _openai(request: Request) -> dict[str, Any]:
    """What OpenAI documents, and no more: strict servers refuse fields that they do not know."""
    lacking = {
        "a grammar": request.grammar is not None,
        "a prompt of one's own": not request.messages,
        "an answer already begun": bool(request.messages) and request.prompt is not None,
        "ignore_eos": request.ignore_eos,
    }
    if wanted := [what for what, asked in lacking.items() if asked]:
        raise Refused(
            f"A server of flavour openai cannot be asked for {' or '.join(wanted)}.",
            code="generator.unsupported",
            hint="Set generator_flavour to llama-server or vllm where the server is one.",
        )
    fields: dict[str, Any] = {"seed": request.seed} if request.temperature > 0 else {}
    if request.logit_bias:
        fields["logit_bias"] = {str(token): bias for token, bias in request.logit_bias.items()}
    if request.stop:
        fields["stop"] = list(request.stop[:OPENAI_STOPS])  # all of them are watched for here as well
    return fields
