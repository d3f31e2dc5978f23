"""How long an import of many providers takes, and in how much memory: `python -m bench.catalog`.

Providers are made up on the fly from the taxonomy, always the same ones. The import runs in a process of its
own, whose peak memory is read when it ends. The last line printed is one JSON object.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from edge.catalog.taxonomy import Taxonomy

ROOT = Path(__file__).parents[1]
SEED = 20261123
FRONTS = ("North", "South", "East", "West", "New", "Old", "Upper", "Lower")
BACKS = ("bridge", "field", "haven", "mill", "wood", "port", "ford", "stead", "dale", "gate")
CITIES = [front + back for front in FRONTS for back in BACKS]
HOURS = (
    "Mo-Fr 09:00-18:00",
    "Mo-Sa 10:00-20:00; Su off",
    "24/7",
    "Mo-Su 11:00-23:00",
    "Tu-Su 12:00-15:00,18:00-22:00",
)


def lines(count: int, taxonomy: Taxonomy) -> Iterator[str]:
    """JSON lines of `count` invented providers with texts in two languages; the same for the same count."""
    dice = random.Random(SEED)
    ids = [id for id in taxonomy.ids if taxonomy.words("de").labels.get(id)]
    words = {tag: [term for id in ids for term in taxonomy.terms(id, tag)] for tag in ("en", "de")}
    for number in range(count):
        yield json.dumps(_provider(number, dice, ids, words, taxonomy), ensure_ascii=False)


def _provider(
    number: int, dice: random.Random, ids: list[str], words: dict[str, list[str]], taxonomy: Taxonomy
) -> dict[str, object]:
    category = dice.choice(ids)
    texts = {
        tag: {"title": taxonomy.label(category, tag), "description": " ".join(dice.choices(words[tag], k=12))}
        for tag in ("en", "de")
    }
    low = dice.randrange(5, 200)
    return {
        "id": f"bench-{number:07d}",
        "categories": [category],
        "name": f"{dice.choice(words['en']).title()} {number}",
        "texts": texts,
        "city": dice.choice(CITIES),
        "address": f"{dice.randrange(1, 200)} Test Street",
        "lat": round(dice.uniform(48, 54), 5),
        "lon": round(dice.uniform(8, 14), 5),
        "phone": f"+1 202-555-01{dice.randrange(100):02d}",
        "opening_hours": dice.choice(HOURS),
        "languages": dice.sample(["en", "de", "ru", "es"], 2),
        "attributes": {"wheelchair": dice.random() < 0.5, "stars": dice.randrange(1, 6)},
        "rating": round(dice.uniform(2, 5), 1),
        "price_band": dice.randrange(1, 5),
        "offers": [{"name": {"en": dice.choice(words["en"])}, "price_from": low, "currency": "EUR"}],
    }


def measure(count: int, folder: Path) -> dict[str, object]:
    """Seconds and peak memory of a first import and of the same one again."""
    source = folder / "bench.jsonl"
    taxonomy = Taxonomy.load()
    with source.open("w", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in lines(count, taxonomy))
    first, cpu, peak_mb = _import(source, folder / "data")
    again, again_cpu, again_mb = _import(source, folder / "data")
    database = folder / "data" / "catalog.db"
    return {
        "providers": count,
        "source_mb": round(source.stat().st_size / 1e6, 1),
        "database_mb": round(database.stat().st_size / 1e6, 1),
        "import_s": first,
        "import_cpu_s": cpu,
        "import_peak_mb": peak_mb,
        "providers_per_cpu_s": round(count / cpu),
        "reimport_unchanged_s": again,
        "reimport_unchanged_cpu_s": again_cpu,
        "reimport_peak_mb": again_mb,
    }


def _import(source: Path, data: Path) -> tuple[float, float, float]:
    """(seconds, processor seconds, peak resident MB) of one import, process start included."""
    code = (
        "import resource, subprocess, sys\n"
        "command = [sys.executable, '-m', 'edge.cli', 'catalog', 'import', *sys.argv[1:], '--json']\n"
        "done = subprocess.run(command, stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss)\n"
        "sys.exit(done.returncode)"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), "--data-dir", str(data)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    cpu, peak_kib = done.stdout.split()
    return round(time.perf_counter() - started, 1), round(float(cpu), 1), round(int(peak_kib) / 1024, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time an import of many providers.")
    parser.add_argument("--providers", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(chosen.providers, Path(folder))))


if __name__ == "__main__":
    main()
