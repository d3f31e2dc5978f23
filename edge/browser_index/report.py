"""How much a page has to fetch, held against a budget: the first time, and to follow a change.

Sizes are as sent (gzip). The index is counted a thousand providers, since it grows with them; the rest is
counted as it is.
"""

import gzip
from pathlib import Path

import msgspec

from edge.browser_index.form import INDEX, Head
from edge.browser_index.shelf import Generation

# Kilobytes (1,000 bytes) as sent.
BUDGET_KB = {"index_per_1000_kb": 1200.0, "market_kb": 100.0, "rules_kb": 700.0, "language_kb": 900.0}
PER = 1000


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Kilobytes as sent; `over` names the budgets that do not hold."""

    providers: int
    index_kb: float
    index_per_1000_kb: float
    market_kb: float
    rules_kb: float
    language_kb: float
    head_kb: float
    first_kb: float
    over: tuple[str, ...] = ()


def sizes(generation: Generation) -> Sizes:
    """What a page fetches the first time."""
    head = generation.head
    sent = {f"{name}_kb": _kb((generation.folder / f"{name}.gz").stat().st_size) for name in head.parts}
    head_kb = _kb(len(gzip.compress(generation.encoded)))
    found = {
        **sent,
        "head_kb": head_kb,
        "index_per_1000_kb": round(sent["index_kb"] * PER / max(head.providers, 1), 1),
        "first_kb": round(sum(sent.values()) + head_kb, 1),
    }
    over = tuple(name for name, most in BUDGET_KB.items() if found[name] > most)
    return Sizes(providers=head.providers, over=over, **found)


def delta_kb(before: Head, after: Generation) -> float:
    """What a page that has `before` fetches of the index to have `after`, in kilobytes as sent."""
    part = after.head.parts[INDEX]
    new = set(part.chunks) - set(before.parts[INDEX].chunks)
    data = Path(after.part(INDEX)).read_bytes()
    pieces = (data[n : n + part.chunk_bytes] for n in range(0, part.bytes, part.chunk_bytes))
    sent = {digest: len(gzip.compress(piece)) for digest, piece in zip(part.chunks, pieces, strict=True)}
    return _kb(sum(sent[digest] for digest in new))


def _kb(size_bytes: int) -> float:
    return round(size_bytes / 1000, 1)
