#!/usr/bin/env python3
"""The checks of `make check` that are not ruff's or mypy's: schemas, shell syntax, and the page.

Run it with the virtual environment's Python after `make setup-test`. Standard library only.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from setup import WIDGET, npm
from step import ROOT, Failed

SCRIPTS = (".ci/run",)


def main() -> int:
    try:
        for script in SCRIPTS:
            if subprocess.run(["sh", "-n", str(ROOT / script)]).returncode:
                raise Failed(f"{script} is not a shell script.")
        schemas = [sys.executable, "-m", "sync.schema.build", "--check"]
        if subprocess.run(schemas, cwd=ROOT).returncode:
            raise Failed("a published schema does not follow its type.")
        npm(WIDGET, "run", "check", "--silent")
        npm(WIDGET, "test", "--silent")
    except Failed as failure:
        print(f"Check stopped: {failure}", file=sys.stderr)
        return 1
    print("schemas, page, weight and scripts: as they should be")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
