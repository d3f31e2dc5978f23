"""Who speaks in which language, with a model server and without."""

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import msgspec
import pytest

from edge.model import Models, Speaking
from edge.settings import Settings
from models.registry import Registry
from models.runtime.fallback import Fallback
from models.runtime.generator import ChatMessage, Output, Piece, Request
from models.runtime.remote import RemoteGenerator
from sync.errors import Refused

URL = "http://127.0.0.1:9/v1"  # nobody is asked here


REGISTRY = """
[[model]]
name = "both"
role = "generator"
licence = "Apache-2.0"
modes = {{ en = "prose", ru = "phrase" }}

[[model.files]]
path = "both.gguf"
sha256 = "{sha256}"
"""


class Local:
    """The box's own generator."""

    name = "small"

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        yield Piece("own", 1, "stop")

    def vitals(self) -> Mapping[str, float]:
        return {}

    async def close(self) -> None:
        return


def models(tmp_path: Path, **settings: object) -> Models:
    """The default generator may phrase English and nothing else."""
    return Models.of(Settings.load(models_dir=tmp_path, **settings))


async def speaking(tmp_path: Path, local: Local | None, **settings: object) -> Speaking:
    found = models(tmp_path, generator_url=URL, generator_model="large", **settings).speaking(local)
    assert found.generator is not None
    await found.generator.close()
    return found


def test_without_a_server_the_box_speaks_as_the_registry_lets_it(tmp_path: Path) -> None:
    local = Local()
    found = models(tmp_path).speaking(local)
    assert found == Speaking(local, {"en": "phrase"}, {})
    assert models(tmp_path).speaking(None) == Speaking()


async def test_server_speaks_as_the_box_may_and_the_box_stands_behind_it(tmp_path: Path) -> None:
    found = await speaking(tmp_path, Local())
    assert isinstance(found.generator, Fallback)
    assert found.generator.name == "large"
    assert (found.modes, found.others) == ({"en": "phrase"}, {})


async def test_where_only_one_may_speak_so_it_speaks_alone(tmp_path: Path) -> None:
    local = Local()
    found = await speaking(tmp_path, local, generator_modes={"ru": "phrase", "de": "template"})
    assert found.modes == {"en": "phrase", "ru": "phrase"}
    assert found.others["en"] is local
    assert isinstance(found.others["ru"], RemoteGenerator)


async def test_box_that_may_only_phrase_stands_behind_under_a_grammar_alone(tmp_path: Path) -> None:
    asked = {"generator_url": URL, "generator_model": "large", "generator_modes": {"en": "prose"}}
    found = models(tmp_path, **asked).speaking(Local())
    assert (found.modes, found.others) == ({"en": "prose"}, {})
    generator = found.generator
    assert generator is not None
    request = Request(messages=(ChatMessage("user", "x"),), grammar='root ::= "own"')
    assert [output async for output in generator.generate(request)] == [Piece("own", 1, "stop")]
    with pytest.raises(Refused) as caught:
        await anext(generator.generate(msgspec.structs.replace(request, grammar=None)))
    assert caught.value.code == "generator.unsupported"
    await generator.close()


async def test_box_that_writes_in_another_language_is_not_asked_to_write_in_this_one(tmp_path: Path) -> None:
    local = Local()
    own = Registry.load().default("generator")
    (tmp_path / "registry.toml").write_text(REGISTRY.format(sha256=own.files[0].sha256))
    found = await speaking(tmp_path, local, generator="both", generator_modes={"en": "prose", "ru": "prose"})
    assert found.modes == {"en": "prose", "ru": "prose"}
    assert "en" not in found.others
    assert isinstance(found.others["ru"], RemoteGenerator)


@pytest.mark.parametrize("generator", ["auto", "none"])
async def test_server_alone_speaks_where_the_box_has_no_model(tmp_path: Path, generator: str) -> None:
    found = await speaking(tmp_path, None, generator=generator, generator_modes={"ru": "phrase"})
    assert isinstance(found.generator, RemoteGenerator)
    assert (found.modes, found.others) == ({"ru": "phrase"}, {})


def test_node_that_never_dials_asks_only_a_server_on_this_machine(tmp_path: Path) -> None:
    away = {"generator_url": "https://router.example/v1", "generator_model": "large", "offline": True}
    assert models(tmp_path, **away).server() is None
    assert models(tmp_path, **{**away, "offline": False}).server() is not None
    assert models(tmp_path, **{**away, "generator_url": URL}).server() is not None
