"""The taxonomy as the hub has it: read from the compiled file. What it can tell is in sync/taxonomy.py."""

from functools import cache
from pathlib import Path

from sync.errors import Corrupt, Missing
from sync.taxonomy import FILE, Taxonomy

HINT = "Run `make setup`, or `python -m edge.catalog.taxonomy_build`."


@cache
def load(path: Path = FILE) -> Taxonomy:
    """Opens the compiled file, once. Missing or Corrupt say what to do."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        message = f"the compiled taxonomy {path} is not there."
        raise Missing(message, code="taxonomy.missing", hint=HINT) from error
    except OSError as error:
        message = f"the compiled taxonomy {path} cannot be read: {error}."
        raise Corrupt(message, code="taxonomy.corrupt", hint=HINT) from error
    return Taxonomy.compiled(data)
