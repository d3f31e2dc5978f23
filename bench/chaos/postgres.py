"""A PostgreSQL server of the harness's own: the binaries of the embedded one, killed and put back at will."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bench.chaos.disk import Disk
from bench.chaos.process import Process
from cloud import embedded, migrate

DATABASE = "prilavok"
START_S = 600.0
LOOK_S = 0.1
SIZE_MIB = 6 * 1024


@dataclass
class Postgres:
    """In `folder`/disk; a copy to be put back is kept beside it."""

    folder: Path
    process: Process = field(init=False)
    copies: int = 0

    def __post_init__(self) -> None:
        self.disk = Disk(self.folder / "disk", SIZE_MIB)
        self.data, self.copy = self.folder / "disk" / "data", self.folder / "copy"

    def make(self) -> None:
        """Makes the cluster and the hub's database in it, and starts the server."""
        self.disk.open()
        self.disk.folder.chmod(0o755)
        server = embedded.start(self.data)
        embedded.stop(server)
        self.process = Process(
            "postgres",
            [str(server.bin_path / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.folder)],
            self.folder / "log",
            user=server.system_user,
        )
        if server.system_user is not None:
            shutil.chown(self.folder, server.system_user)
        self.start()
        migrate.make(make_conninfo(self.admin, dbname="postgres"), DATABASE)
        migrate.apply(migrate.owner_url(self.admin, DATABASE))

    @property
    def admin(self) -> str:
        """The address of one who may do everything."""
        return make_conninfo("", host=str(self.folder), user="postgres", dbname=DATABASE)

    def start(self) -> None:
        """Returns when it answers. Started anew where it ends, for what a killed one left takes a moment."""
        end = time.monotonic() + START_S
        self.process.start()
        while time.monotonic() < end:
            try:
                with psycopg.connect(make_conninfo(self.admin, dbname="postgres"), connect_timeout=5):
                    return
            except psycopg.OperationalError:
                time.sleep(LOOK_S)
            if not self.process.alive:
                self.process.start()
        raise RuntimeError(f"PostgreSQL does not come back: see {self.process.log}")

    def kill(self) -> None:
        """SIGKILL of the server; its children end themselves."""
        self.process.kill()

    def keep_copy(self) -> None:
        """Stops it in order, copies its files, starts it."""
        self.process.kill(signal.SIGINT)
        shutil.rmtree(self.copy, ignore_errors=True)
        self._copied(self.data, self.copy)
        self.copies += 1
        self.start()

    def put_back(self) -> None:
        """The database as it was when the copy was kept."""
        self.process.kill(signal.SIGINT)
        for path in self.data.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self._copied(self.copy, self.data)
        self.start()

    def close(self) -> None:
        """Ends it and forgets its files."""
        if hasattr(self, "process"):
            self.process.end(signal.SIGQUIT)
        self.disk.close()

    def _copied(self, source: Path, target: Path) -> None:
        target.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", f"{source}{os.sep}.", str(target)], check=True)
