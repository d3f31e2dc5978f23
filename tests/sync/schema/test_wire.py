"""The published schemas of the protocol take what is really sent, and refuse what is refused."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from sync.schema import build
from sync.schema.wire import DOCUMENTS
from tests.sync.cast import key_set
from tests.sync.document import ACTIONS, FILE, HEAD, ONLINE, example
from tests.sync.sample import EVERY, record

SENT: list[tuple[str, object]] = [
    ("head", HEAD),
    ("key-set", key_set()),
    ("provisioning", FILE),
    ("status", ONLINE),
    *(("record", record(payload)) for payload in EVERY),
    *(("command", example(action)) for action in ACTIONS),
]


def _valid(name: str, document: object) -> bool:
    schema = json.loads((Path(build.__file__).parent / f"{name}.schema.json").read_text("utf-8"))
    return bool(jsonschema.Draft202012Validator(schema).is_valid(document))


def _json(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


@pytest.mark.parametrize(("name", "value"), SENT, ids=lambda value: value if isinstance(value, str) else "")
def test_schema_takes_what_is_sent_and_what_a_newer_program_adds(name: str, value: object) -> None:
    assert _valid(name, _json(value))
    assert _valid(name, {**_json(value), "new_field": {"kept": True}})


@pytest.mark.parametrize(("name", "value"), SENT, ids=lambda value: value if isinstance(value, str) else "")
def test_schema_wants_every_field_that_the_reader_wants(name: str, value: object) -> None:
    document = _json(value)
    type: Any = DOCUMENTS[name][0]
    for field in document:
        less = {key: kept for key, kept in document.items() if key != field}
        assert _valid(name, less) == _readable(less, type), field


def _readable(document: object, type: Any) -> bool:
    try:
        msgspec.json.decode(json.dumps(document), type=type)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("status", {"node": "A/B"}),
        ("status", {"epoch": "0"}),
        ("head", {"serial": 0}),
        ("head", {"content": "c" * 64 + "\n"}),
        ("key-set", {"version": "1"}),
        ("provisioning", {"hub": "file:///etc"}),
        ("command", {"action": {"type": "dance"}}),
    ],
)
def test_schema_and_reader_refuse_the_same(name: str, change: dict[str, object]) -> None:
    document = {**_json(dict(SENT)[name]), **change}
    assert not _valid(name, document)
    assert not _readable(document, DOCUMENTS[name][0])
