"""Prints what the browser index of a data folder weighs: `python -m edge.browser_index DATA_DIR`.

Makes it in a temporary folder; the node's own is not touched. The last line is one JSON object; the exit
status is 1 where a budget does not hold.
"""

import sys
import tempfile
from pathlib import Path

import msgspec

from edge.answer import language
from edge.answer.knowledge import Brain
from edge.browser_index.report import BUDGET_KB, sizes
from edge.browser_index.service import Builder
from edge.browser_index.shelf import Shelf
from edge.catalog.store import open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search.text_index import TextIndex


def main(data_dir: Path) -> int:
    """Builds, measures, prints."""
    taxonomy = Taxonomy.load()
    catalog = open_catalog(data_dir, (TextIndex(taxonomy),))
    taxonomy = taxonomy.with_market(catalog.market())
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        brain = Brain(catalog, taxonomy)
        Builder(catalog, taxonomy, shelf, brain.knowledge, language.identifier).build()
        found = sizes(shelf.head())
    catalog.database.close()
    for name, value in msgspec.to_builtins(found).items():
        most = f"   of {BUDGET_KB[name]:g}" if name in BUDGET_KB else ""
        print(f"{name:20} {value if not isinstance(value, list | tuple) else ', '.join(value) or '-'}{most}")
    print(msgspec.json.encode(found).decode())
    return 1 if found.over else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
