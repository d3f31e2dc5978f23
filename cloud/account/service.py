"""Operators log in, get tokens and are managed.

One function is part of one transaction, save logging in: the slow look at the password is between two.
"""

import hashlib
from datetime import datetime, timedelta

import msgspec

from cloud.account import password, store, token
from cloud.account.access import Caller
from cloud.account.revision import check_revision
from cloud.account.role import HUB, Role, allows, forbidden
from cloud.account.wire import (
    Login,
    NewOperator,
    NewToken,
    OperatorEdit,
    OperatorLine,
    TokenLine,
    TokenMade,
)
from cloud.account.work import Work, work
from cloud.postgres import Pool
from sync.errors import Conflict, Missing, Refused, Unavailable
from sync.identity import new_id
from sync.key import system_random

FREE_TRIES = 5
LONGEST_WAIT_S = 900


def log_in(pool: Pool, login: Login) -> TokenMade:
    """A token for name and password. Refused `login.wrong`, whichever it is; Unavailable `login.limited`.

    A try counts before the password is looked at, so that many at once are counted too.
    """
    bucket = _bucket(login.owner, login.operator)
    with work(pool, login.owner, login.operator) as begun:
        _be_patient(store.wait_until(begun.connection, bucket), begun.now)
        kept = store.operator(begun.connection, login.operator)
        if store.owner_known(begun.connection):
            store.count_failure(begun.connection, bucket, begun.now, FREE_TRIES, LONGEST_WAIT_S)
    right = password.matches(kept.password if kept else None, login.password)
    if kept is None or not right or not kept.line.enabled:
        raise Refused(
            "Name or password is wrong.",
            code="login.wrong",
            hint=f"After {FREE_TRIES} wrong tries each further one has to wait longer.",
        )
    with work(pool, login.owner, login.operator) as begun:
        store.forget_failures(begun.connection, bucket)
        made = _token(begun, login.operator, kept.line.role, login.title, login.ttl_s)
        begun.note("login", f"operator/{login.operator}", after={"token": made.line.id})
    return made


def _be_patient(until: datetime | None, now: datetime) -> None:
    if until is not None and until > now:
        raise Unavailable(
            "Too many wrong passwords.",
            code="login.limited",
            hint="Wait and try again; an admin can set a new password.",
            retry_after_s=(until - now).total_seconds(),
        )


def _bucket(owner: str, operator: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{owner}/{operator}".encode()).digest()[:2])


def _token(begun: Work, operator: str, role: Role, title: str, ttl_s: int) -> TokenMade:
    made = token.born(begun.tenant)
    line = TokenLine(
        id=new_id(system_random),
        operator=operator,
        role=role,
        title=title,
        created_at=begun.now,
        expires_at=begun.now + timedelta(seconds=ttl_s),
    )
    store.add_token(begun.connection, line, made.digest)
    return TokenMade(token=made.text, owner=begun.tenant, line=line)


def make_token(begun: Work, caller: Caller, wanted: NewToken) -> tuple[str, TokenMade]:
    """A token of the caller's own, for a program. Its role is at most the caller's."""
    if not allows(caller.role, wanted.role):
        raise forbidden(wanted.role)
    made = _token(begun, caller.operator, wanted.role, wanted.title, wanted.ttl_s)
    begun.note("token.make", f"token/{made.line.id}", after=_plain(made.line))
    return made.line.id, made


def make_token_again(begun: Work, caller: Caller, wanted: NewToken, id: str) -> TokenMade:
    """For a repeated request: the token that was made is revoked, and another takes its place."""
    store.revoke_token(begun.connection, id, begun.now, caller.operator)
    return make_token(begun, caller, wanted)[1]


def revoke_token(begun: Work, caller: Caller, id: str) -> TokenLine:
    """Ends a token: one's own, or as an admin anybody's. Missing where there is none."""
    whose = None if allows(caller.role, "admin") else caller.operator
    line = store.revoke_token(begun.connection, id, begun.now, whose)
    if line is None:
        raise Missing(
            f"There is no token {id}.", code="token.unknown", hint="`prilavok token list` has them."
        )
    begun.note("token.revoke", f"token/{id}", after=_plain(line))
    return line


def add_operator(begun: Work, wanted: NewOperator) -> tuple[str, OperatorLine]:
    """A person with a role. Conflict where the name is taken."""
    if begun.tenant == HUB and wanted.role != "admin":
        raise Refused(
            "The hub itself has admins only.", code="role.hub", hint="Add others to a tenant: --tenant NAME."
        )
    if not store.add_operator(
        begun.connection, wanted.operator, wanted.role, password.hashed(wanted.password)
    ):
        raise Conflict(
            f"There is an operator {wanted.operator} already.",
            code="operator.taken",
            hint="Choose another name, or change that one.",
        )
    line = operator(begun, wanted.operator)
    begun.note("operator.add", f"operator/{wanted.operator}", after=_plain(line))
    return wanted.operator, line


def operator(begun: Work, name: str) -> OperatorLine:
    """One of them. Missing where there is none."""
    return _kept(begun, name, lock=False).line


def edit_operator(begun: Work, name: str, edit: OperatorEdit, revision: int | None) -> OperatorLine:
    """Changes role, password or whether they may log in; tokens of somebody shut out end at once.

    Refused when it would leave nobody who can let others in; Conflict `edit.stale`.
    """
    before = _kept(begun, name, lock=True).line
    check_revision(before.revision, revision)
    secret = password.hashed(edit.password) if edit.password is not None else None
    store.change_operator(begun.connection, name, edit.role, secret, edit.enabled)
    if edit.enabled is False or secret is not None:
        store.revoke_tokens_of(begun.connection, name, begun.now)
    if not store.count_admins(begun.connection):
        raise Refused(
            f"{name} is the last admin.", code="operator.last", hint="Make somebody else an admin first."
        )
    after = operator(begun, name)
    changed = {**_plain(after), **({"password": "changed"} if secret else {})}
    begun.note("operator.edit", f"operator/{name}", _plain(before), changed)
    return after


def bootstrap(pool: Pool, name: str, secret: str) -> OperatorLine:
    """The hub's admin, made or given a new password, by whoever is on the hub's machine."""
    with work(pool, HUB, "hub") as begun:
        kept = store.operator(begun.connection, name, lock=True)
        if kept is None:
            return add_operator(begun, NewOperator(operator=name, role="admin", password=secret))[1]
        return edit_operator(begun, name, OperatorEdit(password=secret, enabled=True), None)


def first(pool: Pool, name: str = "admin") -> str | None:
    """At a hub's first start: the password of its first admin, to be shown once. None where there is one."""
    secret = system_random(12).hex()
    with work(pool, HUB, "hub") as begun:
        if store.operators(begun.connection, "", 1):
            return None
        add_operator(begun, NewOperator(operator=name, role="admin", password=secret))
    return secret


def _kept(begun: Work, name: str, *, lock: bool) -> store.Kept:
    kept = store.operator(begun.connection, name, lock=lock)
    if kept is None:
        raise Missing(
            f"There is no operator {name}.",
            code="operator.unknown",
            hint="`prilavok operator list` has them.",
        )
    return kept


def _plain(line: OperatorLine | TokenLine) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(line)
    return plain
