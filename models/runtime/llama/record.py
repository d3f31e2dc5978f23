"""Finding numbered records in a prompt, so that what was computed for a record serves wherever it stands.

A prompt of retrieval is rules, then lines `[1] …`, `[2] …`, then the question. The keys and values of
a record are computed once, as if it were the first after the rules, and moved to where it stands
(`rope.py`): its tokens do not see the other records, while the question and the answer see all. The first
record and the rules are exact; for the others this is an approximation (as in Block-Attention, arXiv
2409.15355, without its fine-tuning), used for a model only where answers were measured to hold
(models/README.md).
"""

import re
from dataclasses import dataclass

import numpy as np

from models.runtime.llama.radix import Tokens

LINE = re.compile(rb"^\[(\d{1,2})\](?= )[^\n]*", re.MULTILINE)
LEAST_TOKENS = 16  # shorter records are not worth the work


@dataclass(frozen=True)
class Part:
    """Some tokens of a prompt, from `begin` to `end`; their keys and values are those that end `path`."""

    begin: int
    end: int
    path: Tokens

    @property
    def source(self) -> int:
        """The position in `path` from which on it is taken."""
        return len(self.path) - (self.end - self.begin)


def find(text: bytes, tokens: Tokens, lengths: Tokens, within: tuple[int, int]) -> tuple[Part, ...]:
    """The parts that a prompt begins with, the rules first, the last record last; empty where it has no
    records to share.

    `lengths` are the bytes of each token, which together are `text`; records are looked for in the bytes
    `within`. A record counts where its line begins and ends between tokens.
    """
    ends = np.concatenate(([0], np.cumsum(lengths)))
    if int(ends[-1]) != len(text):
        return ()
    records: list[tuple[int, int, int]] = []
    for match in LINE.finditer(text, *within):
        if int(match[1]) != len(records) + 1:
            break
        found = _record(ends, text, match, records[-1][2] if records else None)
        if found is None:
            break
        records.append(found)
    return _parts(tokens, records) if len(records) > 1 and records[0][0] > 0 else ()


def _record(
    ends: Tokens, text: bytes, match: re.Match[bytes], before: int | None
) -> tuple[int, int, int] | None:
    """The tokens at which its label begins, its text begins, and its text ends. The line break before it is
    part of the label, or of the record `before`, where the model's tokens have it so."""
    start = match.start()
    broken = start - 1 if text[start - 1 : start] == b"\n" else start
    label = _cut(ends, broken, start) if before is None else before
    body, end = _cut(ends, match.end(1) + 1), _cut(ends, match.end(), match.end() + 1)
    if label is None or body is None or end is None or int(ends[label]) not in (broken, start):
        return None
    return (label, body, end) if end - body >= LEAST_TOKENS else None


def _cut(ends: Tokens, *offsets: int) -> int | None:
    """The token that begins at the first of these bytes at which one does."""
    for offset in offsets:
        index = int(np.searchsorted(ends, offset))
        if index < len(ends) and int(ends[index]) == offset:
            return index
    return None


def _parts(tokens: Tokens, records: list[tuple[int, int, int]]) -> tuple[Part, ...]:
    rules, first, end = records[0]
    before = tokens[:first]
    parts = [Part(0, rules, tokens[:rules]), Part(rules, first, before), Part(first, end, tokens[:end])]
    for label, body, last in records[1:]:
        parts.append(Part(label, body, np.concatenate((tokens[:rules], tokens[label:body]))))
        parts.append(Part(body, last, np.concatenate((before, tokens[body:last]))))
    return tuple(parts)
