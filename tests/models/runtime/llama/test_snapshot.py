import os
from pathlib import Path

import numpy as np
import pytest

from models.runtime.llama import snapshot
from models.runtime.llama.kv import Form
from models.runtime.llama.radix import RadixTree
from tests.models.runtime.llama.test_radix import computed, row
from tests.simulators.llama_core import CELL, TOKEN_BYTES, read

FORM = Form(1, 1, 1, CELL.itemsize, 1, CELL.itemsize)
PATHS = [[1, 2, 3, 4], [1, 2, 5], [7, 8], [1, 2, 3, 4, 6, 6]]


def tree(limit: int = 1 << 20) -> RadixTree:
    return RadixTree(limit)


def grown() -> RadixTree:
    made = tree()
    for path in PATHS:
        made.insert(row(path), computed(path).part)
    return made


def saved(folder: Path, limit: int = 1 << 20) -> Path:
    file = folder / "deep" / "m.kv"
    snapshot.save(file, grown(), FORM, "key", limit)
    return file


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    file, again = saved(tmp_path), tree()
    assert snapshot.load(file, again, FORM, "key") == 9
    assert again.size_bytes == 9 * TOKEN_BYTES
    for path in PATHS:
        held = np.concatenate([read(span) for span in again.match(row(path))])
        assert np.array_equal(held, read(computed(path)))


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    file = saved(tmp_path)
    assert os.listdir(file.parent) == ["m.kv"]


def test_a_file_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    assert snapshot.load(tmp_path / "none.kv", tree(), FORM, "key") == 0


def test_every_changed_bit_discards_the_file(tmp_path: Path) -> None:
    file = saved(tmp_path)
    data = file.read_bytes()
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        again = tree()
        assert snapshot.load(file, again, FORM, "key") == 0, f"bit {bit}"
        assert (len(again), again.size_bytes, file.exists()) == (0, 0, False), f"bit {bit}"


def test_every_cut_and_every_tail_discards_the_file(tmp_path: Path) -> None:
    file = saved(tmp_path)
    data = file.read_bytes()
    for wrong in [data[:size] for size in range(len(data))] + [data + b"\x00"]:
        file.write_bytes(wrong)
        assert snapshot.load(file, tree(), FORM, "key") == 0
        assert not file.exists()


@pytest.mark.parametrize(
    ("form", "key"), [(FORM, "other"), (Form(2, 1, 1, CELL.itemsize, 1, CELL.itemsize), "key")]
)
def test_another_model_or_form_discards_the_file(tmp_path: Path, form: Form, key: str) -> None:
    file = saved(tmp_path)
    assert snapshot.load(file, tree(), form, key) == 0
    assert not file.exists()


@pytest.mark.parametrize("tokens", range(10))
def test_the_limit_is_kept_and_no_child_is_without_its_parent(tmp_path: Path, tokens: int) -> None:
    file, again = saved(tmp_path, tokens * TOKEN_BYTES), tree()
    restored = snapshot.load(file, again, FORM, "key")
    assert restored <= tokens
    assert again.size_bytes == restored * TOKEN_BYTES
    assert file.exists()


def test_what_is_worth_most_is_kept_first(tmp_path: Path) -> None:
    made, again = grown(), tree()
    for _ in range(9):
        made.match(row([7, 8]))
    snapshot.save(tmp_path / "m.kv", made, FORM, "key", 2 * TOKEN_BYTES)
    assert snapshot.load(tmp_path / "m.kv", again, FORM, "key") == 2
    assert again.known(row([7, 8])) == 2


def test_a_smaller_cache_takes_what_fits(tmp_path: Path) -> None:
    file, again = saved(tmp_path), tree(5 * TOKEN_BYTES)
    snapshot.load(file, again, FORM, "key")
    assert 0 < again.size_bytes <= 5 * TOKEN_BYTES


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_told_and_the_last_file_stays(tmp_path: Path) -> None:
    file = saved(tmp_path)
    before = file.read_bytes()
    file.with_suffix(".part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="space"):
        snapshot.save(file, grown(), FORM, "key", 1 << 20)
    assert file.read_bytes() == before


def test_the_key_follows_the_bytes_of_the_model_and_the_settings(tmp_path: Path) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(b"one")
    first = snapshot.key(model, 1, "a")
    assert snapshot.key(model, 1, "a") == first
    assert snapshot.key(model, 2, "a") != first
    model.write_bytes(b"two")
    assert snapshot.key(model, 1, "a") != first
