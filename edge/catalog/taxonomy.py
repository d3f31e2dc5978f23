"""The taxonomy as a node has it: read from the compiled file. What it can tell is in sync/taxonomy.py."""

from pathlib import Path
from typing import Self

from sync import taxonomy
from sync.errors import Corrupt, Missing
from sync.provider import Market
from sync.taxonomy import FILE


class Taxonomy(taxonomy.Taxonomy):
    """Categories by id, from a file."""

    @classmethod
    def load(cls, path: Path = FILE, market: Market | None = None) -> Self:
        """Opens the compiled file (a few milliseconds). Missing or Corrupt say what to do."""
        hint = "Run `make setup`, or `python -m edge.catalog.taxonomy_build`."
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            message = f"the compiled taxonomy {path} is not there."
            raise Missing(message, code="taxonomy.missing", hint=hint) from error
        except OSError as error:
            message = f"the compiled taxonomy {path} cannot be read: {error}."
            raise Corrupt(message, code="taxonomy.corrupt", hint=hint) from error
        return cls.compiled(data, market)
