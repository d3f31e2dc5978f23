"""The last line holds the ratios by name; saved runs are read again and joined."""

import json
from pathlib import Path

import msgspec
import pytest

from bench.engine.contestant import OURS
from bench.engine.figure import Answer, Run
from bench.engine.page import page, write_page
from bench.engine.report import Measured, NotAlike, joined, line, summary

MACHINE = {
    "cpu": "A processor",
    "cores": [0, 1],
    "cores_of_machine": 2,
    "flags": ["avx2"],
    "system": "Linux x86_64",
    "python": "3.11.7",
    "llama_cpp_python": "0.3.36",
    "load_before": [0.1, 0.2, 0.3],
    "model_file": "model.gguf",
    "model_sha256": "0" * 64,
}
PLAN = {"rounds": 2, "turns": 2, "tokens": 48, "records": 4, "repeat": 2, "seed": 0, "warm_up_coverage": 0.7}


def run(server: str, users: int, ttft: float, wall_s: float) -> Run:
    return Run(
        server=server, users=users, answers=(Answer(ttft, ttft + 1, 48),) * users, failed=0, wall_s=wall_s
    )


def measured(*warm: Run) -> Measured:
    return Measured(
        date="2026-11-27 04:00 UTC",
        machine=MACHINE,
        plan=PLAN,
        servers={OURS: {}, "unified": {"version": "1", "system": "AVX2 = 1"}},
        warm=list(warm),
    )


EIGHT = (run(OURS, 8, 0.5, 4.0), run("unified", 8, 1.0, 6.0))
ONE = (run(OURS, 1, 0.2, 1.0), run("unified", 1, 0.2, 1.0))


def test_the_ratios_are_there_by_name() -> None:
    found = summary(measured(*ONE, *EIGHT))
    assert (found["ratio_ttft_p50"], found["ratio_ttft_p95"], found["ratio_tok_per_s"]) == (0.5, 0.5, 1.5)
    assert (found["ratio_ttft_p50_1"], found["ratio_tok_per_s_1"]) == (1.0, 1.0)
    assert found["ratio_cold_ttft_p50"] is None
    assert found["python_share"] is None
    assert found["warm"]["8"]["unified"]["answers"] == 8


def test_it_is_one_line_of_json() -> None:
    said = json.dumps(summary(measured(*EIGHT)))
    assert "\n" not in said
    assert json.loads(said)["ratio_node_path"] is None


def test_saved_runs_are_joined_with_later_ones() -> None:
    saved = msgspec.json.decode(msgspec.json.encode(measured(*EIGHT)), type=Measured)
    later = measured(*ONE)
    later.restart = {"ratio": 0.1}
    both = joined([saved, later])
    assert summary(both)["ratio_ttft_p50"] == 0.5
    assert summary(both)["ratio_restart"] == 0.1
    assert list(summary(both)["warm"]) == ["1", "8"]


def test_runs_that_were_not_side_by_side_are_not_joined() -> None:
    alone = measured(EIGHT[0])
    with pytest.raises(NotAlike, match="servers, warm"):
        joined([measured(*EIGHT), alone])


@pytest.mark.parametrize(("part", "name"), [("plan", "tokens"), ("machine", "model_sha256")])
def test_runs_of_other_work_or_another_model_are_not_joined(part: str, name: str) -> None:
    other = measured(*EIGHT)
    setattr(other, part, {**getattr(other, part), name: "other"})
    with pytest.raises(NotAlike, match=name):
        joined([measured(*EIGHT), other])


def test_a_call_without_a_table_joins_any() -> None:
    restart = measured()
    restart.restart = {"ratio": 0.1}
    assert summary(joined([measured(*EIGHT), restart]))["ratio_restart"] == 0.1


def test_a_printed_run_says_what_makes_it_doubtful() -> None:
    noisy = msgspec.structs.replace(EIGHT[0], noise=("others used 40% of a core",), failed=1)
    assert "NOISY: others used 40% of a core" in line(noisy)
    assert "1 failed" in line(noisy)


def test_the_page_names_machine_servers_and_ratios(tmp_path: Path) -> None:
    path = write_page(measured(*ONE, *EIGHT), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "A processor" in text
    assert "| 8 | first text, median | 0.50 | ≤ 0.5 | unified |" in text
    assert (tmp_path / "engine.svg").is_file()
    assert "engine.svg" in text


def test_one_level_has_no_plot() -> None:
    assert "engine.svg" not in page(measured(*EIGHT))
