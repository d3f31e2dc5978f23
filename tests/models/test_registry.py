from pathlib import Path

import pytest

from models.registry import File, Model, Registry, Source
from sync.errors import Corrupt, Missing

SHA = "ab" * 32
ENTRY = f"""
[[model]]
name = "mine"
role = "generator"
licence = "MIT"
modes = {{ en = "prose", pt-BR = "phrase" }}

[[model.files]]
path = "mine.gguf"
sha256 = "{SHA}"
sources = [{{ url = "https://hub.example/mine.gguf" }}]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "registry.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_bundled_file_has_a_size_and_a_source_that_needs_no_hub() -> None:
    for model in Registry.load():
        for file in model.files:
            assert file.size_bytes, file.path
            assert any(source.parts for source in file.sources), file.path


def test_defaults_name_models_of_their_role() -> None:
    registry = Registry.load()
    assert registry.default("generator").role == "generator"
    assert registry.default("embedding").embedding is not None
    assert registry.default("language").name in registry


def test_role_without_default_is_missing() -> None:
    with pytest.raises(Missing):
        Registry.load().default("weights")


def test_unknown_name_is_missing_and_says_what_is_known() -> None:
    with pytest.raises(Missing) as caught:
        Registry.load().get("gpt-9")
    assert "smollm2-135m-instruct" in caught.value.hint


def test_extra_registry_adds_and_replaces(tmp_path: Path) -> None:
    path = write(tmp_path, ENTRY + '\n[defaults]\ngenerator = "mine"\n')
    registry = Registry.load(path)
    assert registry.default("generator").name == "mine"
    assert "smollm2-135m-instruct" in registry


def test_absent_extra_registry_is_empty(tmp_path: Path) -> None:
    assert {model.name for model in Registry.load(tmp_path / "none.toml")} == {
        m.name for m in Registry.load()
    }


@pytest.mark.parametrize(
    "broken",
    [
        "[[model]",
        ENTRY.replace(SHA, "xyz"),
        ENTRY.replace('"mine.gguf"', '"../mine.gguf"'),
        ENTRY.replace('"mine.gguf"', '"/etc/mine.gguf"'),
        ENTRY.replace("generator", "oracle"),
        ENTRY.replace("url =", "hub ="),
        ENTRY.replace("https://", "ftp://"),
        ENTRY.replace('name = "mine"', 'name = "../mine"'),
        ENTRY.replace('"prose"', '"poem"'),
        '[defaults]\ngenerator = "use-multilingual-v3"\n',
        "\x00",
    ],
)
def test_broken_registry_is_corrupt_and_names_the_file(tmp_path: Path, broken: str) -> None:
    with pytest.raises(Corrupt) as caught:
        Registry.load(write(tmp_path, broken))
    assert caught.value.hint


def test_mode_goes_by_main_language_and_defaults_to_template(tmp_path: Path) -> None:
    model = Registry.load(write(tmp_path, ENTRY)).get("mine")
    assert [model.mode(tag) for tag in ("en", "en-GB", "pt-BR", "ru")] == [
        "prose",
        "prose",
        "phrase",
        "template",
    ]


def test_counted_source_is_spelt_out_in_order() -> None:
    source = Source(pip="part{n}==1.0", count=2, members=("p{n}/data/{n:02}.bin",))
    assert [(part.package, part.members) for part in source.parts] == [
        ("part1==1.0", ("p1/data/01.bin",)),
        ("part2==1.0", ("p2/data/02.bin",)),
    ]


def test_source_of_two_kinds_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Source(url="https://hub.example/x", folder="/media/stick")


def test_embedding_model_needs_its_shape() -> None:
    with pytest.raises(ValueError, match="embedding"):
        Model(name="m", role="embedding", licence="MIT", files=(File(path="m.onnx", sha256=SHA),))
