"""`make evaluate`: a node over a real directory, scored on real questions; ends with the score as JSON.

    python -m bench.evaluate --data ../shared/data/services -- --sample 100 --questions FILE

What follows `--` goes to the scorer as it is. The imported catalogue is kept under `.state` by the content of
the data and of the code that imports it.
"""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from bench.node import ROOT, NotReadyError, command, running

KEPT = ROOT / ".state" / "evaluate"
IMPORTS = (
    "edge/catalog/**/*.py",
    "edge/search/text_index.py",
    "edge/search/fold.py",
    "edge/database.py",
    "sync/*.py",
)


def main() -> int:
    """The scorer's exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "services")
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("rest", nargs="*")
    given = parser.parse_args()
    data = given.data.resolve()
    scorer = given.scorer or data.parent.parent / "bench" / "evaluate.py"
    for needed in (data / "catalog.jsonl", scorer):
        if not needed.is_file():
            print(f"{needed} is not there. Say where the data is: make evaluate DATA=folder", file=sys.stderr)
            return 2
    data_dir = imported(data / "catalog.jsonl")
    try:
        with running(data_dir) as node:
            print(f"node ready in {node.ready_s:.1f} s", file=sys.stderr)
            arguments = ["--url", node.url, "--data", str(data), *given.rest]
            return subprocess.run([sys.executable, str(scorer), *arguments]).returncode
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 1


def imported(catalog: Path, market: Path | None = None) -> Path:
    """A data folder that holds this catalogue; made once."""
    given = [catalog, market] if market else [catalog]
    data_dir = KEPT / _digest(given)
    done = data_dir / "imported"
    if not done.is_file():
        print(f"importing {catalog.name} …", file=sys.stderr)
        arguments = ["--data-dir", str(data_dir), "catalog", "import", str(catalog), "--json"]
        arguments += ["--market", str(market)] if market else []
        subprocess.run(command(*arguments), cwd=ROOT, check=True, stdout=sys.stderr)
        done.touch()
    return data_dir


def _digest(given: list[Path]) -> str:
    total = hashlib.sha256()
    code = sorted({path for pattern in IMPORTS for path in ROOT.glob(pattern)})
    for path in (*given, *code):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


if __name__ == "__main__":
    raise SystemExit(main())
