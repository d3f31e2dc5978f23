import hashlib
from pathlib import Path

import pytest

from models.registry import File, Model
from models.shelf import Shelf
from sync.errors import Missing

BODY = b"weights"
FILE = File(path="m.bin", sha256=hashlib.sha256(BODY).hexdigest(), size_bytes=len(BODY))
MODEL = Model(name="m", role="weights", licence="MIT", files=(FILE,))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "m.bin").write_bytes(BODY)
    return Shelf(tmp_path)


def test_right_bytes_are_intact(shelf: Shelf) -> None:
    assert shelf.condition(MODEL, FILE) == "intact"
    assert shelf.require(MODEL) == shelf.place(MODEL)


def test_absent_file_is_missing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.condition(MODEL, FILE) == "missing"
    with pytest.raises(Missing) as caught:
        shelf.require(MODEL)
    assert "models pull m" in caught.value.hint


@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"!", b"Weights"])
def test_other_bytes_are_corrupt(shelf: Shelf, body: bytes) -> None:
    shelf.path(MODEL, FILE).write_bytes(body)
    assert shelf.condition(MODEL, FILE) == "corrupt"


def test_file_changed_after_it_was_hashed_is_hashed_again(shelf: Shelf) -> None:
    assert shelf.condition(MODEL, FILE) == "intact"
    shelf.path(MODEL, FILE).write_bytes(b"weightz")
    assert shelf.condition(MODEL, FILE, thorough=True) == "corrupt"


def test_broken_memory_of_hashes_is_no_harm(shelf: Shelf) -> None:
    (shelf.place(MODEL) / ".verified.json").write_bytes(b"\xff")
    assert shelf.condition(MODEL, FILE) == "intact"
