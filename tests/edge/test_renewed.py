"""A value made from the catalogue: the old serves on while the new is made; nobody waits but the first."""

import threading
import time
from dataclasses import dataclass, field

import pytest

from edge.renewed import Renewed
from sync.errors import Unavailable

LIMIT_S = 10.0


@dataclass
class Source:
    """Makes what it is told to; waits at a door while that is closed."""

    version: int = 1
    slow: bool = False
    fails: bool = False
    made: int = 0
    door: threading.Event = field(default_factory=threading.Event)

    def make(self) -> tuple[int, str]:
        version = self.version
        if self.slow:
            assert self.door.wait(LIMIT_S)
        if self.fails:
            raise Unavailable("Not now.", code="test")
        self.made += 1
        return version, f"v{version}"


def eventually(renewed: Renewed[str], version: int, wanted: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while renewed.at(version) != wanted:
        assert time.monotonic() < deadline


def test_same_version_is_made_once() -> None:
    source = Source()
    renewed = Renewed(source.make)
    assert [renewed.at(1), renewed.at(1)] == ["v1", "v1"]
    assert source.made == 1


def test_old_value_serves_while_the_new_one_is_made() -> None:
    source = Source()
    renewed = Renewed(source.make)
    renewed.at(1)
    source.version, source.slow = 2, True
    assert renewed.at(2) == "v1"
    assert renewed.at(2) == "v1"
    source.door.set()
    eventually(renewed, 2, "v2")
    assert source.made == 2


def test_value_that_is_quick_to_make_is_waited_for() -> None:
    source = Source()
    renewed = Renewed(source.make, patience_s=LIMIT_S)
    renewed.at(1)
    source.version = 2
    assert renewed.at(2) == "v2"


def test_whoever_warms_waits_for_the_newest() -> None:
    source = Source()
    renewed = Renewed(source.make)
    renewed.at(1)
    source.version = 2
    assert renewed.fresh(2) == "v2"


def test_failure_leaves_the_old_value_and_the_first_one_is_told() -> None:
    source = Source(fails=True)
    renewed = Renewed(source.make)
    with pytest.raises(Unavailable):
        renewed.at(1)
    source.fails = False
    assert renewed.at(1) == "v1"
    source.version, source.fails = 2, True
    assert renewed.at(2) == "v1"
    with pytest.raises(Unavailable):
        renewed.fresh(2)
    assert renewed.at(2) == "v1"
