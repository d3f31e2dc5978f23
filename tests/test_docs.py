"""The documents tell the truth: commands are documented, what the README shows runs, links lead somewhere."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer

from cloud.cli import app as hub_app
from cloud.settings import Settings as HubSettings
from edge.cli import app
from edge.model import Models
from edge.settings import Settings
from models.runtime.remote_server import Flavour

ROOT = Path(__file__).resolve().parent.parent
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
LIMIT_S = 120
# Put together here, so that this file does not hold what it looks for.
REGISTRIES = "|".join(("pypi", "npmjs", "pythonhosted", "deb[.]debian"))
NOT_IN_THE_REPOSITORY = {
    "path of a machine": re.compile(r"/(?:work/main|work/shared|tmp/bash_jobs|farm|root)/[\w.]"),
    "host of a package registry": re.compile(rf"(?:{REGISTRIES})[.]org"),
    "left undone": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b"),
    "stub": re.compile("raise NotImplemented" + "Error"),
    "issue number": re.compile(r"\bissue[ #]+\d+\b", re.I),
}


def tracked() -> list[Path]:
    """Files of the repository; without git, those that are not made here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode == 0 and listed.stdout:
        return [
            ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()
        ]
    made = {".venv", ".state", "node_modules", "dist", "__pycache__", ".git"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.parts)]


def texts() -> Iterator[tuple[Path, str]]:
    """Text files of the repository."""
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def commands(app: typer.Typer) -> list[str]:
    """Every command of a program, with its group."""

    def walk(group: typer.main.TyperGroup, before: str) -> Iterator[str]:
        for name, command in group.commands.items():
            if isinstance(command, typer.main.TyperGroup):
                yield from walk(command, f"{before}{name} ")
            else:
                yield f"{before}{name}"

    return list(walk(typer.main.get_group(app), ""))


def readme_commands() -> list[str]:
    """What the README tells a newcomer to type once a node stands."""
    blocks = SHELL_BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("command", commands(app))
def test_every_command_is_documented(command: str) -> None:
    group, _, name = command.rpartition(" ")
    documents = [
        ROOT / "edge" / "README.md",
        ROOT / "models" / "README.md",
        ROOT / "edge" / "catalog" / "README.md",
    ]
    said = "\n".join(path.read_text(encoding="utf-8") for path in documents if path.is_file())
    assert re.search(
        rf"prilavok-edge {group}\b.*\b{name}\b" if group else rf"prilavok-edge {name}\b", said
    ), command


@pytest.mark.parametrize("command", commands(hub_app))
def test_every_command_of_the_hub_is_documented(command: str) -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "cloud").rglob("*.md"))
    group, _, name = command.rpartition(" ")
    assert re.search(rf"prilavok {group}\b.*\b{name}\b" if group else rf"prilavok {name}\b", said), command


@pytest.mark.parametrize("setting", list(HubSettings.model_fields))
def test_every_setting_of_the_hub_is_documented(setting: str) -> None:
    assert f"`{setting}`" in (ROOT / "cloud" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", list(Settings.model_fields))
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in (ROOT / "edge" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo market, as `make run` leaves one."""
    from edge.catalog.demo.write import write

    source, data = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("data")
    write(source)
    imported = [sys.executable, "-m", "edge.cli", "--data-dir", str(data), "catalog", "import"]
    files = [str(source / "catalog.jsonl"), "--market", str(source / "market.json")]
    subprocess.run([*imported, *files], cwd=ROOT, check=True, capture_output=True, timeout=LIMIT_S)
    return data


@pytest.mark.parametrize("line", readme_commands())
def test_readme_command_runs(line: str, demo_data: Path) -> None:
    program, *arguments = shlex.split(line)
    assert program == ".venv/bin/prilavok-edge"
    environment = {**os.environ, "PRILAVOK_DATA_DIR": str(demo_data)}
    done = subprocess.run(
        [sys.executable, "-m", "edge.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_readme_names_the_two_commands_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    said = re.findall(r"^    make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert said == ["run", "test"]
    for target in (*said, "check", "evaluate", "bench", "bench-cache", "clean", "setup"):
        assert re.search(rf"^{target}:", makefile, re.M), target


@pytest.mark.parametrize("path", [path for path in tracked() if path.suffix == ".md"], ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    broken = [
        link for link in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()
    ]
    assert broken == []


def test_repository_speaks_of_the_product_alone() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path, text in texts()
        for what, pattern in NOT_IN_THE_REPOSITORY.items()
        if path.name != "package-lock.json" and pattern.search(text)
    ]
    assert found == []


def test_licence_and_notice_are_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    notice = (ROOT / "NOTICE").read_text()
    for part in ("id-tagging-schema", "SmolLM2", "Golos", "Maki", "llama.cpp"):
        assert part.lower() in notice.lower()


def settings_shown() -> list[str]:
    """The settings files that the documents show."""
    text = (ROOT / "models" / "runtime" / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S)


@pytest.mark.parametrize("shown", settings_shown(), ids=range(len(settings_shown())))
def test_settings_file_that_is_shown_is_one(shown: str, tmp_path: Path) -> None:
    key = tmp_path / "model.key"
    key.write_text("a key\n")
    file = tmp_path / "edge.toml"
    file.write_text(shown.replace("/etc/prilavok/model.key", str(key)))
    settings = Settings.load(file)
    server = Models.of(settings).server()
    assert server is not None
    assert server.key == ("a key" if "key_file" in shown else None)
    assert settings.generator_modes


def test_settings_are_shown_for_each_flavour() -> None:
    assert {re.search(r'flavour = "(.*)"', shown)[1] for shown in settings_shown()} == set(get_args(Flavour))  # type: ignore[index]
