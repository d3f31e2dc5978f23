"""The published schemas follow the types and the importer's rules."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sync.interchange.document import parse
from sync.interchange.entry import Rejected
from sync.schema import build

GOOD = {"id": "a", "categories": ["craft/plumber"], "name": "A"}


def _valid(document: object) -> bool:
    schema = json.loads((Path(build.__file__).parent / "provider.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema).is_valid(document)


def test_published_files_are_fresh() -> None:
    for name, schema in build.schemas().items():
        assert (build.HERE / name).read_text("utf-8") == build.text(schema), "python -m sync.schema.build"


def test_every_schema_is_a_schema() -> None:
    for schema in build.schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"future_field": {"kept": True}},
        {"lat": 1.5, "lon": -2},
        {"attributes": {"wifi": True, "stars": 4, "cuisine": "thai", "unknown": None}},
        {"offers": [{"name": {"en": "Cut"}, "price_from": 10, "currency": "EUR"}]},
        {"texts": {"zh-TW": {"title": "x"}}, "languages": ["en", "pt-BR"]},
    ],
)
def test_schema_and_importer_accept_the_same(change: dict[str, Any]) -> None:
    document = GOOD | change
    assert _valid(document)
    assert not isinstance(parse(1, json.dumps(document).encode()), Rejected)


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": 5},
        {"name": "x" * 301},
        {"categories": []},
        {"categories": ["no spaces"]},
        {"lat": 1.5},
        {"lat": 91, "lon": 0},
        {"rating": 5.1},
        {"price_band": 0},
        {"url": "javascript:alert(1)"},
        {"languages": ["english language"]},
        {"offers": [{"price_from": 1}]},
        {"offers": [{"name": {"en": "Cut"}, "currency": "euro"}]},
        {"attributes": {"hours": ["list"]}},
    ],
)
def test_schema_and_importer_refuse_the_same(change: dict[str, Any]) -> None:
    document = GOOD | change
    assert not _valid(document)
    assert isinstance(parse(1, json.dumps(document).encode()), Rejected)


def test_deletion_is_a_line_too() -> None:
    assert _valid({"id": "a", "deleted": True})
