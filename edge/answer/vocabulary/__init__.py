"""General knowledge of words, one TOML file a subject, read once.

What a file's tables mean is said at its top and known to the module that reads it. Left out: the catalogue's
own words, which come from the catalogue.
"""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any


@lru_cache(maxsize=32)
def load(subject: str) -> dict[str, Any]:
    """The file of `subject` ("concept", "kind", "price"…), parsed. Shared by all: never change it."""
    path = resources.files("edge.answer.vocabulary") / f"{subject}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
