"""A name as it would stand in an address on the web: lower-case Latin letters, digits and hyphens."""

import re
import unicodedata

_SINGLE = dict(zip("абвгдезийклмнопрстуфыэё", "abvgdeziyklmnoprstufyee", strict=True))
_LONGER = {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
_CYRILLIC = str.maketrans(_SINGLE | _LONGER | {"ъ": "", "ь": ""})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFC", name).lower().translate(_CYRILLIC).translate(_GERMAN)
    ascii_only = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
