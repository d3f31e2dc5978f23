"""How well embedding models find across languages: `python -m models.retrieval HELP_FOLDER [MODEL …]`.

The folder holds the same help pages in many languages, as Debian's package gnome-user-docs has them under
`usr/share/help` (Mallard XML; unpacked with `dpkg-deb -x`). The English pages are searched with the titles of
each language. Nothing of the pages is kept.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import platformdirs

from models.evaluate import Retrieval, retrieval, time_embedding
from models.registry import Registry
from models.runtime.embed import Embedder
from models.shelf import Shelf
from sync.errors import PrilavokError

SPACE = "{http://projectmallard.org/1.0/}"
PASSAGE_CHARS = 400
LANGUAGES = (
    "en",
    "ru",
    "es",
    "de",
    "fr",
    "it",
    "pl",
    "pt",
    "nl",
    "zh_CN",
    "ja",
    "ko",
    "uk",
    "el",
)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One model over all languages."""

    model: str
    megabytes: float
    query_ms: float
    passage_ms: float
    languages: list[Retrieval]


def pages(folder: Path) -> dict[str, tuple[str, str]]:
    """Title and text of each page of one language, by page name."""
    found = {}
    for path in sorted(folder.glob("*/*.page")):
        root = ElementTree.parse(path).getroot()
        title = root.find(SPACE + "title")
        if title is not None:
            heading = " ".join("".join(title.itertext()).split())
            found[f"{path.parent.name}/{path.stem}"] = heading, " ".join(_text(root))
    return found


def _text(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag in (SPACE + "title", SPACE + "desc", SPACE + "p"):
            yield " ".join("".join(element.itertext()).split())


def evaluate(name: str, shelf: Shelf, help_folder: Path) -> Report:
    """One model. Raises Missing where it is not here."""
    model = Registry.load().get(name)
    timing = time_embedding(model, shelf.require(model))
    embedder = Embedder.load(model, shelf.place(model))
    english = pages(help_folder / "C")
    queries: dict[str, Sequence[str | None]] = {}
    for language in LANGUAGES:
        there = english if language == "en" else pages(help_folder / language)
        # An untranslated title would be an English query.
        titles = {
            key: title for key, (title, _) in there.items() if language == "en" or title != english[key][0]
        }
        queries[language] = [titles.get(key) for key in english]
    # Without its own title, or the English query would only be looked up.
    passages = [text.removeprefix(title)[:PASSAGE_CHARS] for title, text in english.values()]
    return Report(
        model=name,
        megabytes=round(model.size_bytes / 1e6, 1),
        query_ms=timing.query_ms,
        passage_ms=timing.passage_ms,
        languages=retrieval(embedder, passages, queries),
    )


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description="retrieval across languages over help pages")
    parser.add_argument("help_folder", type=Path)
    parser.add_argument("models", nargs="*", default=["use-multilingual-v3", "all-minilm-l6-v2"])
    default = platformdirs.user_cache_path("prilavok", appauthor=False) / "models"
    parser.add_argument("--models-dir", type=Path, default=default)
    options = parser.parse_args()
    try:
        reports = [evaluate(name, Shelf(options.models_dir), options.help_folder) for name in options.models]
    except PrilavokError as error:
        print(error, file=sys.stderr)
        return 1
    for report in reports:
        print(f"{report.model}: {report.megabytes} MB, {report.query_ms} / {report.passage_ms} ms")
        for row in report.languages:
            scores = f"R@1 {row.recall_at_1:.2f}  MRR {row.mean_reciprocal_rank:.2f}"
            print(f"  {row.language:6} {scores}  of {row.queries}")
    print(msgspec.json.encode(reports).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
