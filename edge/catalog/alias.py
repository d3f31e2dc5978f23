"""The short forms under which people name a provider.

"The Corner Hotel - Old Town" is also "Corner Hotel". Kept beside the full folded name, so that a name said in
passing is found by lookup. Left out: spelling slips, which the trigram index of the search finds.
"""

import re

from edge.search.fold import fold

_PARTS = re.compile(r"\s[-–—|:]\s|[|(,;]|:\s")
# Words that say what a place is; with one of them cut off, the rest is still its name.
_KIND_WORDS = frozenset(
    {"restaurant", "hotel", "hotels", "inn", "cafe", "bar", "grill", "salon", "bistro", "cuisine", "kitchen"}
    | {"house", "lounge", "pub", "motel", "hostel", "spa", "shop", "clinic", "dental", "dentistry", "dds"}
    | {"md", "inc", "llc", "ресторан", "отель", "кафе", "салон", "гостиница"}
    | {"restaurante", "gasthaus", "praxis"}
)
_ARTICLES = frozenset(("the", "a", "el", "la", "los", "las", "le", "les", "der", "die", "das"))
_LEAST_LETTERS = 4


def aliases(name: str, city: str | None) -> tuple[str, ...]:
    """Folded names for a provider, the full one first, without doubles.

    A short form has two words, or one of at least four letters; one that only says what the place is
    ("restaurant") or where ("paris") is left out.
    """
    full = fold(name)
    where = fold(city or "").split()
    forms = [full]
    for part in [name, _PARTS.split(name)[0]]:
        parts = fold(part).split()
        for shorter in (parts, _without_place(parts, where)):
            shorter = shorter[1:] if len(shorter) > 1 and shorter[0] in _ARTICLES else shorter
            forms.append(" ".join(shorter))
            while len(shorter) > 1 and shorter[-1] in _KIND_WORDS:
                shorter = shorter[:-1]
                forms.append(" ".join(shorter))
    return tuple(form for form in dict.fromkeys(forms) if form == full or _tells(form.split(), where))


def _without_place(parts: list[str], where: list[str]) -> list[str]:
    if where and len(parts) > len(where) and parts[-len(where) :] == where:
        return parts[: -len(where)]
    return parts


def _tells(parts: list[str], where: list[str]) -> bool:
    own = [p for p in parts if p not in _KIND_WORDS and p not in _ARTICLES and p not in where]
    return bool(own) and (len(parts) > 1 or len(own[0]) >= _LEAST_LETTERS)
