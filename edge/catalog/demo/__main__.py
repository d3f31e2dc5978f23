"""`python -m edge.catalog.demo OUT_DIR [--json]`: write the demo market into a folder."""

import argparse
from pathlib import Path

import msgspec

from edge.catalog.demo.write import write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m edge.catalog.demo", description="Write the demo market.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="folder to write into, made if need be")
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")
    arguments = parser.parse_args()
    summary = write(arguments.folder)
    if arguments.json:
        print(msgspec.json.encode(summary).decode())
        return
    print(f"{summary.providers} providers in {summary.categories} categories and {summary.places} places")
    for path in (summary.catalog_file, summary.market_file, summary.questions_file):
        print(f"  {path}")


if __name__ == "__main__":
    main()
