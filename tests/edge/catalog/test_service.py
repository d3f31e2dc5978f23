"""Import, check and export as one call each; a kill leaves the old catalogue or the new one."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.catalog import service
from edge.catalog.apply import Rules
from edge.catalog.service import Origin
from edge.catalog.store import Catalog, open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.database import driver
from sync.errors import Corrupt, Missing, Refused
from sync.provider import Market

ROOT = Path(__file__).parents[3]
TAXONOMY = Taxonomy.load()


def _lines(folder: Path, *documents: object, name: str = "in.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), "utf-8")
    return path


def _provider(id: str, **change: object) -> dict[str, object]:
    return {"id": id, "categories": ["craft/plumber"], "name": f"Name of {id}", **change}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return open_catalog(tmp_path / "data")


def test_lines_and_market_come_in_together(catalog: Catalog, tmp_path: Path) -> None:
    own = {"id": "own/banya", "names": {"ru": "Баня"}}
    market = tmp_path / "market.json"
    market.write_text(json.dumps({"id": "m", "languages": ["ru"], "categories": [own]}), "utf-8")
    path = _lines(tmp_path, _provider("a", categories=["own/banya"]))
    report = service.import_from(catalog, TAXONOMY, Origin(path), market_file=market)
    assert (report.added, report.doubtful, report.version) == (1, 0, 1)
    assert catalog.market().languages == ("ru",)


def test_doubts_are_told_and_the_line_is_kept(catalog: Catalog, tmp_path: Path) -> None:
    path = _lines(tmp_path, _provider("a", categories=["own/nothing"], opening_hours="when I feel like it"))
    report = service.import_from(catalog, TAXONOMY, Origin(path))
    assert report.added == 1
    reasons = " ".join(problem.reason for problem in report.problems)
    assert "own/nothing" in reasons
    assert "when I feel like it" in reasons


def test_gzip_is_unpacked_and_a_cut_one_imports_nothing(catalog: Catalog, tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(json.dumps(_provider(f"p{n}")).encode() + b"\n" for n in range(500)))
    whole, cut = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(Corrupt) as raised:
        service.import_from(catalog, TAXONOMY, Origin(cut))
    assert raised.value.code == "source.gzip"
    assert catalog.count() == 0
    assert service.import_from(catalog, TAXONOMY, Origin(whole)).added == 500


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("x.jsonl", "", "jsonl"),
        ("x.csv", "id,name,categories\n1,A,craft/plumber\n", "csv"),
        ("x.json", '{"@context":"https://schema.org","@type":"Plumber","@id":"1","name":"A"}', "jsonld"),
        ("x.json", '{"elements":[{"type":"node","id":1,"tags":{"craft":"plumber","name":"A"}}]}', "overpass"),
        ("x", '{"type":"FeatureCollection","features":[]}', "geojson"),
        ("x", '{"id":"1","categories":["craft/plumber"],"name":"A"}', "jsonl"),
    ],
)
def test_form_is_known_by_name_or_content(tmp_path: Path, name: str, content: str, form: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    guessed = service.check(TAXONOMY, Origin(path), Market(id="m"))
    said = service.check(TAXONOMY, Origin(path, form=form), Market(id="m"))  # type: ignore[arg-type]
    assert (guessed.added, guessed.refused) == (said.added, said.refused)
    assert guessed.refused == 0


def test_source_of_no_known_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x7fELF")
    with pytest.raises(Refused) as raised:
        service.check(TAXONOMY, Origin(path), Market(id="m"))
    assert "--format" in raised.value.hint


def test_source_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        service.check(TAXONOMY, Origin(tmp_path / "none.jsonl"), Market(id="m"))
    with pytest.raises(Refused):
        service.check(TAXONOMY, Origin(tmp_path), Market(id="m"))


def test_check_touches_nothing_and_counts_the_same(catalog: Catalog, tmp_path: Path) -> None:
    path = _lines(tmp_path, _provider("a"), {"id": "b"}, {"id": "c", "deleted": True})
    report = service.check(TAXONOMY, Origin(path), Market(id="m"))
    assert (report.added, report.refused, report.deleted) == (1, 1, 1)
    assert catalog.count() == 0


def test_export_is_whole_and_imports_to_the_same(catalog: Catalog, tmp_path: Path) -> None:
    documents = [_provider(f"p{n}", later={"x": n}) for n in range(5)]
    service.import_from(catalog, TAXONOMY, Origin(_lines(tmp_path, *documents)))
    out = tmp_path / "out.jsonl"
    assert service.export(catalog, out) == 5
    assert [json.loads(line) for line in out.read_text().splitlines()] == documents
    assert os.listdir(tmp_path).count(".out.jsonl.partial") == 0
    again = service.import_from(catalog, TAXONOMY, Origin(out), Rules(replace=True))
    assert (again.unchanged, again.deleted, again.version) == (5, 0, 1)


def test_stats_count_what_is_there(catalog: Catalog, tmp_path: Path) -> None:
    lines = (_provider("a", city="Riga", attributes={"wifi": True}), _provider("b", city="Riga"))
    service.import_from(catalog, TAXONOMY, Origin(_lines(tmp_path, *lines)))
    found = service.stats(catalog)
    assert (found.providers, found.version) == (2, 1)
    assert found.cities == {"Riga": 2}
    assert found.categories == {"craft/plumber": 2}
    assert found.attributes == {"wifi": 1}


@pytest.mark.parametrize("after", [1, 200, 900])
def test_kill_in_the_middle_of_an_import_leaves_the_old_catalogue(tmp_path: Path, after: int) -> None:
    data = tmp_path / "data"
    catalog = open_catalog(data)
    service.import_from(catalog, TAXONOMY, Origin(_lines(tmp_path, _provider("old"))))
    before = list(catalog.documents())
    catalog.database.close()
    lines = [json.dumps(_provider(f"p{n}", name="x" * 290)).encode() + b"\n" for n in range(after)]
    command = [
        sys.executable,
        "-m",
        "edge.cli",
        "catalog",
        "import",
        "-",
        "--replace",
        "--data-dir",
        str(data),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT) as importing:
        assert importing.stdin is not None
        importing.stdin.write(b"".join(lines))
        importing.stdin.flush()
        _wait_until_taken(data, importing)
        importing.kill()
    catalog = open_catalog(data)
    assert list(catalog.documents()) == before
    assert catalog.version() == 1
    assert catalog.database.damage() is None
    assert service.import_from(catalog, TAXONOMY, Origin(_lines(tmp_path, _provider("new")))).added == 1
    catalog.database.close()


def _wait_until_taken(data: Path, importing: "subprocess.Popen[bytes]") -> None:
    """Returns once the import holds the write lock, that is, in the middle of its transaction."""
    connection = driver().connect(str(data / "catalog.db"))
    connection.execute("PRAGMA busy_timeout = 0")
    while importing.poll() is None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except driver().module.OperationalError:
            connection.close()
            return
    raise AssertionError("the import ended before it could be killed")


def test_import_waits_for_another_and_both_are_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    open_catalog(data).database.close()
    paths = [_lines(tmp_path, *[_provider(f"{s}{n}") for n in range(200)], name=f"{s}.jsonl") for s in "ab"]
    command = [sys.executable, "-m", "edge.cli", "catalog", "import", "--json", "--data-dir", str(data)]
    running = [subprocess.Popen([*command, str(path)], cwd=ROOT, stdout=subprocess.PIPE) for path in paths]
    reports = [json.loads(process.communicate()[0]) for process in running]
    assert [report["added"] for report in reports] == [200, 200]
    assert sorted(report["version"] for report in reports) in ([1, 2], [2, 2])
    catalog = open_catalog(data)
    assert (catalog.count(), catalog.version()) == (400, 2)
    catalog.database.close()
