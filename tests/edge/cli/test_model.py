import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.cli.model import app
from sync.errors import Corrupt, Missing, Refused, Unavailable
from tests.simulators.model_hub import HubSimulator, Page, serving

BODY = b"weights of a model"
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PRILAVOK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("PRILAVOK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PRILAVOK_REGISTRY", raising=False)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.fixture
def hub() -> HubSimulator:
    with serving() as served:
        yield served


def data(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_list_names_the_models_in_use(run) -> None:  # type: ignore[no-untyped-def]
    rows = {row["name"]: row for row in data(run("list", "--json"))}
    assert rows["smollm2-135m-instruct"]["used"] is True
    assert rows["smollm2-135m-instruct"]["here"] is False
    assert "smollm2-135m-instruct *" in run("list", "--role", "generator").stdout


def test_added_file_is_listed_pulled_and_verified(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "my.gguf").write_bytes(BODY)
    added = data(run("add", "mine", "--file", str(tmp_path / "my.gguf"), "--role", "weights", "--json"))
    assert added["files"][0]["sha256"] == SHA  # type: ignore[call-overload]
    assert data(run("pull", "mine", "--json"))[0]["source"] == str(tmp_path)
    assert (tmp_path / "models" / "mine" / "my.gguf").read_bytes() == BODY
    assert data(run("verify", "mine", "--json"))[0]["condition"] == "intact"


def test_verify_ends_with_1_where_a_file_is_corrupt(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "my.gguf").write_bytes(BODY)
    run("add", "mine", "--file", str(tmp_path / "my.gguf"), "--role", "weights")
    run("pull", "mine")
    (tmp_path / "models" / "mine" / "my.gguf").write_bytes(BODY[::-1])
    result = run("verify", "mine", "--json")
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert json.loads(result.stdout)[0]["condition"] == "corrupt"


def test_dry_run_adds_and_fetches_nothing(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "my.gguf").write_bytes(BODY)
    assert run("add", "mine", "--file", str(tmp_path / "my.gguf"), "--dry-run").exit_code == 0
    assert isinstance(run("pull", "mine").exception, Missing)
    assert data(run("pull", "--dry-run", "--json"))[0]["source"] == "would be fetched"
    assert not (tmp_path / "models").exists()


def test_any_url_is_pulled_by_its_hash(run, hub: HubSimulator, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    hub.pages["/Some-Model.gguf"] = Page(BODY)
    url = hub.url + "/Some-Model.gguf"
    pulled = data(run("pull", "--url", url, "--sha256", SHA, "--no-tune", "--json"))
    assert pulled == [{"model": "some-model", "file": "Some-Model.gguf", "source": url}]
    assert data(run("pull", "some-model", "--no-tune", "--json"))[0]["source"] is None


def test_url_with_another_hash_is_refused(run, hub: HubSimulator, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    hub.pages["/m.gguf"] = Page(BODY)
    assert isinstance(run("pull", "--url", hub.url + "/m.gguf", "--sha256", "0" * 64).exception, Corrupt)
    assert not (tmp_path / "models" / "m" / "m.gguf").exists()


def test_url_without_hash_is_refused(run) -> None:  # type: ignore[no-untyped-def]
    assert isinstance(run("pull", "--url", "https://hub.example/m.gguf").exception, Refused)


def test_offline_pull_says_how_to_bring_the_model(run) -> None:  # type: ignore[no-untyped-def]
    error = run("pull", "--offline").exception
    assert isinstance(error, Unavailable)
    assert "--from" in error.hint


def test_unknown_model_is_missing(run) -> None:  # type: ignore[no-untyped-def]
    assert isinstance(run("verify", "gpt-9").exception, Missing)
