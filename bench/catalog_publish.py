"""What publishing a big catalogue costs the hub, and a node's line: `python -m bench.catalog_publish`.

50,000 made-up providers are imported, published and built into a snapshot; then 1 % of them change. Each
stage runs in a process of its own, whose peak memory is read when it ends, over an embedded PostgreSQL in a
temporary folder, whose memory is not counted. With --vectors the texts are embedded too, by the hub's own
model. The last line printed is one JSON object. Sending over a broker is not measured.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.catalog import lines
from cloud import embedded, migrate, postgres
from cloud.catalog import model, state, taxonomy
from cloud.catalog.build.service import Builder
from cloud.catalog.draft import service as draft
from cloud.catalog.draft.service import Rules, Source
from cloud.catalog.state import Author
from cloud.catalog.version import service as version
from cloud.catalog.version.service import Wish
from cloud.postgres import Pool
from cloud.settings import Settings
from edge.catalog.taxonomy import Taxonomy

ROOT = Path(__file__).parents[1]
TENANT, MARKET, DATABASE = "bench", "city", "prilavok"
CHANGED_EACH = 100


def _take(pool: Pool, source: Path, vectors: bool) -> None:
    with postgres.tenant(pool, TENANT) as connection, source.open("rb") as file:
        catalog = state.locked(connection, MARKET)
        kinds = taxonomy.load()
        draft.take(connection, catalog, kinds, Source(file, form="jsonl"), Rules(), _author())


def _publish(pool: Pool, source: Path, vectors: bool) -> None:
    with postgres.tenant(pool, TENANT) as connection:
        version.publish(connection, state.locked(connection, MARKET), Wish(_author()))


def _build(pool: Pool, source: Path, vectors: bool) -> None:
    embedder = model.embedder(Settings.load()) if vectors else None
    Builder(pool, taxonomy.load(), embedder).turn(TENANT)


Stage = Callable[[Pool, Path, bool], None]
STAGES: dict[str, Stage] = {"import": _take, "publish": _publish, "build": _build}


def stage(name: str, url: str, source: Path, vectors: bool) -> None:
    """One stage, in this process; prints what it took."""
    started = time.perf_counter()
    with postgres.pool(url) as pool:
        STAGES[name](pool, source, vectors)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "s": round(time.perf_counter() - started, 1),
                "cpu_s": round(used.ru_utime + used.ru_stime, 1),
                "peak_mb": _peak_mb(),
            }
        )
    )


def _peak_mb() -> float:
    """The most memory that this process had. `ru_maxrss` would count its parent's before the exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kib = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return round(int(kib) / 1024, 1)


def _stages(url: str, source: Path, vectors: bool) -> dict[str, dict[str, float]]:
    """Every stage in turn, each a process of its own."""
    found = {}
    for name in STAGES:
        command = [sys.executable, "-m", "bench.catalog_publish", "--stage", name, url, str(source)]
        command += ["--vectors"] if vectors else []
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(count: int, folder: Path, vectors: bool) -> dict[str, object]:
    """Stages and bytes of a first publish and of one that changes 1 %."""
    server = embedded.start(folder / "postgres")
    admin = embedded.admin_url(server)
    migrate.make(admin, DATABASE)
    migrate.apply(migrate.owner_url(admin, DATABASE))
    url = postgres.as_role(admin, "app", DATABASE)
    with postgres.pool(url) as pool:
        _make_market(pool)
        whole, part = folder / "whole.jsonl", folder / "part.jsonl"
        made = list(lines(count, Taxonomy.load()))
        _write(whole, made)
        _write(part, [_changed(line) for line in made[::CHANGED_EACH]])
        first = _stages(url, whole, vectors)
        second = _stages(url, part, vectors)
        sizes = _sizes(pool)
    embedded.stop(server)
    return {
        "providers": count,
        "changed": len(made[::CHANGED_EACH]),
        "vectors": vectors,
        "source_mb": round(whole.stat().st_size / 1e6, 1),
        "snapshot_bytes": sizes[0],
        "delta_bytes": sizes[1],
        "first": first,
        "delta": second,
    }


def _changed(line: str) -> str:
    document = json.loads(line)
    document["texts"]["en"]["description"] += " Also on Sundays."
    return json.dumps(document, ensure_ascii=False)


def _write(path: Path, written: list[str]) -> None:
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in written)


def _make_market(pool: Pool) -> None:
    with postgres.tenant(pool, TENANT) as connection:
        connection.execute("INSERT INTO tenant (tenant) VALUES (%s)", (TENANT,))
        connection.execute("INSERT INTO market (tenant, market) VALUES (%s, %s)", (TENANT, MARKET))


def _sizes(pool: Pool) -> tuple[int, int]:
    """Bytes of the snapshot and of the delta."""
    with postgres.tenant(pool, TENANT) as connection:
        rows = connection.execute(
            "SELECT s.from_version = 0, b.size FROM catalog_step s JOIN catalog_blob b USING (tenant, blob)"
        )
        found = {bool(snapshot): int(size) for snapshot, size in rows}
    return found[True], found[False]


def _author() -> Author:
    return Author("bench", datetime.now(UTC))


def _told(result: dict[str, object]) -> Iterator[str]:
    yield f"{result['providers']} providers, {result['source_mb']} MB of lines, vectors: {result['vectors']}"
    for name in ("first", "delta"):
        for stage, took in result[name].items():  # type: ignore[attr-defined]
            yield f"  {name:6} {stage:8} {took['s']:8} s {took['cpu_s']:8} s CPU {took['peak_mb']:8} MB peak"
    yield f"  snapshot {result['snapshot_bytes']:,} bytes, delta of 1 % {result['delta_bytes']:,} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description="Time a publish of many providers.")
    parser.add_argument("--providers", type=int, default=50_000)
    parser.add_argument("--vectors", action="store_true", help="Embed the texts, too: minutes.")
    parser.add_argument("--stage", nargs=3, metavar=("NAME", "URL", "SOURCE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.stage:
        stage(chosen.stage[0], chosen.stage[1], Path(chosen.stage[2]), chosen.vectors)
        return
    with tempfile.TemporaryDirectory(prefix="prilavok-bench-") as folder:
        result = measure(chosen.providers, Path(folder), chosen.vectors)
    for line in _told(result):
        print(line)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
