"""Compiles the taxonomy: `python -m edge.catalog.taxonomy_build [OUT] [--source FOLDER]`.

Reads the unpacked npm package @openstreetmap/id-tagging-schema and the TOML files in taxonomy_source/, writes
one compact file. A build step: the node reads only what it writes. Same input, same bytes out.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from edge.search.fold import fold
from sync.errors import Missing, PrilavokError
from sync.taxonomy import FILE as OUT
from sync.taxonomy_form import FORM, INDEX_MEMBER, Category, Field, Index, Words, member

HERE = Path(__file__).parent
TOML = HERE / "taxonomy_source"
PACKAGE = TOML / "node_modules" / "@openstreetmap" / "id-tagging-schema"

# Types that say nothing of the kind of place.
GENERIC = ("LocalBusiness", "ProfessionalService", "HomeAndConstructionBusiness", "CivicStructure")

# A remark at the end of a name: "Bar (latam)".
REMARK = re.compile(r"\s*[(（][^()（）]*[)）]$")
SOFT_HYPHEN = "\u00ad"

Json = dict[str, Any]


class Source:
    """The unpacked package: presets, fields and translations."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "dist" / "presets.json").is_file():
            raise Missing(
                f"the tagging schema is not in {folder}.",
                code="taxonomy.source",
                hint="Run `make setup`, or give an unpacked @openstreetmap/id-tagging-schema with --source.",
            )
        self.folder = folder
        self.version = str(_json(folder / "package.json")["version"])
        self.presets = _json(folder / "dist" / "presets.json")
        self.fields = _json(folder / "dist" / "fields.json")

    def translation(self, language: str) -> Json:
        """{"presets": …, "fields": …} of a language; empty where the package has none."""
        path = self.folder / "dist" / "translations" / f"{language}.json"
        if not path.is_file():
            return {}
        found: Json = _json(path).get(language, {}).get("presets", {})
        return found


def build(source: Source) -> dict[str, bytes]:
    """The members of the compiled file, by name."""
    scope = _toml("scope.toml")
    ids = [id for id in sorted(source.presets) if _wanted(id, source.presets[id], scope)]
    members = {}
    for language in scope["languages"]:
        words = _words(source, language, ids, scope)
        members[member(language)] = msgspec.msgpack.encode(words, order="sorted")
    types = _toml("schema_type.toml")
    categories = {id: _category(id, source.presets[id], ids, types["types"]) for id in ids}
    index = Index(
        form=FORM,
        source=f"id-tagging-schema {source.version}",
        digest="",
        languages=tuple(scope["languages"]),
        categories=categories,
        imports=_imports(ids, types),
        fallbacks=scope["fallbacks"],
    )
    index = msgspec.structs.replace(index, digest=_digest([*members.values(), msgspec.msgpack.encode(index)]))
    return {INDEX_MEMBER: msgspec.msgpack.encode(index, order="sorted"), **members}


def write(members: Mapping[str, bytes], out: Path) -> None:
    """Puts the file in place whole: a reader sees the old one or the new one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    with open(partial, "rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, out)


def _wanted(id: str, preset: Json, scope: Json) -> bool:
    if "/" not in id or any(_within(id, left_out) for left_out in scope["without"]):
        return False
    return id.split("/")[0] in scope["roots"] or any(_within(id, also) for also in scope["also"])


def _within(id: str, ancestor: str) -> bool:
    return id == ancestor or id.startswith(ancestor + "/")


def _lineage(id: str) -> Iterable[str]:
    """The id and those above it, nearest first: "a/b/c", "a/b", "a"."""
    parts = id.split("/")
    return ("/".join(parts[:length]) for length in range(len(parts), 0, -1))


def _category(id: str, preset: Json, ids: list[str], types: dict[str, str]) -> Category:
    above = [ancestor for ancestor in _lineage(id) if ancestor != id]
    return Category(
        parent=next((ancestor for ancestor in above if ancestor in ids), None),
        icon=preset.get("icon"),
        schema_type=next((types[ancestor] for ancestor in _lineage(id) if ancestor in types), None),
        tags=preset["tags"],
        added={key: value for key, value in preset.get("addTags", {}).items() if key not in preset["tags"]},
        score=float(preset.get("matchScore", 1.0)),
    )


def _imports(ids: list[str], types: Json) -> dict[str, str]:
    found: dict[str, str] = {}
    for id, type in types["types"].items():
        if id in ids and type not in GENERIC:
            found.setdefault(type, id)
    found.update(types["imports"])
    return found


def _words(source: Source, language: str, ids: list[str], scope: Json) -> Words:
    layers = [source.translation(tag) for tag in (language, *scope["variants"].get(language, ()))]
    own = _own(language)
    labels: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}
    spoken = {id: _spoken(id, layers, own) for id in ids}
    for id in ids:
        label, said = spoken[id]
        for twin in _twins(id, scope["twins"]):
            other, more = spoken.get(twin, ("", []))
            label, said = label or other, [*said, other, *more]
        if label:
            labels[id] = label
        if kept := _distinct(said, without=label):
            terms[id] = kept
    terms = _owned(labels, terms, own, scope["twins"])
    fields = {key: field for key in scope["fields"] if (field := _field(source, layers, key)) is not None}
    return Words(labels, terms, fields)


def _owned(
    labels: dict[str, str], terms: dict[str, tuple[str, ...]], own: Json, twins: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """The terms less those that belong to another kind, or are only shared with what it is a kind of.

    A name belongs to the kinds it names, an everyday word to those it was written for. The schema lists "bar"
    and "dinner" under every cuisine; a search word is worth what it tells apart.
    """
    owners: dict[str, set[str]] = {}
    for id, words in own.items():
        for word in words.get("terms", []):
            owners.setdefault(fold(word), set()).add(id)
    for id, label in labels.items():
        owners.setdefault(fold(label), set()).add(id)
    said = {id: {fold(term) for term in some} for id, some in terms.items()}
    kept = {}
    for id, some in terms.items():
        above = [ancestor for ancestor in _lineage(id) if ancestor != id]
        shared = set().union(*(said.get(ancestor, set()) for ancestor in above))
        mine = {id, *_twins(id, twins)}
        kept[id] = tuple(
            term for term in some if owners.get(key := fold(term), mine) & mine and key not in shared
        )
    return {id: some for id, some in kept.items() if some}


def _spoken(id: str, layers: list[Json], own: Json) -> tuple[str, list[str]]:
    """(label, other names and search terms) of a category in one language."""
    mine = own.get(id, {})
    found = [layer["presets"][id] for layer in layers if id in layer.get("presets", {})]
    names = [part for preset in found for part in _alternatives(preset.get("name", ""))]
    everyday = mine.get("terms", [])
    label = mine.get("label") or next((name.replace(SOFT_HYPHEN, "") for name in [*names, *everyday]), "")
    said = [*names, *everyday]
    for preset in found:
        said += [*preset.get("aliases", []), *preset.get("terms", [])]
    return label, said


def _alternatives(name: str) -> list[str]:
    """Each of the names in "Plumber / Pipe Fitter", then those that carry a remark without it."""
    parts = [part.strip() for part in name.split(" / ") if part.strip()]
    return [*parts, *(plain for part in parts if (plain := REMARK.sub("", part)) and plain != part)]


def _twins(id: str, twins: dict[str, str]) -> list[str]:
    return [new for old, new in twins.items() if old == id] + [old for old, new in twins.items() if new == id]


def _distinct(said: Iterable[str], without: str) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for text in said:
        text = " ".join(text.replace(SOFT_HYPHEN, "").split())
        if text and text.casefold() != without.casefold():
            kept.setdefault(text.casefold(), text)
    return tuple(kept.values())


def _field(source: Source, layers: list[Json], key: str) -> Field | None:
    """The attribute with an OSM key, from every form field that is about it."""
    label = ""
    terms: list[str] = []
    values: dict[str, str] = {}
    for id in sorted(source.fields, key=lambda id: (id != key.rstrip(":").replace(":", "/"), id)):
        field = source.fields[id]
        if key != field.get("key") and key not in field.get("keys", ()):
            continue
        alone = "keys" not in field
        for layer in layers:
            said = layer.get("fields", {}).get(id, {})
            options = {value: _title(text) for value, text in said.get("options", {}).items()}
            values = {**options, **values} if alone else values
            label = label or (said.get("label", "") if alone else options.get(key, ""))
            terms += said.get("terms", []) if alone else []
    if not label and not values:
        return None
    kept = {value: text for value, text in values.items() if text}
    return Field(label.strip(), _distinct(terms, without=label), kept)


def _title(option: str | dict[str, str]) -> str:
    return (option if isinstance(option, str) else option.get("title", "")).strip()


def _own(language: str) -> Json:
    """Everyday words and better labels written for this product, by category id."""
    path = TOML / "words" / f"{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def _json(path: Path) -> Json:
    found: Json = json.loads(path.read_text("utf-8"))
    return found


def _toml(name: str) -> Json:
    return tomllib.loads((TOML / name).read_text("utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the taxonomy.")
    parser.add_argument("out", nargs="?", type=Path, default=OUT)
    parser.add_argument("--source", type=Path, default=PACKAGE)
    chosen = parser.parse_args()
    try:
        members = build(Source(chosen.source))
    except PrilavokError as error:
        print(error, file=sys.stderr)
        return 1
    write(members, chosen.out)
    print(f"{chosen.out}: {len(members) - 1} languages, {chosen.out.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
