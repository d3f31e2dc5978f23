"""The built files, and nothing else."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from edge.page.bundle import HELD_BYTES, Bundle
from edge.page.routes import handlers
from sync.errors import Missing


def test_files_are_known_by_their_path_with_type_and_tag(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text("1")
    (tmp_path / "index.html").write_text("<p>")
    (tmp_path / "manifest.json").write_text('{"content_security_policy": "default-src \'none\'"}')
    bundle = Bundle.load(tmp_path)
    assert bundle.get("assets/a.js").media_type == "text/javascript; charset=utf-8"
    assert bundle.get("index.html").tag != bundle.get("assets/a.js").tag
    assert bundle.policy == "default-src 'none'"


@pytest.mark.parametrize(
    "name", ["../settings.py", "assets/../index.html", "/etc/passwd", "manifest.json", ""]
)
def test_nothing_outside_is_served(tmp_path: Path, name: str) -> None:
    (tmp_path / "index.html").write_text("<p>")
    with pytest.raises(Missing):
        Bundle.load(tmp_path).get(name)


def test_page_that_was_not_built_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(Missing) as missing:
        Bundle.load(tmp_path / "dist").get("index.html")
    assert "make setup" in missing.value.hint


SCRIPT = "let a = 1;" * 500


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[AsyncTestClient[Litestar]]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text(SCRIPT)
    (tmp_path / "assets" / "f.woff2").write_bytes(b"font" * 500)
    (tmp_path / "index.html").write_text("<p>")
    async with AsyncTestClient(Litestar(handlers(Bundle.load(tmp_path)))) as client:
        yield client


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "gzip, deflate, br, zstd"])
async def test_text_goes_packed_to_who_can_open_it(http: AsyncTestClient[Litestar], accepted: str) -> None:
    reply = await http.get("/assets/a.js", headers={"Accept-Encoding": accepted})
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["vary"] == "Accept-Encoding"
    assert int(reply.headers["content-length"]) == len(gzip.compress(SCRIPT.encode())) < len(SCRIPT)
    assert reply.text == SCRIPT


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, br"])
async def test_text_goes_plain_to_others(http: AsyncTestClient[Litestar], accepted: str) -> None:
    reply = await http.get("/assets/a.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in reply.headers
    assert reply.text == SCRIPT


async def test_fonts_are_packed_already(http: AsyncTestClient[Litestar]) -> None:
    reply = await http.get("/assets/f.woff2", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in reply.headers


async def test_same_tag_is_not_sent_again(http: AsyncTestClient[Litestar]) -> None:
    tag = (await http.get("/")).headers["etag"]
    assert (await http.get("/", headers={"If-None-Match": tag})).status_code == 304


async def test_what_is_large_is_read_from_the_disk_packed_by_the_build(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    large = b"\0asm" * (HELD_BYTES // 4 + 1)
    (tmp_path / "assets" / "m.wasm").write_bytes(large)
    (tmp_path / "assets" / "m.wasm.gz").write_bytes(gzip.compress(large))
    bundle = Bundle.load(tmp_path)
    assert set(bundle.files) == {"assets/m.wasm"}
    assert isinstance(bundle.get("assets/m.wasm").data, Path)
    async with AsyncTestClient(Litestar(handlers(bundle))) as client:
        packed = await client.get("/assets/m.wasm", headers={"Accept-Encoding": "gzip"})
        plain = await client.get("/assets/m.wasm", headers={"Accept-Encoding": ""})
        assert (packed.headers["content-encoding"], packed.content) == ("gzip", large)
        assert ("content-encoding" in plain.headers, plain.content) == (False, large)
        for path in (tmp_path / "assets").iterdir():
            path.unlink()
        assert (await client.get("/assets/m.wasm")).status_code >= 400


@pytest.mark.parametrize(
    "beside",
    [gzip.compress(b"of another build", mtime=0), b"no gzip", b"", gzip.compress(b"x", mtime=0)[:-9]],
    ids=["other", "no-gzip", "empty", "cut"],
)
def test_what_is_packed_of_other_bytes_is_packed_anew(tmp_path: Path, beside: bytes) -> None:
    for name, packed in (("a.js", beside), ("b.js", gzip.compress(SCRIPT.encode(), 1, mtime=0))):
        (tmp_path / name).write_text(SCRIPT)
        (tmp_path / f"{name}.gz").write_bytes(packed)
    files = Bundle.load(tmp_path).files
    assert files["a.js"].packed == gzip.compress(SCRIPT.encode(), mtime=0)
    assert files["b.js"].packed == gzip.compress(SCRIPT.encode(), 1, mtime=0)


async def test_page_and_scripts_are_isolated_and_others_may_load_them(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text("1")
    (tmp_path / "assets" / "f.woff2").write_bytes(b"f")
    (tmp_path / "index.html").write_text("<p>")
    (tmp_path / "manifest.json").write_text('{"content_security_policy": "default-src \'none\'"}')
    async with AsyncTestClient(Litestar(handlers(Bundle.load(tmp_path)))) as client:
        for path in ("/", "/assets/a.js"):
            assert (await client.get(path)).headers["cross-origin-embedder-policy"] == "require-corp", path
        assert "cross-origin-embedder-policy" not in (await client.get("/assets/f.woff2")).headers
