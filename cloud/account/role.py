"""Roles, and what each may do. A person has one role in one tenant, or in the hub itself.

analyst    reads
operator   reads, and runs the fleet: nodes, settings, rollouts, catalogue
admin      all that, and who may do what, erasure, tenants' own data
the hub    its admins may do that in every tenant, and make tenants
"""

from typing import Literal

from sync.errors import Refused
from sync.identity import named

Role = Literal["analyst", "operator", "admin"]
ROLES: tuple[Role, ...] = ("analyst", "operator", "admin")

HUB = "@hub"
"""Stands for a tenant's name where the hub itself is meant; no tenant can have it."""


def owner(text: str) -> str:
    """A tenant's name, or the hub's. Refused with `name.invalid`."""
    return text if text == HUB else named(text, "tenant")


def allows(role: Role, need: Role) -> bool:
    """Whether a role may do what another one is needed for."""
    return ROLES.index(role) >= ROLES.index(need)


def forbidden(need: Role) -> Refused:
    """The caller's role is too low."""
    return Refused(
        f"This takes the role {need}.",
        code="role.forbidden",
        hint="Ask an admin of the tenant for it, or log in as someone who has it.",
    )


def foreign(tenant: str) -> Refused:
    """The caller belongs to another tenant. Says nothing of whether that one exists."""
    return Refused(
        f"This token does not open {tenant}.",
        code="tenant.foreign",
        hint="Log in to that tenant: `prilavok login --tenant NAME`.",
    )
