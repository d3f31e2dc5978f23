"""Asks what the hub depends on, and says what a person does where it does not answer."""

from collections.abc import Callable

import msgspec
import psycopg

from cloud import migrate, postgres
from cloud.keyring import Keyring
from cloud.limit.gate import Counter
from cloud.limit.redis_store import RedisTries
from cloud.mqtt import Broker, Line
from cloud.parts import Parts
from cloud.settings import Settings
from sync.errors import PrilavokError, Unavailable

BROKER_S = 5.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check. `hint` is what to do next where it is not well."""

    check: str
    well: bool
    says: str
    hint: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All checks; `ready` when each is well."""

    ready: bool
    version: str
    findings: tuple[Finding, ...]


def alive(parts: Parts, version: str) -> Report:
    """For `/health`: quick, over connections that are open already."""
    findings = (
        _found("database", lambda: _tenants(parts.pool)),
        Finding(
            check="broker",
            well=parts.line.connected,
            says="connected" if parts.line.connected else "not connected",
            hint="" if parts.line.connected else "Is the broker running at broker_url?",
        ),
        _limits(parts.gate.counter),
    )
    return Report(ready=all(each.well for each in findings), version=version, findings=findings)


def examine(settings: Settings, version: str) -> Report:
    """For `prilavok hub doctor`: opens its own connections and looks closer."""
    findings = (
        _found("database", lambda: _reach(settings)),
        _found("migrations", lambda: _migrations(settings)),
        _found("broker", lambda: _broker(settings)),
        shared(settings),
        _found("keys", lambda: _keys(settings)),
    )
    return Report(ready=all(each.well for each in findings), version=version, findings=findings)


def _found(check: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(check=check, well=True, says=ask())
    except PrilavokError as error:
        return Finding(check=check, well=False, says=error.message, hint=error.hint)


def _limits(counter: Counter) -> Finding:
    """Always well: a hub whose Redis is away does all of its work."""
    where = f"tries are counted in {counter.tries.where}"
    if not counter.here:
        return Finding(check="limits", well=True, says=where)
    says = f"{counter.tries.where} does not answer; {counter.away} tries were counted in this process"
    return Finding(check="limits", well=True, says=says, hint="Is Redis running at redis_url?")


def shared(settings: Settings) -> Finding:
    """Whether the Redis in which tries are counted is reached; none set is well, too."""
    return _found("limits", lambda: _redis(settings))


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "no redis_url: each process counts tries for itself"
    tries = RedisTries(settings.redis_url.get_secret_value())
    try:
        return f"{tries.reach()} at {tries.where}"
    finally:
        tries.close()


def _tenants(pool: postgres.Pool) -> str:
    with postgres.directory(pool) as connection:
        row = connection.execute("SELECT count(*) FROM tenant").fetchone()
    return f"answers; tenants: {row[0] if row else 0}"


def _reach(settings: Settings) -> str:
    try:
        with psycopg.connect(postgres.url(settings, "app"), connect_timeout=5) as connection:
            return f"PostgreSQL {connection.info.server_version // 10_000}"
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"The database does not answer: {str(error).strip()}.",
            code="database.unavailable",
            hint="Run `prilavok hub migrate`, and check database_url.",
        ) from error


def _migrations(settings: Settings) -> str:
    try:
        due = migrate.pending(postgres.url(settings, "owner"))
    except psycopg.OperationalError as error:
        raise postgres.unavailable(error) from error
    if due:
        raise Unavailable(
            f"Migrations missing: {len(due)}.", code="migration.due", hint="Run `prilavok hub migrate`."
        )
    return "up to date"


def _broker(settings: Settings) -> str:
    with Line(Broker.of(settings), "prilavok-doctor") as line:
        line.wait(BROKER_S)
    return "lets the hub in"


def _keys(settings: Settings) -> str:
    ring = Keyring.of(settings)
    tenants = sorted(path.name for path in (ring.folder / "sets").glob("*"))
    for tenant in tenants:
        ring.current(tenant)
    return f"there; tenants: {len(tenants)}"
