"""Publishing and going back: versions only grow, and each keeps its content for ever."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud import postgres
from cloud.catalog import state
from cloud.catalog.draft.service import Rules
from cloud.catalog.version import service as version
from cloud.postgres import Pool
from sync.content import State, canonical, line_digest
from sync.errors import Conflict, Missing, Refused
from tests.cloud.catalog.market import (
    MARKET,
    TENANT,
    drafted,
    lines,
    provider,
    publish,
    published,
    roll_back,
    take,
)
from tests.simulators.hub_database import Database


@pytest.fixture
def pool(database: Database) -> Pool:
    database.market(TENANT, MARKET)
    return database.pool("app")


def content(*documents: dict[str, object]) -> str:
    found = {str(document["id"]): canonical(document) for document in documents}
    return State(canonical({"id": MARKET}), found).digest()


def test_a_publish_has_version_counts_author_and_the_content_that_a_node_computes(pool: Pool) -> None:
    take(pool, lines(provider("b"), provider("a")))
    made = publish(pool)
    assert (made.version, made.kind, made.added, made.providers, made.published_by) == (
        1,
        "publish",
        2,
        2,
        "ann",
    )
    assert made.content == content(provider("a"), provider("b"))
    assert drafted(pool).keys() == {"a", "b"}


def test_each_version_keeps_its_lines(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    publish(pool)
    take(pool, lines(provider("a", city="Riga"), {"id": "b", "deleted": True}, provider("c")))
    made = publish(pool, confirmed=True)
    assert (made.added, made.changed, made.deleted, made.providers) == (1, 1, 1, 2)
    assert published(pool, 1) == [canonical(provider("a")), canonical(provider("b"))]
    assert published(pool, 2) == [canonical(provider("a", city="Riga")), canonical(provider("c"))]


def test_a_draft_that_changes_nothing_is_not_published(pool: Pool) -> None:
    with pytest.raises(Conflict) as raised:
        publish(pool)
    assert raised.value.code == "catalog.unchanged"


def test_taking_out_more_than_three_in_ten_asks_first(pool: Pool) -> None:
    many = [provider(f"p{n:02}") for n in range(10)]
    take(pool, lines(*many))
    publish(pool)
    take(pool, lines(*many[4:]), Rules(replace=True))
    with pytest.raises(Refused) as raised:
        publish(pool)
    assert raised.value.code == "catalog.shrinks"
    assert "--yes" in raised.value.hint
    assert len(published(pool, 1)) == 10
    take(pool, lines(many[3]))
    assert publish(pool).deleted == 3


def test_a_publish_of_many_deletions_that_is_confirmed_goes_through(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    publish(pool)
    take(pool, lines(provider("a")), Rules(replace=True))
    assert publish(pool, confirmed=True).deleted == 1


def test_going_back_is_a_new_version_with_the_old_content(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    first = publish(pool)
    take(pool, lines(provider("a", city="Riga"), provider("c"), {"id": "b", "deleted": True}))
    publish(pool, confirmed=True)
    back = roll_back(pool, 1, confirmed=True)
    assert (back.version, back.kind, back.source, back.content) == (3, "rollback", 1, first.content)
    assert (back.added, back.changed, back.deleted) == (1, 1, 1)
    assert published(pool, 3) == published(pool, 1)
    assert len(published(pool, 2)) == 2


def test_going_back_keeps_what_the_draft_still_changes(pool: Pool) -> None:
    take(pool, lines(provider("a")))
    publish(pool)
    take(pool, lines(provider("a", city="Riga")))
    publish(pool)
    take(pool, lines(provider("a"), provider("new")))
    roll_back(pool, 1)
    assert list(drafted(pool)) == ["a", "new"]
    assert publish(pool).added == 1


def test_going_back_to_what_is_published_or_was_never_is_refused(pool: Pool) -> None:
    take(pool, lines(provider("a")))
    publish(pool)
    with pytest.raises(Conflict):
        roll_back(pool, 1)
    with pytest.raises(Missing):
        roll_back(pool, 7)


def test_the_history_is_told_newest_first(pool: Pool) -> None:
    for city in ("Riga", "Oslo", "Bern"):
        take(pool, lines(provider("a", city=city)))
        publish(pool)
    with postgres.tenant(pool, TENANT) as connection:
        found = version.store.history(connection, MARKET, None, 2)
        rest = version.store.history(connection, MARKET, 2, 2)
    assert [each.version for each in found] == [3, 2]
    assert [each.version for each in rest] == [1]


DRAFTS = st.lists(
    st.dictionaries(st.sampled_from("abcdé"), st.none() | st.integers(0, 2), min_size=1, max_size=5),
    min_size=1,
    max_size=6,
)


@given(DRAFTS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_of_imports_publishes_and_returns_gives_each_version_its_content(
    pool: Pool, drafts: list[dict[str, int | None]]
) -> None:
    market = f"m{abs(hash(str(drafts))) % 10**9}"
    with postgres.tenant(pool, TENANT) as connection:
        connection.execute(
            "INSERT INTO market (tenant, market) VALUES (%s, %s) ON CONFLICT DO NOTHING", (TENANT, market)
        )
    now: dict[str, int] = {}
    for wish in drafts:
        now = {id: value for id, value in {**now, **wish}.items() if value is not None}
        changes = [
            {"id": id, "deleted": True} if value is None else provider(id, price_band=value + 1)
            for id, value in wish.items()
        ]
        take(pool, lines(*changes), market=market)
        with suppress(Conflict):
            made = publish(pool, market, confirmed=True)
            expected = {id: canonical(provider(id, price_band=value + 1)) for id, value in now.items()}
            assert made.content == State(canonical({"id": market}), expected).digest()
            assert made.providers == len(now)


def test_content_digests_are_over_the_stored_line_digests(pool: Pool) -> None:
    take(pool, lines(provider("a")))
    publish(pool)
    with postgres.tenant(pool, TENANT) as connection:
        catalog = state.read(connection, MARKET)
        row = connection.execute("SELECT digest, line FROM catalog_line").fetchone()
    assert row is not None
    assert bytes(row[0]) == line_digest(row[1].encode()) == line_digest(canonical(provider("a")))
    assert json.loads(catalog.document) == {"id": MARKET}
