"""Which column of a table becomes which field: the TOML file beside a CSV, checked before the first row.

delimiter = ";"
decimal = ","

[columns]
id = "Nr"
name = "Firma"
categories = { column = "Branche", split = "/", values = { Klempner = "craft/plumber" } }
"texts.de.description" = "Beschreibung"
"attributes.wheelchair" = { column = "Barrierefrei", type = "bool" }
"offer.price_from" = "Preis ab"

[constants]
city = "Testhausen"
"""

import re
import tomllib
from typing import Any, Literal

import msgspec

from sync.errors import Refused
from sync.provider import Provider

TEXT = ("id", "name", "city", "address", "phone", "email", "url", "opening_hours", "updated_at")
NUMBER = ("lat", "lon", "rating", "price_band", "offer.price_from", "offer.price_to", "offer.duration_min")
LIST = ("categories", "languages")
_TARGET = re.compile(r"texts\.[\w-]+\.(title|description)|attributes\..+|offer\.name\.[\w-]+|offer\.currency")

Kind = Literal["text", "number", "bool", "list"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column: how its text is read. `values` replaces texts, `split` parts a list or an attribute."""

    column: str
    type: Kind = "text"
    split: str | None = None
    values: dict[str, str | bool | int | float] = {}


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole mapping file. Without `columns` the header's own names are taken as fields."""

    columns: dict[str, Column | str] = {}
    constants: dict[str, Any] = {}
    delimiter: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    true: tuple[str, ...] = ("true", "yes", "y", "1", "x")
    false: tuple[str, ...] = ("false", "no", "n", "0")

    def targets(self) -> dict[str, Column]:
        """Field path to column, types filled in where the field has its own."""
        return {target: _typed(target, column) for target, column in self.columns.items()}


def load(data: bytes) -> Mapping:
    """The mapping in a TOML file. Refused says which entry is wrong and why."""
    try:
        raw = tomllib.loads(data.decode("utf-8"))
        mapping = msgspec.convert(raw, Mapping)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise refused(str(error)) from error
    for target in (*mapping.columns, *mapping.constants):
        check(target)
    for name, char in (("delimiter", mapping.delimiter), ("quote", mapping.quote)):
        if len(char) != 1:
            raise refused(f"{name} {char!r} must be one character")
    try:
        "".encode(mapping.encoding)
    except LookupError as error:
        raise refused(f"encoding {mapping.encoding!r} is not known") from error
    return mapping


def of_header(names: list[str]) -> dict[str, Column]:
    """Columns for a table without a mapping: those whose names are field paths; others become attributes."""
    known = set(Provider.__struct_fields__) - {"texts", "attributes", "offers"}
    found = {}
    for name in names:
        target = name if name in known or _known(name) else f"attributes.{name}"
        if name.strip():
            found[target] = _typed(target, Column(name, split=";" if target in LIST else None))
    return found


def check(target: str) -> None:
    """Refused for a field path that there is none of."""
    if not _known(target):
        raise refused(
            f"{target!r} is no field; {', '.join((*TEXT, *LIST))}, texts.<language>.title and so on are"
        )


def refused(reason: str) -> Refused:
    return Refused(
        f"the mapping file cannot be used: {reason}.",
        code="mapping.form",
        hint="edge/catalog/README.md shows one.",
    )


def _known(target: str) -> bool:
    return target in (*TEXT, *NUMBER, *LIST) or _TARGET.fullmatch(target) is not None


def _typed(target: str, column: Column | str) -> Column:
    full = Column(column) if isinstance(column, str) else column
    if target in NUMBER:
        return msgspec.structs.replace(full, type="number")
    if target in LIST:
        return msgspec.structs.replace(full, type="list", split=full.split or ";")
    return full
