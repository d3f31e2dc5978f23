"""Every error this product raises on purpose.

PrilavokError            code, hint
├── Missing              what was asked for is not there              404
├── Conflict             it clashes with what is there now            409
├── Refused              it breaks a rule; trying again will not help 422
├── Unavailable          it may work later                            503
└── Corrupt              bytes that do not hash, parse or fit         500

The kind alone decides retry and HTTP status; `code` is stable and for programs, `hint` says what a person
does next. Errors of libraries are translated into these where the library lives.
"""


class PrilavokError(Exception):
    """The root: one of the five kinds below is always raised instead of it."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class Missing(PrilavokError):
    """What was asked for is not there."""


class Conflict(PrilavokError):
    """It clashes with what is there now."""


class Refused(PrilavokError):
    """It breaks a rule; trying again will not help."""


class Unavailable(PrilavokError):
    """It may work later; in how many seconds, where that is known."""

    def __init__(
        self, message: str, *, code: str, hint: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.retry_after_s = retry_after_s


class Corrupt(PrilavokError):
    """Bytes that do not hash, parse or fit."""
