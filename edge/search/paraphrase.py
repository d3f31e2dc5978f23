"""Which category a text means when it names none: "my hair done", "somewhere to stay", "my tooth is aching".

Compares the text's vector with those of the names and search terms of the categories the catalogue has. The
term vectors are kept in a file per model, taxonomy and set of categories. A guess, to be asked for only when
`category` finds nothing.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.catalog.taxonomy import Taxonomy

FORM = 1
TERMS_LIMIT = 16
# Cosines with the nearest terms: from LEAST on something is meant, from CERTAIN on as surely as by a term,
# from FAINT on where it stands out by CLEAR. What is within MARGIN of the best may be meant as well.
LEAST, CERTAIN, MARGIN = 0.36, 0.62, 0.06
FAINT, CLEAR = 0.2, 0.1
LEAST_SCORE, CERTAIN_SCORE = 0.5, 0.8
NEAREST_SHARE, NEAREST_COUNT = 0.6, 3

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """The part of an embedding model that is used here: unit vectors of (n, dimension)."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def query(self, texts: Sequence[str]) -> Vectors: ...

    def passage(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True)
class Guess:
    """A category meant by a text, 0 to 1."""

    id: str
    score: float


class Paraphrase:
    """The vectors of what some categories are called. Immutable."""

    def __init__(
        self, encoder: Encoder, categories: tuple[str, ...], owner: NDArray[np.int32], terms: Vectors
    ) -> None:
        self._encoder = encoder
        self._categories = categories
        self._owner = owner
        self._terms = terms

    @classmethod
    def of(
        cls, taxonomy: Taxonomy, categories: Iterable[str], encoder: Encoder, folder: Path | None = None
    ) -> "Paraphrase":
        """For these categories, in the market's languages and English; `folder` keeps the vectors."""
        ids = tuple(sorted(set(categories)))
        named = [(place, term) for place in range(len(ids)) for term in _terms(taxonomy, ids[place])]
        key = hashlib.blake2b(repr((FORM, encoder.name, named)).encode(), digest_size=12).hexdigest()
        vectors = _read(folder, key, len(named))
        if vectors is None:
            vectors = encoder.passage([term for _, term in named]).astype(np.float16)
            _write(folder, key, vectors)
        owner = np.array([place for place, _ in named], dtype=np.int32)
        return cls(encoder, ids, owner, vectors.astype(np.float32))

    def guess(self, text: str, limit: int = 3) -> list[Guess]:
        """Categories the text means, surest first; none where nothing is near or two are equally so."""
        if not text.strip() or not len(self._terms):
            return []
        likeness = self._terms @ self._encoder.query([text])[0]
        places = range(len(self._categories))
        fits = sorted(((self._fit(likeness[self._owner == place]), place) for place in places), reverse=True)
        best = fits[0][0]
        near = [(fit, place) for fit, place in fits if fit >= best - MARGIN]
        second = fits[1][0] if len(fits) > 1 else 0.0
        if len(near) > limit or not (best >= LEAST or (best >= FAINT and best - second >= CLEAR)):
            return []
        return [Guess(self._categories[place], _score(fit)) for fit, place in near]

    def _fit(self, likeness: Vectors) -> float:
        nearest = np.sort(likeness)[::-1][:NEAREST_COUNT]
        return (
            float(NEAREST_SHARE * nearest[0] + (1 - NEAREST_SHARE) * nearest.mean()) if len(nearest) else 0.0
        )


def _terms(taxonomy: Taxonomy, category: str) -> list[str]:
    languages = dict.fromkeys(("en", *(taxonomy.language(tag) for tag in taxonomy.market.languages)))
    terms = (term for tag in languages for term in taxonomy.terms(category, tag)[:TERMS_LIMIT])
    return list(dict.fromkeys(terms)) or [taxonomy.label(category, "en")]


def _score(fit: float) -> float:
    share = min(max((fit - LEAST) / (CERTAIN - LEAST), 0.0), 1.0)
    return round(LEAST_SCORE + share * (CERTAIN_SCORE - LEAST_SCORE), 4)


def _read(folder: Path | None, key: str, count: int) -> NDArray[np.float16] | None:
    if folder is None:
        return None
    try:
        found: NDArray[np.float16] = np.load(folder / _name(key), allow_pickle=False)
    except (OSError, ValueError):
        return None  # not made yet, or cut off: it is made again
    return found if found.ndim == 2 and len(found) == count and found.dtype == np.float16 else None


def _write(folder: Path | None, key: str, vectors: NDArray[np.float16]) -> None:
    """Puts the file in place whole and takes older ones away."""
    if folder is None:
        return
    partial = folder / f"{_name(key)}.partial"
    with open(partial, "wb") as file:
        np.save(file, vectors, allow_pickle=False)
    for older in folder.glob("paraphrase-*.npy"):
        older.unlink(missing_ok=True)
    os.replace(partial, folder / _name(key))


def _name(key: str) -> str:
    return f"paraphrase-{key}.npy"
