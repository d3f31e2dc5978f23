import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.addition import add, describe, local_file, registry_file, remote_file
from models.registry import Registry
from sync.errors import Conflict, Corrupt, Missing, Refused

SHA = "ab" * 32
URL = "https://hub.example/models/Some%20Model.gguf?download=true"


def test_added_model_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "registry.toml"
    model = describe("mine", (remote_file(URL, SHA, 5),), licence="MIT", modes={"pt-BR": "phrase"})
    add(model, path)
    assert Registry.load(path).get("mine") == model
    assert model.files[0].path == "Some Model.gguf"


def test_added_models_stand_beside_what_was_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text("# my own notes\n", "utf-8")
    add(describe("one", (remote_file(URL, SHA),)), path)
    add(describe("two", (remote_file(URL, SHA),), role="embedding", dimension=384), path)
    assert {"one", "two"} <= {model.name for model in Registry.load(path)}
    assert path.read_text("utf-8").startswith("# my own notes")


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(licence=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_survives_writing(tmp_path: Path, licence: str) -> None:
    path = tmp_path / hashlib.sha256(licence.encode()).hexdigest() / "registry.toml"
    if not path.exists():
        add(describe("mine", (remote_file(URL, SHA),), licence=licence), path)
    assert Registry.load(path).get("mine").licence == licence


def test_known_name_is_a_conflict(tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        add(describe("smollm2-135m-instruct", (remote_file(URL, SHA),)), tmp_path / "registry.toml")


def test_unsound_registry_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text("[[model]\n", "utf-8")
    with pytest.raises(Corrupt):
        add(describe("mine", (remote_file(URL, SHA),)), path)
    assert path.read_text("utf-8") == "[[model]\n"


def test_local_file_is_hashed_and_its_folder_is_its_source(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"weights")
    file = local_file(tmp_path / "m.gguf")
    assert (file.sha256, file.size_bytes) == (hashlib.sha256(b"weights").hexdigest(), 7)
    assert file.sources[0].folder == str(tmp_path)
    with pytest.raises(Missing):
        local_file(tmp_path / "none.gguf")


@pytest.mark.parametrize("sha256", ["", "12", "zz" * 32])
def test_hash_of_bad_form_is_refused(sha256: str) -> None:
    with pytest.raises(Refused):
        remote_file(URL, sha256)


@pytest.mark.parametrize("url", ["ftp://hub.example/m.gguf", "https://hub.example/", "m.gguf"])
def test_url_of_bad_form_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        remote_file(url, SHA)


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(Refused):
        describe("mine", (remote_file(URL, SHA),), modes={"en": "poem"})


def test_settings_may_name_the_registry_file(tmp_path: Path) -> None:
    assert registry_file(tmp_path) == tmp_path / "registry.toml"
    assert registry_file(tmp_path, Path("/etc/x.toml")) == Path("/etc/x.toml")
