"""A page takes a market along from a real node, and follows it while it changes."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.node import ROOT, Node, running
from edge.database import driver
from tests.e2e.conftest import cli, import_demo

WAIT_S = 120


def head(node: Node, version: int) -> dict[str, Any]:
    """The head of at least this version of the catalogue, once it is there."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        reply = httpx.get(f"{node.url}/browser/head")
        if reply.status_code == 200 and reply.json()["catalog_version"] >= version:
            return dict(reply.json())
        assert reply.status_code in (200, 503), reply.text
        time.sleep(0.05)
    raise AssertionError(f"no browser index of version {version}")


class Page:
    """What a page keeps: chunks by digest."""

    def __init__(self, node: Node) -> None:
        self.node, self.kept, self.fetched = node, dict[str, bytes](), 0

    def follow(self, part: dict[str, Any]) -> bytes:
        """The part, with only those chunks fetched that are not kept."""
        self.fetched = 0
        for digest in part["chunks"]:
            if digest not in self.kept:
                reply = httpx.get(f"{self.node.url}/browser/chunk/{digest}")
                assert "immutable" in reply.headers["cache-control"]
                self.kept[digest] = reply.content
                self.fetched += len(reply.content)
        data = b"".join(self.kept[digest] for digest in part["chunks"])
        assert hashlib.sha256(data).hexdigest() == part["digest"]
        return data


def phones(data: bytes, path: Path) -> dict[str, str]:
    path.write_bytes(data)
    file = driver().connect(str(path))
    rows = file.execute("SELECT id, record FROM provider").fetchall()
    file.close()
    return {id: json.loads(record).get("phone", "") for id, record in rows}


def test_a_page_follows_a_change_by_the_chunks_that_are_new(demo_files: Path, tmp_path: Path) -> None:
    data_dir = import_demo(tmp_path / "data", demo_files)
    with running(data_dir, "--generator", "none", "--embedding", "none") as node:
        page, first = Page(node), head(node, 1)
        whole = page.follow(first["parts"]["index"])
        line = json.loads((demo_files / "catalog.jsonl").read_text("utf-8").splitlines()[0])
        assert phones(whole, tmp_path / "one.db")[line["id"]] != "+49 30 99"
        changed = tmp_path / "changed.jsonl"
        changed.write_text(json.dumps({**line, "phone": "+49 30 99"}), "utf-8")
        cli("--data-dir", str(data_dir), "catalog", "import", str(changed))
        second = head(node, 2)
        followed = page.follow(second["parts"]["index"])
        assert phones(followed, tmp_path / "two.db")[line["id"]] == "+49 30 99"
        assert page.fetched < len(whole) / 20
        assert second["parts"]["rules"] == first["parts"]["rules"]


def test_parts_come_whole_and_packed_and_what_is_gone_is_missing(node: Node) -> None:
    found = head(node, 1)
    for name, part in found["parts"].items():
        reply = httpx.get(f"{node.url}/browser/part/{part['digest']}")
        assert reply.headers["content-encoding"] == "gzip", name
        assert hashlib.sha256(reply.content).hexdigest() == part["digest"]
        plain = httpx.get(
            f"{node.url}/browser/part/{part['digest']}", headers={"Accept-Encoding": "identity"}
        )
        assert "content-encoding" not in plain.headers
        assert plain.content == reply.content
    for path in ("chunk/00", "part/00", "chunk/..%2Fhead.json"):
        assert httpx.get(f"{node.url}/browser/{path}").status_code == 404


def test_an_unchanged_head_is_not_sent_again(node: Node) -> None:
    head(node, 1)
    reply = httpx.get(f"{node.url}/browser/head")
    again = httpx.get(f"{node.url}/browser/head", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_a_page_fetches_stays_within_its_budget(demo_dir: Path) -> None:
    asked = [sys.executable, "-m", "edge.browser_index", str(demo_dir)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["providers"] > 400
    assert told["over"] == []
    assert told["index_per_1000_kb"] == pytest.approx(told["index_kb"] * 1000 / told["providers"], rel=0.01)
