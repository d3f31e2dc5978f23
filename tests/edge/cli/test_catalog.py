"""`prilavok-edge catalog`: what is printed, and the exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.cli.catalog import app
from sync.errors import Refused

GOOD = '{"id":"a","categories":["craft/plumber"],"name":"A"}\n'
BAD = '{"id":"b","categories":[],"name":""}\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text(GOOD + BAD)
    return path


def _run(*arguments: object, data: Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--data-dir", str(data)])


def test_import_reports_bad_lines_by_number(source: Path, tmp_path: Path) -> None:
    result = _run("import", source, data=tmp_path / "data")
    assert result.exit_code == 0
    assert result.stdout.startswith("1 added, 1 left out; version 1")
    assert "2 (b): left out: name: is empty; categories: needs at least one" in result.stderr


def test_import_as_json(source: Path, tmp_path: Path) -> None:
    report = json.loads(_run("import", source, "--json", data=tmp_path / "data").stdout)
    assert (report["added"], report["refused"], report["applied"]) == (1, 1, True)
    assert report["problems"][0]["number"] == 2


def test_strict_import_is_refused_and_changes_nothing(source: Path, tmp_path: Path) -> None:
    result = _run("import", source, "--strict", data=tmp_path / "data")
    assert isinstance(result.exception, Refused)
    assert json.loads(_run("stats", "--json", data=tmp_path / "data").stdout)["providers"] == 0


def test_dry_run_says_what_would_be(source: Path, tmp_path: Path) -> None:
    result = _run("import", source, "--dry-run", data=tmp_path / "data")
    assert result.stdout == "1 would be added, 1 would be left out.\n"
    assert json.loads(_run("stats", "--json", data=tmp_path / "data").stdout)["providers"] == 0


def test_check_of_a_source_fails_for_a_bad_line(source: Path, tmp_path: Path) -> None:
    assert _run("check", source, data=tmp_path).exit_code == 1
    source.write_text(GOOD)
    assert _run("check", source, data=tmp_path).exit_code == 0


def test_check_of_the_stored_catalogue(source: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    _run("import", source, data=data)
    assert "sound" in _run("check", data=data).stdout
    (data / "catalog.db").write_bytes(b"no database at all " * 500)
    broken = _run("check", "--json", data=data)
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["sound"] is False
    mended = json.loads(_run("repair", "--json", data=data).stdout)
    assert Path(mended["moved_to"]).is_file()
    assert "sound" in _run("check", data=data).stdout


def test_export_to_standard_output_and_to_a_file(source: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    _run("import", source, data=data)
    assert json.loads(_run("export", data=data).stdout) == json.loads(GOOD)
    out = tmp_path / "out.jsonl"
    assert "1 providers written" in _run("export", out, data=data).stdout
    assert json.loads(out.read_text()) == json.loads(GOOD)


def test_stats_for_people(source: Path, tmp_path: Path) -> None:
    _run("import", source, data=tmp_path / "data")
    shown = _run("stats", data=tmp_path / "data").stdout
    assert "Plumber (craft/plumber) 1" in shown


def test_unknown_format_is_wrong_usage(source: Path, tmp_path: Path) -> None:
    result = _run("import", source, "--format", "xml", data=tmp_path / "data")
    assert result.exit_code == 2
    assert "overpass" in result.stderr
