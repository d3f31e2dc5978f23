"""What a restart costs: the first text for a prompt met before it, over that on an emptied cache.

Each round has a folder of its own and a prompt of its own. Cold: a node that was never asked. Known: the same
node is stopped with SIGTERM and started again on the same folder. Both say hello first, so that loading is in
neither.
"""

from typing import Any

from bench.engine.figure import percentile, ratio
from bench.engine.server import ours
from bench.engine.session import Plan, copied
from bench.engine.work import Work, first_text_s, hello

PURPOSE = 3  # chatters that no other part of the measurement has


def rounds(plan: Plan, work: Work, count: int) -> list[tuple[float, float]]:
    """Seconds to the first text, cold and known, `count` times."""
    found = []
    for seed in plan.seeds(PURPOSE, 0, count):
        system, questions = work.conversation(seed, plan.shape)
        messages = [{"role": "system", "content": system}, {"role": "user", "content": questions[0]}]
        with copied(plan.data_dir) as folder:
            taken = []
            for _ in ("cold", "known"):
                with ours(folder) as (server, _node):
                    hello(server.url, server.model)
                    body = {"model": server.model, "messages": messages, "max_tokens": 8, "temperature": 0}
                    taken.append(first_text_s(server.url, body)[0])
            found.append((taken[0], taken[1]))
    return found


def figures(found: list[tuple[float, float]]) -> dict[str, Any]:
    """The ratio of the medians, and what it stands on."""
    cold = percentile([pair[0] for pair in found], 50)
    known = percentile([pair[1] for pair in found], 50)
    return {
        "rounds": len(found),
        "cold_ttft_p50_s": cold,
        "known_ttft_p50_s": known,
        "ratio": ratio(known, cold),
    }
