"""The built files, and nothing else."""

from pathlib import Path

import pytest

from edge.page.bundle import Bundle
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
