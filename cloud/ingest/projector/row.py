"""Turns a record into a row of its type's table: columns for what many rows are asked, JSON for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from cloud.ingest.projector.opening import Sealed
from sync.clock import Corrected
from sync.record import ChatTurn, Feedback, HealthReport, LeadRequest, Receipt, Record, SupportPart

PLACE = (
    "tenant", "node", "epoch", "seq", "market", "session", "at", "clock", "boot", "mono_ms", "received_at",
)  # fmt: skip
TABLES: Mapping[str, tuple[str, ...]] = {
    "chat_turn": (
        "answer", "turn", "question", "language", "intent", "found", "mode", "total", "categories", "cards",
        "rest",
    ),
    "feedback": ("answer", "score", "reason", "mode", "intent"),
    "receipt": ("command", "outcome", "code", "counts"),
    "lead": ("id", "provider", "key", "enc", "sealed", "language", "consent"),
    "health_report": ("state", "findings", "counters", "gauges", "versions"),
    "support_part": ("command", "part", "parts", "data"),
}  # fmt: skip
"""By table, its columns beside the place."""
REST = (
    "filters", "near", "relaxed", "replaced", "flags", "prompt_tokens", "completion_tokens", "timings_ms",
    "versions",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row: values in the order of PLACE and the table's columns, as JSON has them."""

    table: str
    values: tuple[object, ...]

    @property
    def place(self) -> tuple[object, ...]:
        """Node, epoch and number."""
        return self.values[1:4]


def row(tenant: str, market: str, sealed: Sealed, record: Record, corrected: Corrected) -> Row:
    """The row of a record."""
    table, values = _typed(record)
    place = (
        tenant,
        sealed.node,
        sealed.epoch,
        sealed.seq,
        market,
        octets(sealed.data_key),
        moment(corrected.at_ms),
        corrected.quality,
        record.at.boot,
        record.at.mono_ms,
        moment(sealed.received_ms),
    )
    return Row(table, (*place, *values))


def written(rows: Sequence[Row]) -> str:
    """Rows of one table as a JSON array. Zero characters, which the database takes nowhere, become U+FFFD."""
    names = (*PLACE, *TABLES[rows[0].table])
    listed = [dict(zip(names, row.values, strict=True)) for row in rows]
    text = msgspec.json.encode(listed)
    if b"\\u0000" in text:
        text = msgspec.json.encode(_clean(msgspec.to_builtins(listed)))
    return text.decode()


def octets(data: bytes) -> str:
    """Bytes as the database reads them."""
    return f"\\x{data.hex()}"


def moment(ms: int) -> datetime:
    """Milliseconds since 1970 as a time. A record is never later than it was received, so it is in bounds."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def _typed(record: Record) -> tuple[str, tuple[object, ...]]:
    what = record.what
    match what:
        case ChatTurn():
            rest = {name: getattr(what, name) for name in REST}
            return "chat_turn", (*_of(what, TABLES["chat_turn"][:-1]), rest)
        case Feedback():
            return "feedback", _of(what, TABLES["feedback"])
        case Receipt():
            return "receipt", _of(what, TABLES["receipt"])
        case LeadRequest():
            return "lead", _of(what, TABLES["lead"])
        case HealthReport():
            return "health_report", _of(what, TABLES["health_report"])
        case SupportPart():
            return "support_part", _of(what, TABLES["support_part"])


def _of(what: msgspec.Struct, names: tuple[str, ...]) -> tuple[object, ...]:
    values = (getattr(what, name) for name in names)
    return tuple(octets(value) if isinstance(value, bytes) else value for value in values)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return value
