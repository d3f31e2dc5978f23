"""What a hub may set is what a node's settings take: the same names and the same bounds."""

import typing

import msgspec
import pytest
from pydantic import ValidationError

from edge.settings import Settings
from sync.desired import NAMES, Desired
from sync.record import Scalar


def bounds(name: str) -> tuple[list[Scalar], list[Scalar]]:
    """Values just inside and just outside of a setting's bounds."""
    kind = next(part for part in typing.get_args(typing.get_type_hints(Desired, include_extras=True)[name]))
    kind, meta = (kind.__origin__, kind.__metadata__[0]) if hasattr(kind, "__metadata__") else (kind, None)
    if kind not in (int, float) or not isinstance(meta, msgspec.Meta):
        return [], []
    assert meta.ge is not None
    assert meta.le is not None
    return [kind(meta.ge), kind(meta.le)], [meta.ge - 1, meta.le + 1]


@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_those_of_the_nodes_own_settings(name: str) -> None:
    inside, outside = bounds(name)
    for value in inside:
        assert getattr(Settings(**{name: value}), name) == value
    for value in outside:
        with pytest.raises(ValidationError):
            Settings(**{name: value})


@pytest.mark.parametrize(
    "values",
    [
        {"log_level": "debug"},
        {"generator": "none", "embedding": "auto"},
        {"origins": "https://a.example,http://b.example:8080"},
        {"origins": ""},
        {"answer_cache": False},
        {"sync_quiet_hours": "09:00-18:00,22:30-24:00", "sync_metered": True},
        {"sync_quiet_hours": ""},
    ],
)
def test_words_that_a_hub_may_send_are_taken(values: dict[str, str]) -> None:
    taken = Settings(**msgspec.to_builtins(msgspec.convert(values, Desired)))  # type: ignore[arg-type]
    assert taken.model_fields_set >= values.keys()
