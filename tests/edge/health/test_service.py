"""What `/health` says, from what the checks find."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.health.service import Health, find_checks
from edge.health.vital import Finding, Vitals
from sync.errors import Corrupt, Missing


def vitals(folder: Path) -> Vitals:
    return Vitals("ready", "search", folder, 0, version=lambda: 3)


def report(of: Vitals) -> tuple[str, bool, str]:
    found = Health(lambda: of, "1.0").report()
    return found.status, found.ready, found.reason


def test_every_check_of_the_folder_is_found() -> None:
    names = {check.__module__.rpartition(".")[2] for check in find_checks()}
    assert names == {"clock", "database", "disk", "index", "memory", "model", "sync"}


def test_sound_node_is_ok(tmp_path: Path) -> None:
    assert report(vitals(tmp_path)) == ("ok", True, "")


def test_starting_node_says_what_it_opens(tmp_path: Path) -> None:
    starting = replace(vitals(tmp_path), phase="starting", stage="generator")
    assert report(starting) == ("starting", False, "Opening the generator.")


def test_missing_model_degrades_and_says_how_answers_go_on(tmp_path: Path) -> None:
    trouble = Missing("The file is gone.", code="models.absent", hint="Pull it.")
    status, ready, reason = report(replace(vitals(tmp_path), troubles={"generator": trouble}))
    assert (status, ready) == ("degraded", True)
    assert reason == "The file is gone. Answers are composed by template."


def test_unreadable_catalogue_fails(tmp_path: Path) -> None:
    def broken() -> int:
        raise Corrupt("It is damaged.", code="database.corrupt", hint="Repair it.")

    assert report(replace(vitals(tmp_path), version=broken)) == ("failing", False, "It is damaged.")


def test_empty_catalogue_degrades(tmp_path: Path) -> None:
    assert report(replace(vitals(tmp_path), version=lambda: 0))[0] == "degraded"
    assert report(replace(vitals(tmp_path), providers=lambda: 0))[2] == "The catalogue is empty."


def test_little_disk_degrades(tmp_path: Path) -> None:
    status, ready, reason = report(replace(vitals(tmp_path), disk_free_bytes=10**18))
    assert (status, ready) == ("degraded", True)
    assert "free" in reason


def test_vectors_under_way_are_no_fault(tmp_path: Path) -> None:
    found = Health(lambda: replace(vitals(tmp_path), vectors=lambda: (1, 2)), "1.0").report()
    index = next(finding for finding in found.checks if finding.name == "index")
    assert found.status == "ok"
    assert "1 of 2" in index.reason


def test_check_that_the_system_refuses_is_a_finding(tmp_path: Path) -> None:
    def check(of: Vitals) -> Finding:
        raise PermissionError("not for you")

    found = Health(lambda: vitals(tmp_path), "1.0", checks=(check,)).report()
    assert found.status == "degraded"
    assert "not for you" in found.reason


@pytest.mark.parametrize("part", ["database"])
def test_failed_start_is_failing_with_its_reason(tmp_path: Path, part: str) -> None:
    trouble = Corrupt("Cannot open it.", code="x", hint="Mend it.")
    failed = replace(vitals(tmp_path), phase="failed", troubles={part: trouble}, version=None)
    assert report(failed) == ("failing", False, "Cannot open it.")
