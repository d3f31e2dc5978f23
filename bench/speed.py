"""`make bench`: how fast a node answers and how much memory it takes; the last line is one JSON object.

    python -m bench.speed [--quick] [--questions 200] [--large 100000]

Question → cards is from sending a streamed request to its first chunk, first word from there to the first
text, whole answer to `[DONE]`; one question at a time over HTTP. On the real directory where ../shared is,
else on a generated one of the same size; and on a large generated one.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.evaluate import KEPT, imported
from bench.node import ROOT, Node, running

REAL = ROOT.parent / "shared" / "data" / "services"
SMALL = 5316
VECTORS_LIMIT_S = 3600.0
CATEGORIES = (
    ("craft/plumber", "plumber"),
    ("shop/hairdresser", "hairdresser"),
    ("amenity/restaurant", "restaurant"),
    ("amenity/dentist", "dentist"),
    ("amenity/pharmacy", "pharmacy"),
    ("shop/bicycle", "bicycle shop"),
    ("craft/electrician", "electrician"),
    ("tourism/hotel", "hotel"),
    ("shop/bakery", "bakery"),
    ("amenity/veterinary", "vet"),
)
SYLLABLES = (
    "ba",
    "der",
    "lo",
    "min",
    "ka",
    "tor",
    "vel",
    "sun",
    "ri",
    "mo",
    "pe",
    "shan",
    "dal",
    "ost",
    "gre",
    "wick",
)


@dataclass
class Timing:
    """Milliseconds of one run."""

    cards: list[float] = field(default_factory=list)
    first_word: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


def word(rng: random.Random) -> str:
    """An invented name."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()


def generated(count: int) -> Path:
    """A directory of invented providers, the same for the same count."""
    path = KEPT / f"generated-{count}.jsonl"
    if path.is_file():
        return path
    rng = random.Random(count)
    cities = [word(rng) for _ in range(60)]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        for number in range(count):
            category, name = rng.choice(CATEGORIES)
            provider = {
                "id": f"g{number}",
                "categories": [category],
                "name": f"{word(rng)} {word(rng)} {name}",
                "city": rng.choice(cities),
                "address": f"{rng.randint(1, 200)} {word(rng)} Street",
                "phone": f"+44 1632 96{rng.randint(0, 9999):04}",
                "opening_hours": rng.choice(("Mo-Fr 09:00-18:00", "Mo-Su 10:00-20:00", "24/7")),
                "rating": round(rng.uniform(2, 5), 1),
                "attributes": {
                    "has_wifi": rng.random() < 0.5,
                    "style": rng.choice(("classic", "modern", "quick")),
                },
            }
            out.write(json.dumps(provider) + "\n")
    partial.replace(path)
    return path


def questions(catalog: Path, count: int) -> list[str]:
    """Questions about what the directory holds; real ones for the real directory."""
    rng = random.Random(7)
    real = catalog.parent / "questions.jsonl"
    if real.is_file():
        rows = [json.loads(line) for line in real.open(encoding="utf-8")]
        return [row["turns"][-1] for row in rng.sample(rows, min(count, len(rows)))]
    cities = sorted({json.loads(line)["city"] for line in catalog.open(encoding="utf-8")})
    forms = (
        "I need a {what} in {city}",
        "{what} in {city} open now",
        "a good {what} with wifi in {city}",
        "{what}",
    )
    return [
        rng.choice(forms).format(what=rng.choice(CATEGORIES)[1], city=rng.choice(cities))
        for _ in range(count)
    ]


def ask(node: Node, asked: list[str]) -> Timing:
    """One question after another, streamed."""
    timing = Timing()
    with httpx.Client(base_url=node.url, timeout=120) as client:
        for question in asked:
            body = {"model": "prilavok", "stream": True, "messages": [{"role": "user", "content": question}]}
            begun = time.perf_counter()
            first_word = None
            with client.stream("POST", "/v1/chat/completions", json=body) as reply:
                for number, chunk in enumerate(_chunks(reply)):
                    now = (time.perf_counter() - begun) * 1000
                    if number == 0:
                        timing.cards.append(now)
                    elif (
                        first_word is None
                        and chunk["choices"]
                        and chunk["choices"][0]["delta"].get("content")
                    ):
                        first_word = now - timing.cards[-1]
            timing.whole.append((time.perf_counter() - begun) * 1000)
            if first_word is not None:
                timing.first_word.append(first_word)
    return timing


def _chunks(reply: httpx.Response) -> Iterator[dict]:  # type: ignore[type-arg]
    for line in reply.iter_lines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])


def embed_ms(node: Node, asked: list[str]) -> float | None:
    """Median milliseconds to embed one question over HTTP, or None without a model."""
    taken = []
    with httpx.Client(base_url=node.url, timeout=60) as client:
        for question in asked[:100]:
            begun = time.perf_counter()
            reply = client.post("/v1/embeddings", json={"input": question})
            if reply.status_code != 200:
                return None
            taken.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(taken), 2)


def wait_for_vectors(node: Node) -> None:
    """Until the node has made what it makes once, so that it is not timed while it does."""
    deadline = time.monotonic() + VECTORS_LIMIT_S
    while time.monotonic() < deadline:
        index = next(check for check in node.get("/health")["checks"] if check["name"] == "index")
        if "making" not in index["reason"]:
            return
        time.sleep(1)


def cut(values: list[float], percent: int) -> float | None:
    """A percentile, or None of nothing."""
    if len(values) < 2:
        return round(values[0], 1) if values else None
    return round(statistics.quantiles(values, n=100)[percent - 1], 1)


def measure(catalog: Path, count: int, flags: tuple[str, ...], label: str) -> dict[str, float | None]:
    """Figures of one directory, keys with their unit."""
    data_dir = imported(catalog)
    asked = questions(catalog, count)
    with running(data_dir, *flags, env={"PRILAVOK_ANSWER_CACHE": "false"}) as node:
        wait_for_vectors(node)
    with running(data_dir, *flags, env={"PRILAVOK_ANSWER_CACHE": "false"}) as node:
        ask(node, asked[:5])
        timing = ask(node, asked)
        return {
            f"{label}_cards_p50_ms": cut(timing.cards, 50),
            f"{label}_cards_p95_ms": cut(timing.cards, 95),
            f"{label}_first_word_p50_ms": cut(timing.first_word, 50),
            f"{label}_whole_p50_ms": cut(timing.whole, 50),
            f"{label}_whole_p95_ms": cut(timing.whole, 95),
            f"{label}_embed_p50_ms": embed_ms(node, asked),
            f"{label}_start_to_ready_s": round(node.ready_s, 2),
            f"{label}_peak_memory_mb": round(node.peak_memory_mb(), 0),
        }


def main() -> int:
    """Prints a table, then one line of JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few questions, no large directory")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("flags", nargs="*", help="flags for `prilavok-edge serve`, after --")
    given = parser.parse_args()
    count = 30 if given.quick else given.questions
    small = REAL / "catalog.jsonl" if (REAL / "catalog.jsonl").is_file() else generated(SMALL)
    figures = measure(small, count, tuple(given.flags), f"providers_{SMALL}")
    if not given.quick and given.large:
        figures |= measure(generated(given.large), count, tuple(given.flags), f"providers_{given.large}")
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"{name:<{width}}  {value if value is not None else 'none'}")
    print(json.dumps({"cores": os.cpu_count(), "questions": count, **figures}))
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except subprocess.CalledProcessError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
