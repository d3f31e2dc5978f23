"""What a reader makes of one line or element of its source: a provider to keep, an id to delete, or a fault.

Types only. `number` counts lines (JSONL, CSV) or elements (JSON documents) from 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sync.provider import Provider

SHOWN_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Upsert:
    """A provider to add or replace. `document` is its whole JSON, unknown fields kept; `notes` are doubts."""

    number: int
    provider: Provider
    document: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """A provider to take out."""

    number: int
    id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that cannot be used, and why: one reason a field."""

    number: int
    reasons: tuple[str, ...]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that is no provider at all, such as a street in a map extract: no fault."""

    number: int


Entry = Upsert | Deletion | Rejected | Passed
Entries = Iterable[Entry]


@dataclass(frozen=True)
class Problem:
    """A refused line (`refused`), or a doubt about one that was kept."""

    number: int
    reason: str
    refused: bool
    id: str | None = None


@dataclass
class Report:
    """What an import did. `problems` holds the first SHOWN_LIMIT; the counts are of all."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0
    passed_over: int = 0
    doubtful: int = 0
    problems: list[Problem] = field(default_factory=list)
    applied: bool = False
    version: int = 0
    seconds: float = 0.0

    def note(self, problem: Problem) -> None:
        if problem.refused:
            self.refused += 1
        else:
            self.doubtful += 1
        if len(self.problems) < SHOWN_LIMIT:
            self.problems.append(problem)


class Progress(Protocol):
    """Told after every line how many have been taken."""

    def __call__(self, taken: int) -> None: ...
