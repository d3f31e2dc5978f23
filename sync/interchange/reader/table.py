"""CSV: rows to providers by a mapping. Streams; a row that cannot be read spoils no other."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from sync.errors import Refused
from sync.interchange.document import LINE_LIMIT_BYTES, entry
from sync.interchange.entry import Entry, Rejected
from sync.interchange.reader.context import Context
from sync.interchange.reader.mapping import Column, Mapping, of_header

csv.field_size_limit(LINE_LIMIT_BYTES)
Row = dict[str, str]


class _Lines:
    """Text lines of bounded length; counts them, and marks those that had to be cut."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        bom = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        self._text = io.TextIOWrapper(source, encoding=bom, errors="surrogateescape", newline="")
        self.number = 0
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LINE_LIMIT_BYTES):
            self.number += 1
            while len(line) == LINE_LIMIT_BYTES and not line.endswith("\n"):
                self.cut = True
                if (rest := self._text.readline(LINE_LIMIT_BYTES)).endswith("\n") or not rest:
                    line = "\n"
            yield line


def read(source: BinaryIO, context: Context, mapping: Mapping | None = None) -> Iterator[Entry]:
    """Entries by the number of the line a row ends on; the header is line 1."""
    mapping = mapping or Mapping()
    lines = _Lines(source, mapping.encoding)
    rows = _rows(lines, mapping)
    header = next(rows, None)
    if not isinstance(header, list):
        return
    columns = _columns(header, mapping)
    for row in rows:
        number = lines.number
        if isinstance(row, str):
            yield Rejected(number, (row,))
        elif lines.cut:
            lines.cut = False
            yield Rejected(number, (f"is longer than {LINE_LIMIT_BYTES} characters",))
        elif any(cell.strip() for cell in row):
            yield _entry(number, header, row, columns, mapping, context)


def _rows(lines: _Lines, mapping: Mapping) -> Iterator[list[str] | str]:
    """Rows, or the reason why one is none; goes on after a bad one."""
    source = iter(lines)
    while True:
        reader = csv.reader(source, delimiter=mapping.delimiter, quotechar=mapping.quote)
        try:
            yield from reader
            return
        except csv.Error as error:
            yield f"is no row: {error}"


def _columns(header: list[str], mapping: Mapping) -> dict[str, Column]:
    names = [name.strip() for name in header]
    header[:] = names
    columns = mapping.targets() if mapping.columns else of_header(names)
    absent = sorted({column.column for column in columns.values()} - set(names))
    if absent:
        raise Refused(
            f"the table has no column {', '.join(map(repr, absent))}; it has {', '.join(map(repr, names))}.",
            code="mapping.column",
            hint="Name the columns in the mapping file as the table's first line does.",
        )
    return columns


def _entry(
    number: int,
    header: list[str],
    row: list[str],
    columns: dict[str, Column],
    mapping: Mapping,
    context: Context,
) -> Entry:
    if len(row) > len(header):
        return Rejected(number, (f"has {len(row)} cells, the header has {len(header)}",))
    if any(re.search("[\ud800-\udfff]", cell) for cell in row):
        return Rejected(number, (f"is not {mapping.encoding}",))
    cells = dict(zip(header, row, strict=False))
    raw: dict[str, Any] = {}
    for target, value in mapping.constants.items():
        _put(raw, target, value)
    faults = []
    for target, column in columns.items():
        text = cells.get(column.column, "").strip()
        if text:
            try:
                _put(raw, target, _value(text, column, mapping))
            except ValueError as error:
                faults.append(f"{target}: {error}")
    if faults:
        return Rejected(number, tuple(faults), raw.get("id"))
    if context.category and "categories" not in raw:
        raw["categories"] = [context.category]
    if context.city and "city" not in raw:
        raw["city"] = context.city
    return entry(number, raw)


def _value(text: str, column: Column, mapping: Mapping) -> object:
    if column.type == "list":
        parts = [part.strip() for part in text.split(column.split or ";")]
        return [column.values.get(part, part) for part in parts if part]
    if text in column.values:
        return column.values[text]
    if column.type == "bool":
        return _truth(text, mapping)
    if column.type == "number":
        return _number(text, mapping.decimal)
    if column.split:
        return ";".join(part.strip() for part in text.split(column.split) if part.strip())
    return text


def _truth(text: str, mapping: Mapping) -> bool:
    word = text.casefold()
    if word in mapping.true or word in mapping.false:
        return word in mapping.true
    raise ValueError(f"{text!r} is neither true nor false")


def _number(text: str, decimal: str) -> float:
    plain = re.sub(r"[\s\u00a0\u202f']", "", text)
    plain = plain.replace(".", "").replace(",", ".") if decimal == "," else plain.replace(",", "")
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if not abs(value) < 1e15:
        raise ValueError(f"{text!r} is no number")
    return int(value) if value.is_integer() else value


def _put(raw: dict[str, Any], target: str, value: object) -> None:
    """Sets a field by its path; `offer.` paths make up one offer, attribute keys may contain dots."""
    if target.startswith("attributes."):
        raw.setdefault("attributes", {})[target.removeprefix("attributes.")] = value
    elif target.startswith("offer."):
        offer = raw.setdefault("offers", [{"name": {}}])[0]
        *path, last = target.split(".")[1:]
        (offer["name"] if path else offer)[last] = value
    elif target.startswith("texts."):
        _, language, part = target.split(".")
        raw.setdefault("texts", {}).setdefault(language, {})[part] = value
    else:
        raw[target] = value
