"""A name as it would stand in an address on the web: lower-case Latin letters, digits and hyphens."""

import re
import unicodedata

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".split(),
        strict=True,
    )
)
_LETTERS = str.maketrans(
    {**_CYRILLIC, "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "&": " ", "ъ": "", "ь": ""}
)


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFC", name).lower().translate(_LETTERS)
    ascii_only = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
