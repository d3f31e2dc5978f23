"""The hub's documents show commands that are there: each parses with the options and arguments it shows."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from cloud.cli import app

ROOT = Path(__file__).resolve().parents[3] / "cloud"
SHOWN = re.compile(r"^ {4}(prilavok [^#|\n]+)", re.M)


def shown() -> list[str]:
    """Every line that a document says to type."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.md")))
    return sorted({line.strip() for text in texts for line in SHOWN.findall(text)})


def test_documents_show_commands() -> None:
    assert len(shown()) > 15


@pytest.mark.parametrize("line", shown())
def test_command_that_is_shown_parses(line: str) -> None:
    _, *words = shlex.split(line)
    command = typer.main.get_command(app)
    context = typer.Context(command)
    while isinstance(command, typer.main.TyperGroup):
        name, command, words = command.resolve_command(context, words)
        assert command is not None, line
    command.make_context(name, words, parent=context)
