"""`make bench-record`: whether answers hold when a record's KV is reused among other records; ends with JSON.

    python -m bench.record_quality [--questions 300] [--seed 0] [--tokens 48]

Real questions about one fact of one record. The prompt holds that record and three others of the same kind
and place, in a drawn order. Asked of the bare engine: which record is meant (a grammar allows [1] to [4]),
and the answer (greedy; for yes/no a grammar allows those two). Once with record KV on, once off, each on a
node of its own. With it on, the same records are first sent in another order under another question, so that
what is then reused was truly computed among other neighbours. Without that step both would compute everything
and always agree.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.engine.paired import bootstrap, mcnemar
from bench.engine.record_truth import YES_NO, right
from bench.engine.server import NotStarted, ours, pin, prepared
from bench.engine.session import copied
from bench.engine.work import TIMEOUT_S, Work, WorkMissing, hello, read, rows
from bench.node import ROOT, NotReadyError
from edge.settings import Settings

RECORDS = 4
CHOICES = tuple(f"[{number}]" for number in range(1, RECORDS + 1))
CHOICE = "root ::= " + " | ".join(f'"{choice}"' for choice in CHOICES)
SETTING = "record_kv"


@dataclass(frozen=True)
class Case:
    """One question with its records in order; the one at `at` is meant."""

    question: str
    records: tuple[dict[str, Any], ...]
    at: int
    slot: str
    value: object


@dataclass(frozen=True)
class Said:
    """What the engine said to one case, and whether it was right."""

    choice: str
    answer: str
    choice_right: bool
    answer_right: bool


def cases(data: Path, count: int, seed: int) -> list[Case]:
    """The same for the same arguments. Questions that ask for several facts at once are left out."""
    rng = random.Random(seed)
    catalog = rows(data / "catalog.jsonl")
    by_id = {record["id"]: record for record in catalog}
    near: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in catalog:
        near.setdefault((record["categories"][0], record["city"]), []).append(record)
    asked = [row for row in rows(data / "questions.jsonl") if row["type"] == "fact"]
    times = Counter(tuple(row["turns"]) for row in asked)
    rng.shuffle(asked)
    found: list[Case] = []
    for row in asked:
        meant = by_id[row["provider"]]
        others = [r for r in near[meant["categories"][0], meant["city"]] if r["id"] != meant["id"]]
        if times[tuple(row["turns"])] == 1 and len(others) >= RECORDS - 1:
            chosen = [meant, *rng.sample(others, RECORDS - 1)]
            rng.shuffle(chosen)
            question = f"I am asking about {meant['name']}. {row['turns'][-1]}"
            found.append(Case(question, tuple(chosen), chosen.index(meant), row["slot"], row["value"]))
        if len(found) == count:
            break
    return found


def messages(work: Work, records: tuple[dict[str, Any], ...], question: str) -> list[dict[str, str]]:
    """The retrieval prompt, in the load script's own words."""
    texts = [work.script.record_text(at + 1, record) for at, record in enumerate(records)]
    system = "\n".join([work.script.RULES, *texts])
    return [{"role": "system", "content": system}, {"role": "user", "content": question}]


@dataclass(frozen=True)
class Engine:
    """The bare engine of a node."""

    client: httpx.Client
    url: str
    model: str

    def say(self, prompt: list[dict[str, str]], tokens: int, grammar: str | None = None) -> str:
        """Greedy text. Raises RuntimeError where the node refuses."""
        body = {"model": self.model, "messages": prompt, "max_tokens": tokens, "temperature": 0}
        reply = self.client.post(
            f"{self.url}/v1/chat/completions", json=body | ({"grammar": grammar} if grammar else {})
        )
        if reply.status_code != 200:
            raise RuntimeError(f"The node answered {reply.status_code}: {reply.text[:300]}")
        return str(reply.json()["choices"][0]["message"]["content"] or "")


def ask(engine: Engine, work: Work, case: Case, tokens: int, prime: bool) -> Said:
    """Both questions about one case."""
    if prime:
        turned = (*case.records[2:], *reversed(case.records[:2]))
        engine.say(messages(work, turned, "Who is open on Sunday?"), 1)
    prompt = messages(work, case.records, f"{case.question} Which record is it? Give its number.")
    choice = engine.say(prompt, 8, CHOICE).strip()
    if choice not in CHOICES:
        raise RuntimeError(f"The node did not keep to the grammar: it said {choice!r}")
    grammar = YES_NO if isinstance(case.value, bool) else None
    answer = engine.say(messages(work, case.records, case.question), tokens, grammar)
    return Said(choice, answer, choice == CHOICES[case.at], right(case.slot, case.value, answer))


def run(
    data_dir: Path, work: Work, asked: list[Case], tokens: int, setting: str
) -> tuple[list[Said], dict[str, float]]:
    """All cases on a fresh node, and by how much its counters about records grew."""
    with (
        copied(data_dir) as folder,
        ours(folder, **{f"PRILAVOK_{SETTING.upper()}": setting}) as (server, _node),
        httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
    ):
        hello(server.url, server.model)
        engine = Engine(client, server.url, server.model)
        said = []
        for number, case in enumerate(asked, 1):
            said.append(ask(engine, work, case, tokens, prime=setting == "on"))
            if number % 25 == 0:
                print(f"  record KV {setting}: {number} of {len(asked)}", flush=True)
        return said, dict(counters(client.get(f"{server.url}/metrics").text))


def counters(text: str) -> Iterator[tuple[str, float]]:
    """What the node counts about records in its cache: proof that it was at work, or not."""
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if not line.startswith("#") and "record" in name and not name.endswith("_created"):
            yield name, float(value)


def summary(on: list[Said], off: list[Said], seed: int) -> dict[str, Any]:
    """The last line: shares, differences in points with their intervals, agreement."""
    found: dict[str, Any] = {"questions": len(on)}
    for part in ("choice", "answer"):
        with_it = [getattr(said, f"{part}_right") for said in on]
        without = [getattr(said, f"{part}_right") for said in off]
        same = sum(getattr(a, part) == getattr(b, part) for a, b in zip(on, off, strict=True))
        low, high = bootstrap(with_it, without, seed)
        found |= {
            f"{part}_on": round(100 * sum(with_it) / len(with_it), 2),
            f"{part}_off": round(100 * sum(without) / len(without), 2),
            f"{part}_difference_points": round(100 * (sum(with_it) - sum(without)) / len(on), 2),
            f"{part}_interval_points": [round(low, 2), round(high, 2)],
            f"{part}_mcnemar_p": round(mcnemar(with_it, without), 4),
            f"{part}_agreement": round(100 * same / len(on), 2),
        }
    for setting, said in (("on", on), ("off", off)):
        found[f"picks_{setting}"] = [sum(each.choice == choice for each in said) for choice in CHOICES]
    both = [found["choice_difference_points"], found["answer_difference_points"]]
    return {**found, "difference_points": max(both, key=abs)}


def table(found: dict[str, Any]) -> str:
    """For people."""
    lines = [f"{'':<8}{'on %':>8}{'off %':>8}{'points':>8}  {'95 % interval':<18}{'same text %':>12}{'p':>8}"]
    for part in ("choice", "answer"):
        low, high = found[f"{part}_interval_points"]
        lines.append(
            f"{part:<8}{found[f'{part}_on']:>8.2f}{found[f'{part}_off']:>8.2f}"
            f"{found[f'{part}_difference_points']:>+8.2f}  {f'{low:+.2f} to {high:+.2f}':<18}"
            f"{found[f'{part}_agreement']:>12.2f}{found[f'{part}_mcnemar_p']:>8.3f}"
        )
    picks = "; ".join(
        f"{setting}: {' '.join(map(str, found[f'picks_{setting}']))}" for setting in ("on", "off")
    )
    return "\n".join([*lines, f"records chosen, by their place: {picks}"])


def main() -> int:
    """0; 2 where the data or the setting is not there, 1 where a node failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "services")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if SETTING not in Settings.model_fields:
        print(f"This node has no setting {SETTING}: on and off would be the same.", file=sys.stderr)
        return 2
    pin()
    try:
        data = given.data.resolve()
        work, asked = read(data, given.seed), cases(data, given.questions, given.seed)
        data_dir = prepared(data)
        (off, _), (on, counted) = (
            run(data_dir, work, asked, given.tokens, setting) for setting in ("off", "on")
        )
    except WorkMissing as error:
        print(error, file=sys.stderr)
        return 2
    except (NotReadyError, NotStarted, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    found = {**summary(on, off, given.seed), "counters_on": counted}
    print(table(found))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
