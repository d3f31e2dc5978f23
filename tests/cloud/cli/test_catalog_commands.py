"""A day of the one who keeps a catalogue: import, look, publish, take it back. The hub has no broker."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cloud.catalog.market import lines, provider
from tests.simulators.hub_database import Database

SECRET = "correct horse battery"
LIMIT_S = 60


@dataclass
class Desk:
    """A shell, logged in, with a market."""

    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str, said: str = "", fails: int = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "cloud.cli", *arguments],
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=self.folder,
        )
        assert done.returncode == fails, done.stdout + done.stderr
        return done

    def file(self, name: str, *documents: dict[str, object]) -> str:
        path = self.folder / name
        path.write_bytes(lines(*documents))
        return str(path)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "PRILAVOK_HUB_DATABASE_OWNER_URL": database.url("owner"),
        "PRILAVOK_HUB_DATABASE_APP_URL": database.url("app"),
        "PRILAVOK_HUB_DATA_DIR": str(tmp_path / "hub"),
        "PRILAVOK_HUB_BROKER_URL": "mqtt://127.0.0.1:1",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    command = [sys.executable, "-m", "cloud.cli", "hub", "web", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as hub:
        try:
            assert hub.stdout is not None
            made = Desk({**environment, "PRILAVOK_API": hub.stdout.readline().strip()}, tmp_path)
            made.run("hub", "admin", "root", "--password-stdin", said=SECRET)
            made.run("login", "root", "--password-stdin", said=SECRET)
            made.run("tenant", "add", "demo")
            made.run("market", "add", "riga")
            yield made
        finally:
            hub.kill()


def test_a_catalogue_is_imported_published_and_taken_back(desk: Desk) -> None:
    file = desk.file("shops.jsonl", provider("a"), provider("b"))
    assert "would be 2 added" in desk.run("catalog", "import", file, "--dry-run").stdout
    assert "2 added" in desk.run("catalog", "import", file).stdout
    assert "added" in desk.run("catalog", "diff").stdout
    assert "would publish version 1: 2 added" in desk.run("catalog", "publish", "--dry-run").stdout
    assert "Version 1" in desk.run("catalog", "publish", "--note", "spring").stdout
    smaller = desk.file("less.jsonl", provider("a", city="Riga"))
    desk.run("catalog", "import", smaller, "--replace")
    shrinking = desk.run("catalog", "publish", fails=5)
    assert "1 of 2 providers" in shrinking.stderr
    assert "--yes" in shrinking.stderr
    desk.run("catalog", "publish", "--yes")
    assert "would go back to version 1" in desk.run("catalog", "rollback", "1", "--dry-run").stdout
    desk.run("catalog", "rollback", "1")
    history = json.loads(desk.run("catalog", "history", "--json").stdout)
    assert [(each["version"], each["kind"], each["providers"]) for each in history] == [
        (3, "rollback", 2),
        (2, "publish", 1),
        (1, "publish", 2),
    ]
    assert "spring" in desk.run("catalog", "history").stdout
    changed = json.loads(desk.run("catalog", "diff", "--from", "1", "--to", "2", "--json").stdout)
    assert [(each["id"], each["kind"]) for each in changed] == [("a", "changed"), ("b", "deleted")]
    assert json.loads(desk.run("catalog", "show", "--json").stdout)["version"] == 3


def test_bad_lines_are_told_with_their_number_and_a_pipe_is_read(desk: Desk) -> None:
    said = lines(provider("a")).decode() + "no json\n"
    done = desk.run("catalog", "import", "-", "--format", "jsonl", said=said)
    assert "2: left out: is no JSON" in done.stderr
    assert "1 added" in done.stdout
    desk.run("catalog", "import", "-", "--format", "jsonl", "--strict", said=said, fails=1)
    desk.run("catalog", "import", "nowhere.jsonl", fails=3)
    desk.run("catalog", "discard", fails=5)
    desk.run("catalog", "discard", "--yes")
    assert "Nothing is different" in desk.run("catalog", "diff").stdout


def test_a_table_and_the_markets_document_come_along(desk: Desk) -> None:
    (desk.folder / "firmen.csv").write_text("Nr;Firma\n1;Rohr\n", "utf-8")
    columns = (
        'delimiter = ";"\n[columns]\nid = "Nr"\nname = "Firma"\n[constants]\ncategories = ["own/rohr"]\n'
    )
    (desk.folder / "columns.toml").write_text(columns, "utf-8")
    own = {"id": "riga", "categories": [{"id": "own/rohr", "names": {"de": "Rohre"}}]}
    (desk.folder / "market.json").write_text(json.dumps(own), "utf-8")
    with_files = ("--mapping", "columns.toml", "--document", "market.json")
    told = desk.run("catalog", "import", "firmen.csv", *with_files, "--json")
    report = json.loads(told.stdout)
    assert (report["added"], report["doubtful"]) == (1, 0)
