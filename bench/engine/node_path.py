"""Question → whole answer on the node's own path, against the same records sent to a peer as a prompt.

The node is asked as a visitor asks (`prilavok`, streamed, earlier turns with it). Where it answered in
`phrase` mode, the peer is given the rules, the records of that answer's cards and the question, and writes as
many tokens as our answer has, 48 at most: a longer answer would only flatter us. Only one of the two works at
a time. The peer's time has no retrieval in it: whoever uses it so pays for that as well.
"""

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.engine.figure import percentile, ratio
from bench.engine.server import Server
from bench.engine.work import TIMEOUT_S, Work, first_text_s, rows
from bench.node import Node

TOKENS_LIMIT = 48
ASKED_FOR_EACH = 10  # questions tried for each that is wanted: many are answered by template


@dataclass(frozen=True)
class Whole:
    """A node's whole answer: seconds to its end, its text, its cards' ids and how it was made."""

    total_s: float
    text: str
    cards: tuple[str, ...]
    mode: str


@dataclass(frozen=True)
class Crossing:
    """Both ways for one question, in seconds."""

    node_s: float
    peer_s: float
    tokens: int


def walk(
    work: Work, node: Node, peer: Server, data: Path, wanted: int, seed: int
) -> tuple[list[Crossing], dict[str, int]]:
    """Questions until `wanted` were phrased, and how all of them were answered, by mode."""
    records = {record["id"]: record for record in rows(data / "catalog.jsonl")}
    asked = rows(data / "questions.jsonl")
    random.Random(seed).shuffle(asked)
    found: list[Crossing] = []
    modes: dict[str, int] = {}
    for question in asked[: wanted * ASKED_FOR_EACH]:
        if len(found) >= wanted:
            break
        whole = ask(node.url, question["turns"])
        cards = [records[card] for card in whole.cards if card in records]
        mode = whole.mode if cards else "no records"
        modes[mode] = modes.get(mode, 0) + 1
        if mode == "phrase":
            tokens = min(TOKENS_LIMIT, count(peer, whole.text))
            body = prompt(work, peer, cards, question["turns"][-1], tokens)
            found.append(Crossing(whole.total_s, first_text_s(peer.url, body)[1], tokens))
    return found, modes


def ask(url: str, turns: list[str]) -> Whole:
    """One question of a visitor, after what was said before it. Raises RuntimeError on any other status."""
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(turns)]
    body = {"model": "prilavok", "messages": messages, "stream": True}
    last: dict[str, Any] = {}
    text: list[str] = []
    begun = time.perf_counter()
    with (
        httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
        client.stream("POST", f"{url}/v1/chat/completions", json=body) as reply,
    ):
        if reply.status_code != 200:
            raise RuntimeError(f"The node answered {reply.status_code}: {reply.read()[:300]!r}")
        for line in reply.iter_lines():
            last = read_line(line, text) or last
    total = time.perf_counter() - begun
    cards = tuple(card["id"] for card in last.get("cards", ()))
    return Whole(total, "".join(text), cards, last.get("mode", "none"))


def read_line(line: str, text: list[str]) -> dict[str, Any] | None:
    """Adds the text of a line, and gives its grounding."""
    if not line.startswith("data: {"):
        return None
    chunk = json.loads(line[6:])
    for choice in chunk.get("choices", ()):
        text.append(choice["delta"].get("content") or "")
    grounding: dict[str, Any] | None = chunk.get("grounding")
    return grounding


def prompt(
    work: Work, peer: Server, cards: list[dict[str, Any]], question: str, tokens: int
) -> dict[str, Any]:
    """The retrieval prompt for the peer, in the load script's own words."""
    texts = [work.script.record_text(at + 1, card) for at, card in enumerate(cards)]
    system = "\n".join([work.script.RULES, *texts])
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return {
        "model": peer.model,
        "messages": messages,
        "max_tokens": max(1, tokens),
        "temperature": 0,
        "ignore_eos": True,
    }


def count(peer: Server, text: str) -> int:
    """Tokens of a text, as the peer counts; the limit where it does not."""
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
        reply = client.post(f"{peer.url}/tokenize", json={"content": text})
    return len(reply.json()["tokens"]) if reply.status_code == 200 else TOKENS_LIMIT


def figures(found: list[Crossing], modes: dict[str, int]) -> dict[str, Any]:
    """The ratio of the medians, and what it stands on."""
    node = percentile([each.node_s for each in found], 50)
    peer = percentile([each.peer_s for each in found], 50)
    return {
        "questions": len(found),
        "by_mode": modes,
        "node_p50_s": node,
        "peer_p50_s": peer,
        "node_p95_s": percentile([each.node_s for each in found], 95),
        "peer_p95_s": percentile([each.peer_s for each in found], 95),
        "tokens_p50": percentile([float(each.tokens) for each in found], 50),
        "ratio": ratio(node, peer),
    }
