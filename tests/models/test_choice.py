from pathlib import Path

import msgspec
import pytest

from models.choice import Choice, Timing, best, cpu, forget, library, remember, remembered
from models.convert import pick
from models.registry import File, Model

SHA = "cd" * 32
MODEL = Model(name="m", role="generator", licence="MIT", files=(File(path="m.gguf", sha256=SHA),))


def timing(
    kind: str, answer_ms: float, file: str = "m.gguf", size: int = 3, agreement: float = 1.0
) -> Timing:
    return Timing(
        kind=kind,
        file=file,
        size_bytes=size,
        sha256=SHA,
        prefill_tokens_per_s=1,
        decode_tokens_per_s=1,
        answer_ms=answer_ms,
        agreement=agreement,
    )


def choice(**changes: str) -> Choice:
    made = Choice(
        model="m",
        source_sha256=SHA,
        cpu=cpu(),
        library=library(),
        file="m.to-Q8_0.gguf",
        timings=(timing("as fetched", 9), timing("Q8_0", 5, "m.to-Q8_0.gguf")),
    )
    return msgspec.structs.replace(made, **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.gguf").write_bytes(b"old")
    (tmp_path / "m.to-Q8_0.gguf").write_bytes(b"new")
    return tmp_path


def test_choice_made_here_is_used(folder: Path) -> None:
    remember(choice(), folder)
    assert remembered(MODEL, folder) == choice()
    assert best(MODEL, folder).name == "m.to-Q8_0.gguf"


@pytest.mark.parametrize("change", [{"cpu": "a Pi"}, {"library": "another"}, {"source_sha256": "ef" * 32}])
def test_choice_made_elsewhere_or_for_other_bytes_counts_for_nothing(
    folder: Path, change: dict[str, str]
) -> None:
    remember(choice(**change), folder)
    assert remembered(MODEL, folder) is None
    assert best(MODEL, folder).name == "m.gguf"


def test_broken_memory_is_no_memory(folder: Path) -> None:
    (folder / "choice.json").write_bytes(b"{")
    assert best(MODEL, folder).name == "m.gguf"


def test_chosen_file_cut_short_is_not_used(folder: Path) -> None:
    remember(choice(), folder)
    (folder / "m.to-Q8_0.gguf").write_bytes(b"n")
    assert best(MODEL, folder).name == "m.gguf"


def test_forgotten_choice_is_gone(folder: Path) -> None:
    remember(choice(), folder)
    forget(folder)
    forget(folder)
    assert remembered(MODEL, folder) is None


def test_fastest_file_wins() -> None:
    assert pick([timing("as fetched", 900), timing("Q8_0", 600)]).kind == "Q8_0"


def test_faster_file_that_speaks_otherwise_does_not_win() -> None:
    timings = [timing("as fetched", 900), timing("Q8_0", 600, agreement=0.93)]
    assert pick([*timings, timing("Q4_0", 400, agreement=0.6)]).kind == "Q8_0"
    assert pick([*timings, timing("Q4_0", 400, agreement=0.6)], min_agreement=0.5).kind == "Q4_0"


def test_fetched_file_stays_where_nothing_is_better() -> None:
    assert pick([timing("as fetched", 500), timing("Q8_0", 600)]).kind == "as fetched"
