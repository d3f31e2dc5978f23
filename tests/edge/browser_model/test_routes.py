"""The model for pages: by digest, in ranges, and only where there is one."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import AsyncTestClient

from edge.browser_model.service import CHUNK_BYTES, LIMIT_BYTES, BrowserModel, offered
from edge.parts import Opened
from models.registry import File, Model
from models.shelf import Shelf
from sync.errors import Unavailable
from tests.simulators.pipeline import EchoAnswers, counter, shelf

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def model(folder: Path, content: bytes = CONTENT, path: str = "small.gguf", **more: object) -> Model:
    """A model of one file, on a shelf in that folder."""
    digest = hashlib.sha256(content).hexdigest()
    made = Model(
        name="small",
        role="generator",
        licence="CC0-1.0",
        languages=("en",),
        files=(File(path=path, sha256=digest, size_bytes=len(content)),),
        **{"modes": {"en": "phrase", "ru": "template"}, "context": 512, **more},  # type: ignore[arg-type]
    )
    (folder / "small").mkdir(exist_ok=True)
    (folder / "small" / path).write_bytes(content)
    return made


@pytest.fixture
def small(tmp_path: Path) -> BrowserModel:
    found = offered(model(tmp_path), Shelf(tmp_path))
    assert found is not None
    return found


@pytest.fixture
async def http(small: BrowserModel, tmp_path: Path) -> AsyncIterator[AsyncTestClient[Litestar]]:
    opened = Opened(answers=EchoAnswers(), shelf=shelf(), browser_model=small)
    made = counter(tmp_path / "node", opener=lambda stage: opened)
    await made.parts.open()
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as client:
        yield client
    await made.parts.close()


async def test_head_names_digests_and_languages(http: AsyncTestClient[Litestar]) -> None:
    reply = await http.get("/browser/model")
    assert reply.json() == {
        "form": 1,
        "name": "small",
        "digest": DIGEST,
        "bytes": len(CONTENT),
        "chunk_bytes": CHUNK_BYTES,
        "chunks": [DIGEST[:32]],
        "modes": {"en": "phrase"},
    }
    assert reply.headers["cache-control"] == "no-cache"


async def test_whole_file_comes_under_its_digest_for_ever(http: AsyncTestClient[Litestar]) -> None:
    reply = await http.get(f"/browser/model/{DIGEST}")
    assert (reply.status_code, reply.content) == (200, CONTENT)
    assert reply.headers["accept-ranges"] == "bytes"
    assert "immutable" in reply.headers["cache-control"]
    assert (await http.get("/browser/model/0000")).status_code != 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, len(CONTENT) + 5), length=st.integers(1, len(CONTENT) + 5), open=st.booleans())
async def test_any_range_is_that_stretch(
    http: AsyncTestClient[Litestar], start: int, length: int, open: bool
) -> None:
    asked = f"bytes={start}-" if open else f"bytes={start}-{start + length - 1}"
    reply = await http.get(f"/browser/model/{DIGEST}", headers={"Range": asked})
    if start >= len(CONTENT):
        assert (reply.status_code, reply.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")
        return
    wanted = CONTENT[start:] if open else CONTENT[start : start + length]
    assert (reply.status_code, reply.content) == (206, wanted)
    assert int(reply.headers["content-length"]) == len(wanted)
    end = start + len(wanted) - 1
    assert reply.headers["content-range"] == f"bytes {start}-{end}/{len(CONTENT)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=-5", "lines=1-2", "bytes=a-b", "bytes=5-2"])
async def test_what_is_no_single_range_gets_all_or_nothing(
    http: AsyncTestClient[Litestar], asked: str
) -> None:
    reply = await http.get(f"/browser/model/{DIGEST}", headers={"Range": asked})
    assert reply.status_code in (200, 416)
    assert reply.content in (CONTENT, b"")


def test_chunks_are_digests_of_pieces_of_the_file(tmp_path: Path) -> None:
    content = bytes(CHUNK_BYTES + 10)
    found = offered(model(tmp_path, content), Shelf(tmp_path))
    assert found is not None
    pieces = (content[:CHUNK_BYTES], content[CHUNK_BYTES:])
    assert found.head().chunks == tuple(hashlib.sha256(piece).hexdigest()[:32] for piece in pieces)


def test_only_a_small_whole_file_that_may_speak_is_offered(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert offered(None, shelf) is None
    assert offered(model(tmp_path, path="small.onnx"), shelf) is None
    assert offered(model(tmp_path, modes={"en": "template"}), shelf) is None
    made = model(tmp_path)
    (tmp_path / "small" / "small.gguf").write_bytes(CONTENT[:-1])
    assert offered(made, shelf) is None
    large = model(tmp_path)
    large = Model(
        **{
            **{f: getattr(large, f) for f in large.__struct_fields__},
            "files": (File(path="small.gguf", sha256=DIGEST, size_bytes=LIMIT_BYTES + 1),),
        }
    )
    with (tmp_path / "small" / "small.gguf").open("wb") as file:
        file.truncate(LIMIT_BYTES + 1)
    assert offered(large, shelf) is None


def test_a_file_that_went_away_is_said(small: BrowserModel) -> None:
    small.path.unlink()
    with pytest.raises(Unavailable):
        small.head()


async def test_a_node_without_one_says_so(tmp_path: Path) -> None:
    made = counter(tmp_path)
    await made.parts.open()
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as client:
        reply = await client.get("/browser/model")
        unknown = await client.get(f"/browser/model/{DIGEST}")
    await made.parts.close()
    assert (reply.status_code, reply.json()) == (200, None)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "browser.model_unknown")
