"""What a visitor agrees to when leaving a contact: a text by language, and its version.

The product's own wording, or the tenant's from a file of the same form. Whether it is enough in law is the
tenant's to judge.
"""

import tomllib
from importlib import resources
from pathlib import Path

import msgspec

from sync.errors import Refused

FALLBACK = "en"


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text` by BCP 47 language, English at least; `accepted` are earlier versions that still count."""

    version: str
    text: dict[str, str]
    accepted: tuple[str, ...] = ()

    def wording(self, language: str) -> tuple[str, str]:
        """The text nearest to a language, and the language it is in."""
        short = language.replace("_", "-").split("-")[0].lower()
        tag = next((tag for tag in (language, short) if tag in self.text), FALLBACK)
        return self.text[tag], tag

    def counts(self, version: str) -> bool:
        """Whether consent to that version is consent."""
        return version == self.version or version in self.accepted


def load(path: Path | None) -> Consent:
    """The tenant's consent, or the product's. Refused where the file is not of the form."""
    source = path or resources.files("edge.lead") / "consent.toml"
    try:
        found = msgspec.convert(tomllib.loads(source.read_text("utf-8")), Consent)
    except (OSError, ValueError) as error:
        raise _refused(path, str(error)) from None
    if not found.version or not found.text.get(FALLBACK):
        raise _refused(path, "version and an English text are needed")
    return found


def _refused(path: Path | None, reason: str) -> Refused:
    return Refused(
        f"Setting lead_consent = {path}: {reason}.",
        code="setting_invalid",
        hint="edge/lead/consent.toml shows the form.",
    )
