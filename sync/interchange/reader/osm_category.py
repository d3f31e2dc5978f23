"""OSM tags to categories: which kinds of places a set of tags makes, the best fit first."""

from collections.abc import Iterator, Mapping

from sync.taxonomy import Taxonomy
from sync.taxonomy_form import Category


class CategoryFinder:
    """Matches tags with the taxonomy's presets. Built once an import, then a few microseconds an element."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._by_tag: dict[tuple[str, str], list[tuple[str, Category]]] = {}
        self._keys: set[str] = set()
        for id in taxonomy.ids:
            category = taxonomy.category(id)
            if category is not None and category.tags:
                key, value = next(iter(category.tags.items()))
                self._by_tag.setdefault((key, value), []).append((id, category))
                self._keys.add(key)

    def find(self, tags: Mapping[str, str]) -> list[str]:
        """Category ids, best first, none of them a kind of another; empty for what is no place."""
        best: dict[str, float] = {}
        for key, value in self._leads(tags):
            found = self._by_tag.get((key, value), []) + self._by_tag.get((key, "*"), [])
            scores = {id: _score(category, tags) for id, category in found}
            top = max(scores.values(), default=0.0)
            best |= {id: score for id, score in scores.items() if score == top > 0.0}
        ranked = sorted(best, key=lambda id: (-best[id], id))
        return [id for id in ranked if not any(other.startswith(id + "/") for other in best)]

    def _leads(self, tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for key in self._keys & tags.keys():
            for value in tags[key].split(";"):
                yield key, value.strip()


def _score(category: Category, tags: Mapping[str, str]) -> float:
    """How well a preset fits, 0 for not at all: each tag counts, a wildcard half, implied ones a little."""
    score = 0.0
    for key, value in category.tags.items():
        stated = tags.get(key)
        if stated is None or (value != "*" and value not in map(str.strip, stated.split(";"))):
            return 0.0
        score += category.score * (0.5 if value == "*" else 1.0)
    return score + sum(0.1 for key, value in category.added.items() if tags.get(key) == value)
