"""Values as JSON-LD writes them: one or many, plain or tagged with a language, text or number."""

import re
from typing import Any

Node = dict[str, Any]

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def many(value: object) -> list[Any]:
    """One value or several, as a list; nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text(value: object) -> str | None:
    """The first text of a value; of a node its @value, name or @id."""
    for item in many(value):
        if isinstance(item, dict):
            item = item.get("@value") or item.get("name") or item.get("@id")
        if isinstance(item, str) and item.strip():
            return item.strip()
        if isinstance(item, int | float) and not isinstance(item, bool):
            return str(item)
    return None


def by_language(value: object, default: str) -> dict[str, str]:
    """Texts by language; an untagged one is in the default language."""
    found: dict[str, str] = {}
    for item in many(value):
        if isinstance(item, str) and item.strip():
            found.setdefault(default, item.strip())
        elif isinstance(item, dict) and isinstance(item.get("@value"), str):
            found.setdefault(str(item.get("@language") or default), item["@value"].strip())
        elif isinstance(item, dict):
            found.update(
                {tag: said for tag, said in item.items() if isinstance(said, str) and LANGUAGE.fullmatch(tag)}
            )
    return found


def languages(value: object) -> list[str]:
    """BCP 47 tags among languages given as tags or as Language nodes."""
    found = []
    for item in many(value):
        stated = (item.get("alternateName") or item.get("name")) if isinstance(item, dict) else item
        if isinstance(stated, str) and LANGUAGE.fullmatch(stated):
            found.append(stated)
    return list(dict.fromkeys(found))


def scalar(value: object) -> bool | int | float | str | None:
    """One attribute value: booleans also from their schema.org names, several texts joined by ";"."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        parts = [text(item) for item in value]
        return ";".join(part for part in parts if part) or None
    stated = text(value)
    if stated is None:
        return None
    name = stated.rsplit("/", 1)[-1].casefold()
    if name in ("true", "false", "yes", "no"):
        return name in ("true", "yes")
    return stated


def number(value: object) -> float | None:
    """The number a value is or begins with ("4.5", "€ 12,50"), or None."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = re.search(r"\d+(?:[.,]\d+)?", str(value)) if value is not None else None
    return float(found[0].replace(",", ".")) if found else None
