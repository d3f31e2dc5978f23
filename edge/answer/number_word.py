"""Small numbers written as words, by language: what "three" or "двенадцать" counts.

"One" is left out: in most languages it is also an article. So are ordinals, which count nothing.
"""

_WORDS = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "ru": "два|две|двух|двум три|трёх|трех|трём|трем четыре|четырёх|четырех пять|пяти шесть|шести семь|семи "
    "восемь|восьми девять|девяти десять|десяти одиннадцать|одиннадцати двенадцать|двенадцати",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
}
_LARGE = {
    "en": {
        "twenty": 20,
        "thirty": 30,
        "forty": 40,
        "fifty": 50,
        "hundred": 100,
        "thousand": 1000,
        "dozen": 12,
    },
    "ru": {"двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "сто": 100, "тысяча": 1000},
    "es": {"veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "cien": 100, "mil": 1000},
    "de": {"zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "hundert": 100, "tausend": 1000},
}
_VALUES = {
    language: {form: count for count, forms in enumerate(words.split(), start=2) for form in forms.split("|")}
    | _LARGE[language]
    for language, words in _WORDS.items()
}


def value(language: str, word: str) -> int | None:
    """The number a word names, or None."""
    return _VALUES.get(language, {}).get(word.casefold())
