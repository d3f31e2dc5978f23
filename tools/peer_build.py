"""Other servers to measure the engine against: a package, and llama.cpp's own server compiled here.

The package xllamacpp is for any x86-64 with AVX2; beside an engine compiled for the machine at hand that is
no fair comparison alone. The same sources and switches as the engine's are compiled. Resumable: what is
compiled stays. Standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import llama_build
from step import ROOT, Step, files

ON = ("LLAMA_BUILD_COMMON", "LLAMA_BUILD_TOOLS", "LLAMA_BUILD_SERVER")
OFF = (
    "BUILD_SHARED_LIBS",
    "LLAMA_BUILD_TESTS",
    "LLAMA_BUILD_EXAMPLES",
    "LLAMA_BUILD_APP",
    "LLAMA_BUILD_UI",
    "LLAMA_USE_PREBUILT_UI",
    "LLAMA_OPENSSL",
)


def steps(peers: Path, install: Callable[[], None], ready: bool) -> list[Step]:
    """An environment of their own, so that nothing of theirs comes near the node's; then the compiled one."""
    packages = Step(
        "packages-bench",
        "Installing the servers that the engine is measured against",
        lambda: files("pyproject.toml"),
        lambda: ready,
        install,
    )
    native = Step(
        "llama-server",
        "Compiling llama.cpp's own server for this machine (5 to 10 minutes, once)",
        lambda: files("tools/peer_build.py", "tools/llama_build.py"),
        lambda: (peers / "llama-server").is_file(),
        lambda: build(peers, llama_build.version(ROOT)),
    )
    return [packages, native]


def build(peers: Path, version: str) -> bool:
    """Whether `peers`/llama-server is there now. `peers` is a virtual environment with cmake and ninja."""
    log = peers / "llama-server.log"
    with log.open("w", encoding="utf-8") as out:
        try:
            source = sources(peers, version, out)
            made = peers / "llama-server-build"
            env = {**os.environ, "PATH": f"{peers / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
            switches = [f"-D{name}=ON" for name in ON] + [f"-D{name}=OFF" for name in OFF]
            configure = ["cmake", "-S", source, "-B", made, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]
            for command in (
                [*configure, *switches],
                ["cmake", "--build", made, "--target", "llama-server"],
            ):
                subprocess.run(command, check=True, stdout=out, stderr=out, env=env)
            shutil.copy2(made / "bin" / "llama-server", peers / "llama-server")
        except (OSError, subprocess.CalledProcessError, tarfile.TarError) as error:
            print(f"  llama.cpp's own server could not be compiled ({error}); see {log}")
            return False
    return True


def sources(peers: Path, version: str, out: object) -> Path:
    """llama.cpp as the binding of this version carries it; fetched and unpacked once."""
    folder = peers / "source"
    archive = folder / f"llama_cpp_python-{version}.tar.gz"
    unpacked = folder / f"llama_cpp_python-{version}" / "vendor" / "llama.cpp"
    if not (unpacked / "CMakeLists.txt").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        fetch = ["download", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
        pip = [str(peers / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, *fetch, f"llama-cpp-python=={version}"], check=True, stdout=out, stderr=out)
        with tarfile.open(archive) as tar:
            tar.extractall(
                folder, members=[m for m in tar if re.search(r"/vendor/llama\.cpp/", m.name)], filter="data"
            )
    return unpacked
