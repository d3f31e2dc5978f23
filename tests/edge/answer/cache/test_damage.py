"""What happens to the file: cut off in the middle of a write, damaged, locked, full, in the way. The answer
is the same every time."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.answer.cache.entry import PER_GROUND
from edge.answer.cache.store import FILE_NAME, SqliteStore
from edge.database import driver
from tests.edge.answer.cache.kept import LIMITS, Kept, kept, voiced
from tests.edge.answer.words import draft

ROOT = Path(__file__).resolve().parents[4]


def writer(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.edge.answer.cache.writing", str(folder), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_writer_killed_at_any_moment_leaves_a_file_that_serves(tmp_path: Path) -> None:
    first = 0
    for lines in (1, 3, 17, 40):
        process = writer(tmp_path, str(first))
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        process.wait(20)
        process.stdout.close()
        assert said == ["kept\n"] * lines
        store = SqliteStore(tmp_path / FILE_NAME, LIMITS)
        assert store.size().entries >= min(lines, PER_GROUND)
        voice, grammar_lines = voiced(draft(question=f"question {first}", total=10 + first % 40))
        with kept(tmp_path) as one:
            one.cache.recall(voice, grammar_lines)
            assert one.counts.lookups["failed"] == 0
            assert one.counts.makings == 0
        store.close()
        first += 1000


async def served(one: Kept, count: int = 6) -> None:
    """Different answers, each twice, each in the model's own words."""
    for total in range(20, 20 + count):
        first, spoken = await one.answer(draft(total=total))
        second, _ = await one.answer(draft(total=total))
        assert first == second
        assert spoken.mode == "phrase"
        assert "Rohrfrei Nord [1]" in first


def _noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(40_000))


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _holes(path: Path) -> None:
    data = bytearray(path.read_bytes())
    chance = random.Random(2)
    for _ in range(60):
        at = chance.randrange(100, len(data))
        data[at : at + 40] = chance.randbytes(len(data[at : at + 40]))
    path.write_bytes(bytes(data))


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(driver().connect(str(path))) as connection:
        connection.execute("CREATE TABLE entry(something)")


def _bodies(path: Path) -> None:
    with closing(driver().connect(str(path))) as connection:
        connection.execute("UPDATE entry SET body = x'c1ff'")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [_noise, _cut, _empty, _holes, _foreign, _bodies, _folder])
async def test_a_damaged_file_breaks_no_answer_and_is_made_anew(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / FILE_NAME
    for _ in range(2):
        with kept(tmp_path) as one:
            await served(one)
        for companion in ("-wal", "-shm"):
            path.with_name(path.name + companion).unlink(missing_ok=True)
        damage(path)
        with kept(tmp_path) as one:
            await served(one)
            await served(one)
            assert one.counts.lookups["hit_exact"] >= 6
        if path.is_dir():
            path.rmdir()
    assert len(list(tmp_path.glob("*.damaged-*"))) <= 3  # one file with its companions


@pytest.mark.parametrize("damage", [_noise, _cut, _holes])
async def test_a_file_damaged_under_a_running_node_breaks_no_answer(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with kept(tmp_path) as one:
        await served(one)
        damage(tmp_path / FILE_NAME)
        await served(one)
        await served(one)


async def test_a_locked_file_breaks_no_answer_and_serves_again_afterwards(tmp_path: Path) -> None:
    with kept(tmp_path, rest_s=0.0) as one:
        await served(one)
        before = one.counts.lookups.copy()
        with closing(driver().connect(str(tmp_path / FILE_NAME))) as other:
            other.execute("BEGIN IMMEDIATE")
            await one.answer(draft(total=77))
            await one.answer(draft(total=77))
            other.execute("ROLLBACK")
        assert one.counts.lookups["miss"] == before["miss"] + 2
        await one.answer(draft(total=77))
        await one.answer(draft(total=77))
        assert one.counts.lookups["hit_exact"] == before["hit_exact"] + 1


def test_a_full_disk_breaks_nothing(tmp_path: Path) -> None:
    process = writer(tmp_path, "0", str(60_000))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said.split().count("gone") > 0
    with kept(tmp_path) as one:
        voice, lines = voiced(draft(question="question 0", total=10))
        one.cache.keep(voice, lines, [line.template.text for line in lines])
        one.cache.settle()
        assert one.cache.recall(voice, lines) is not None


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with kept(tmp_path / "file" / "data") as one:
        voice, lines = voiced(draft())
        one.cache.keep(voice, lines, [line.template.text for line in lines])
        one.cache.settle()
        assert one.cache.recall(voice, lines) is not None


def test_the_file_is_for_this_user_alone(tmp_path: Path) -> None:
    with kept(tmp_path) as one:
        voice, lines = voiced(draft())
        one.cache.keep(voice, lines, ["x"])
        one.cache.settle()
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path


def test_clearing_wipes_the_words_from_the_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / FILE_NAME, LIMITS)
    with kept(lambda damaged: store) as one:
        voice, lines = voiced(draft())
        one.cache.keep(voice, lines, ["Zanzibar"])
        one.cache.settle()
        assert any(b"Zanzibar" in path.read_bytes() for path in tmp_path.iterdir())
        assert store.clear() == 1
        assert not any(b"Zanzibar" in path.read_bytes() for path in tmp_path.iterdir())
