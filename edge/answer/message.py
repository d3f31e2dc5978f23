"""What the product says, by language: messages of `locale/*.toml` with CLDR plural categories.

English, Russian, Spanish and German are complete; any other language gets the English sentence around the
catalogue's own data. Left out: choosing what to say (template.py) and writing figures (notation.py).
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from babel import Locale

from sync.errors import Missing

COMPLETE = ("en", "ru", "es", "de")
_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})
_SLOT = re.compile(r"\{(\w+)\}")


def speech(language: str) -> str:
    """The language the sentences are in when the visitor's is `language`."""
    short = re.split("[-_]", language.lower(), maxsplit=1)[0]
    return short if short in COMPLETE else "en"


def text(language: str, key: str, **values: object) -> str:
    """The message `key`, filled. A message with plural forms needs `count`.

    Values are inserted as they are: braces in them mean nothing. Raises Missing for an unknown key.
    """
    return fill(_pick(language, key, values.get("count")), values)


def has(language: str, key: str) -> bool:
    """Whether there is such a message."""
    return key in catalog(speech(language))


def variants(language: str, key: str) -> tuple[str, ...]:
    """A message that is a list of wordings, unfilled."""
    found = catalog(speech(language)).get(key)
    return tuple(found.values()) if isinstance(found, dict) and "0" in found else ()


def fill(pattern: str, values: Mapping[str, object]) -> str:
    """Put values into {slots}; a slot without value is an error."""
    return _SLOT.sub(lambda slot: str(values[slot[1]]), pattern)


def slots(pattern: str) -> frozenset[str]:
    """Names of the slots of a message."""
    return frozenset(_SLOT.findall(pattern))


@lru_cache(maxsize=8)
def catalog(language: str) -> dict[str, str | dict[str, str]]:
    """All messages of one complete language: dotted key → text, or plural category → text."""
    data = tomllib.loads(files(__package__).joinpath("locale", f"{language}.toml").read_text("utf-8"))
    flat: dict[str, str | dict[str, str]] = {}
    _flatten(data, "", flat)
    return flat


def categories(language: str) -> frozenset[str]:
    """The CLDR plural categories that whole numbers take in a language."""
    rule = Locale.parse(language).plural_form
    return frozenset(rule(count) for count in range(1000))


def _flatten(table: Mapping[str, object], prefix: str, into: dict[str, str | dict[str, str]]) -> None:
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, list):
            into[name] = {str(at): str(wording) for at, wording in enumerate(value)}
        elif isinstance(value, dict) and "other" in value and set(value) <= _FORMS:
            into[name] = {form: str(wording) for form, wording in value.items()}
        elif isinstance(value, dict):
            _flatten(value, name, into)
        else:
            into[name] = str(value)


def _pick(language: str, key: str, count: object) -> str:
    spoken = speech(language)
    found = catalog(spoken).get(key)
    if isinstance(found, str):
        return found
    if found is None or not isinstance(count, int):
        raise Missing(
            f"No message {key!r} in {spoken}.", code="message_missing", hint="Add it to edge/answer/locale."
        )
    return found.get(Locale.parse(spoken).plural_form(count), found["other"])
