"""Generations are published whole, read by digest, and mended."""

import gzip
import hashlib
from pathlib import Path

import msgspec
import pytest

from edge.browser_index.chunk import chunk_digest
from edge.browser_index.form import INDEX, MARKET, RULES
from edge.browser_index.shelf import CURRENT, DRAFT, Shelf
from sync.errors import Corrupt, Missing, Unavailable
from sync.provider import Market
from tests.edge.browser_index.browser import stand
from tests.edge.search.market import PROVIDERS


def test_nothing_is_offered_before_the_first_is_built(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        Shelf(tmp_path).head()
    assert raised.value.retry_after_s


def test_every_part_is_its_chunks(tmp_path: Path) -> None:
    made = stand(tmp_path)
    head = made.build().head
    for part in head.parts.values():
        joined = b"".join(made.shelf.chunk(digest) for digest in part.chunks)
        assert hashlib.sha256(joined).hexdigest() == part.digest
        assert len(joined) == part.bytes
        assert made.shelf.part(part.digest, packed=False) == joined
        assert gzip.decompress(made.shelf.part(part.digest, packed=True)) == joined


def test_a_page_is_told_every_field_of_a_market_that_says_only_its_id(tmp_path: Path) -> None:
    made = stand(tmp_path, market=Market(id="riga"))
    told = msgspec.json.decode(made.build().part(MARKET).read_bytes())["market"]
    assert set(told) == set(Market.__struct_fields__)
    assert (told["name"], told["languages"], told["places"]) == ({}, ["en"], {})


def test_a_restarted_node_offers_what_it_had_and_builds_nothing(tmp_path: Path) -> None:
    made = stand(tmp_path)
    name = made.build().name
    again = Shelf(tmp_path / "browser")
    assert again.head().name == name
    made.builder.shelf = again
    made.builder._seen = None
    assert made.builder.follow() is None


def test_the_generation_before_is_kept_and_the_one_before_that_is_gone(tmp_path: Path) -> None:
    made = stand(tmp_path)
    heads = [made.build().head]
    for phone in ("1", "2"):
        made.put(msgspec.structs.replace(PROVIDERS[0], phone=phone))
        heads.append(made.build().head)
    assert made.shelf.part(heads[1].parts[INDEX].digest, packed=False)
    with pytest.raises(Missing):
        made.shelf.part(heads[0].parts[INDEX].digest, packed=False)
    folders = [path for path in (tmp_path / "browser").iterdir() if path.is_dir()]
    assert len(folders) == 2


@pytest.mark.parametrize("left", ["draft", "half", "pointer"])
def test_what_a_power_cut_leaves_is_no_generation(tmp_path: Path, left: str) -> None:
    made = stand(tmp_path)
    generation = made.build()
    browser = tmp_path / "browser"
    if left == "draft":
        (browser / DRAFT).mkdir()
        (browser / DRAFT / INDEX).write_bytes(b"half")
    elif left == "half":
        (generation.part(RULES)).write_bytes(b"cut off")
    else:
        (browser / CURRENT).write_text("0123456789abcdef")
    shelf = Shelf(browser)
    if left == "draft":
        assert shelf.head().name == generation.name
    else:
        assert shelf.current is None
    made.builder.shelf, made.builder._seen = shelf, None
    made.builder.follow()
    assert shelf.head().head.providers == len(PROVIDERS)
    assert not (browser / DRAFT).exists()


def test_a_damaged_chunk_is_refused_and_the_index_made_again(tmp_path: Path) -> None:
    made = stand(tmp_path)
    generation = made.build()
    path = generation.part(INDEX)
    data = bytearray(path.read_bytes())
    data[9000] ^= 1
    path.write_bytes(data)
    digest = generation.head.parts[INDEX].chunks[9000 // generation.head.parts[INDEX].chunk_bytes]
    with pytest.raises(Corrupt):
        made.shelf.chunk(digest)
    assert made.builder.follow() is not None
    assert not made.shelf.damaged
    part = made.shelf.head().head.parts[INDEX]
    assert all(chunk_digest(made.shelf.chunk(one)) == one for one in part.chunks)
