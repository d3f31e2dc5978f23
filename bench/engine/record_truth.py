"""Whether an answer states the value that the record holds. Pure."""

import re
import unicodedata

YES_NO = 'root ::= "yes" | "no"'


def right(slot: str, value: object, answer: str) -> bool:
    """A phone by its digits, yes/no by the word, everything else by its words in order."""
    if isinstance(value, bool):
        return folded(answer) == ("yes" if value else "no")
    if slot == "phone":
        return re.sub(r"\D", "", str(value)) in re.sub(r"[\s().+/-]", "", answer)
    return f" {folded(str(value))} " in f" {folded(answer)} "


def folded(text: str) -> str:
    """Letters and digits alone, without accents, in lower case, single spaces between."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))
