"""`prilavok-edge cache`: counting and forgetting kept answers."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.answer.cache.store import FILE_NAME
from edge.cli.cache import app
from tests.edge.answer.cache.kept import kept, voiced
from tests.edge.answer.words import draft
from tests.simulators.redis_server import running


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PRILAVOK_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def data(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_stats_count_and_clear_forgets_what_a_node_kept(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert data(run("stats", "--json"))["answers"] == 0
    with kept(tmp_path) as one:
        voice, lines = voiced(draft())
        one.cache.keep(voice, lines, [line.template.text for line in lines])
        one.cache.settle()
        said = data(run("stats", "--json"))
        assert (said["answers"], said["lookups"], said["on"]) == (1, None, True)
        assert said["where"] == str(tmp_path / FILE_NAME)
        assert 0 < int(str(said["bytes"])) < int(str(said["limit_bytes"]))
        assert "1 answers" in run("stats").stdout
        assert data(run("clear", "--json")) == {"forgotten": 1}
        assert one.cache.recall(voice, lines) is None
        assert one.counts.lookups == {"miss": 1}
    assert run("clear").stdout == "0 answers forgotten.\n"


def test_a_shared_redis_is_counted_and_its_password_never_shown(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    with running() as url:
        monkeypatch.setenv("PRILAVOK_ANSWER_CACHE_REDIS_URL", url)
        assert data(run("stats", "--json"))["answers"] == 0
        assert data(run("clear", "--json")) == {"forgotten": 0}
    monkeypatch.setenv("PRILAVOK_ANSWER_CACHE_REDIS_URL", "redis://me:hunter2@127.0.0.1:1/0")
    failed = run("stats", "--json")
    assert failed.exit_code != 0
    assert "hunter2" not in f"{failed.output}{failed.exception}"
    assert "127.0.0.1:1" in str(failed.exception)
