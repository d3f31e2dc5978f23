"""What the account routes take and give, as JSON. Times are RFC 3339."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from cloud.account.role import Role
from sync.identity import NAME_PATTERN

OWNER_PATTERN = rf"^(?:@hub|{NAME_PATTERN.removeprefix('^')})".replace(r"(?![\s\S]))", r")(?![\s\S])")
OPERATOR_PATTERN = r"^[a-z0-9][a-z0-9._@+-]{0,99}(?![\s\S])"
MOST_TTL_S = 400 * 86_400

Owner = Annotated[str, msgspec.Meta(pattern=OWNER_PATTERN, description="A tenant's name, or @hub.")]
OperatorName = Annotated[str, msgspec.Meta(pattern=OPERATOR_PATTERN)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Title = Annotated[str, msgspec.Meta(max_length=200)]
TtlS = Annotated[int, msgspec.Meta(ge=60, le=MOST_TTL_S)]


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Name and password for a token. `title` says what the token is for."""

    owner: Owner
    operator: OperatorName
    password: Password
    title: Title = "login"
    ttl_s: TtlS = 12 * 3600

    def __repr__(self) -> str:
        return f"Login({self.operator} of {self.owner})"


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the caller is."""

    owner: str
    operator: str
    role: Role


class TokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without its secret."""

    id: str
    operator: str
    role: Role
    title: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new token: shown this once."""

    token: str
    owner: str
    line: TokenLine

    def __repr__(self) -> str:
        return f"TokenMade({self.line.id} of {self.owner})"


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token for a program; its role at most the caller's own."""

    title: Title
    role: Role = "operator"
    ttl_s: TtlS = 90 * 86_400


class NewOperator(msgspec.Struct, frozen=True, kw_only=True):
    """A person with a role."""

    operator: OperatorName
    role: Role
    password: Password

    def __repr__(self) -> str:
        return f"NewOperator({self.operator}, {self.role})"


class OperatorEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; the rest stays."""

    role: Role | None = None
    password: Password | None = None
    enabled: bool | None = None

    def __repr__(self) -> str:
        return f"OperatorEdit({self.role}, {self.enabled})"


class OperatorLine(msgspec.Struct, frozen=True, kw_only=True):
    """An operator, without the password."""

    operator: str
    role: Role
    enabled: bool
    revision: int
    created_at: datetime


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to what, and how it was before and after."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next` goes on where this page ends."""

    items: tuple[AuditLine, ...]
    next: str | None = None


class OperatorPage(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    items: tuple[OperatorLine, ...]
    next: str | None = None


class TokenPage(msgspec.Struct, frozen=True, kw_only=True):
    """By id."""

    items: tuple[TokenLine, ...]
    next: str | None = None
