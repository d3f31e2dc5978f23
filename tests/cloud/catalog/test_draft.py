"""Imports into a draft: the same verdicts as a node's import, nothing half-kept."""

import gzip
import json

import pytest

from cloud import postgres
from cloud.catalog import state
from cloud.catalog.draft import service as draft
from cloud.catalog.draft.service import Rules
from cloud.postgres import Pool
from sync.content import canonical
from sync.errors import Missing, Refused
from tests.cloud.catalog.market import (
    MARKET,
    TENANT,
    author,
    drafted,
    lines,
    provider,
    publish,
    published,
    take,
)
from tests.simulators.hub_database import Database


@pytest.fixture
def pool(database: Database) -> Pool:
    database.market(TENANT, MARKET)
    return database.pool("app")


def test_lines_come_into_the_draft_and_nothing_is_published(pool: Pool) -> None:
    report = take(pool, lines(provider("a"), provider("b")))
    assert (report.added, report.applied, report.version) == (2, True, 0)
    assert list(drafted(pool)) == ["a", "b"]
    assert published(pool, 1) == []


def test_unknown_fields_and_any_script_are_kept(pool: Pool) -> None:
    document = provider("ключ", name="Баня №1", own_field={"nested": [1, 2.50, None]})
    take(pool, lines(document))
    assert drafted(pool) == {"ключ": canonical(document)}


def test_bad_lines_are_reported_with_number_and_reason_and_the_rest_is_kept(pool: Pool) -> None:
    data = lines(provider("a"), provider("b", lat="north")) + b"no json\n" + lines(provider("c"))
    report = take(pool, data)
    assert (report.added, report.refused) == (2, 2)
    assert [(problem.number, problem.id) for problem in report.problems] == [(2, "b"), (3, None)]
    assert "lat: must be a number or null, is text" in report.problems[0].reason


def test_strict_and_dry_run_keep_nothing(pool: Pool) -> None:
    bad = lines(provider("a")) + b"no json\n"
    assert not take(pool, bad, Rules(strict=True)).applied
    report = take(pool, lines(provider("a")), Rules(dry_run=True))
    assert (report.added, report.applied) == (1, False)
    assert drafted(pool) == {}


def test_the_same_lines_again_change_nothing(pool: Pool) -> None:
    data = lines(provider("a"), provider("b"))
    take(pool, data)
    again = take(pool, data)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    publish(pool)
    after = take(pool, data)
    assert (after.added, after.changed, after.unchanged) == (0, 0, 2)


def test_a_change_that_is_taken_back_leaves_the_draft(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    publish(pool)
    assert take(pool, lines(provider("a", city="Riga"))).changed == 1
    assert take(pool, lines(provider("a"))).changed == 1
    with postgres.tenant(pool, TENANT) as connection:
        assert connection.execute("SELECT count(*) FROM catalog_draft").fetchone() == (0,)


def test_replace_deletes_what_is_absent_but_never_whose_line_was_bad(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b"), provider("c")))
    publish(pool)
    report = take(pool, lines(provider("a"), provider("b", lat="x"), provider("d")), Rules(replace=True))
    assert (report.added, report.deleted) == (1, 1)
    assert list(drafted(pool)) == ["a", "b", "d"]


def test_replace_deletes_nothing_where_a_line_has_no_id(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    report = take(pool, b"no json\n" + lines(provider("a")), Rules(replace=True))
    assert report.deleted == 0
    assert "nothing was deleted" in report.problems[-1].reason
    assert list(drafted(pool)) == ["a", "b"]


def test_replace_takes_additions_of_the_draft_out_too(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    assert take(pool, lines(provider("b")), Rules(replace=True)).deleted == 1
    assert list(drafted(pool)) == ["b"]


def test_an_id_given_twice_is_noted_and_the_later_line_counts(pool: Pool) -> None:
    report = take(pool, lines(provider("a"), provider("a", city="Riga")))
    assert (report.added, report.doubtful) == (1, 1)
    assert "also given by number 1" in report.problems[0].reason
    assert json.loads(drafted(pool)["a"])["city"] == "Riga"


def test_a_deletion_takes_out_and_one_of_nobody_does_nothing(pool: Pool) -> None:
    take(pool, lines(provider("a"), provider("b")))
    publish(pool)
    report = take(pool, lines({"id": "a", "deleted": True}, {"id": "nobody", "deleted": True}))
    assert report.deleted == 1
    assert list(drafted(pool)) == ["b"]


def test_doubts_are_noted(pool: Pool) -> None:
    report = take(pool, lines(provider("a", categories=["own/nothing"], opening_hours="whenever")))
    assert (report.added, report.doubtful) == (1, 2)


def test_gzip_is_unpacked_and_a_cut_one_keeps_nothing(pool: Pool) -> None:
    packed = gzip.compress(lines(*(provider(f"p{n}") for n in range(500))))
    with pytest.raises(Refused) as raised:
        take(pool, packed[: len(packed) // 2])
    assert raised.value.code == "source.gzip"
    assert drafted(pool) == {}
    assert take(pool, packed).added == 500


def test_other_forms_are_read_and_the_form_is_told_from_the_bytes(pool: Pool) -> None:
    table = b"id,name,categories\nt1,Tap & Co,craft/plumber\n"
    assert take(pool, table, form=None, name="shops.csv").added == 1
    page = json.dumps({"@context": "https://schema.org", "@type": "Plumber", "@id": "j1", "name": "Jane"})
    assert take(pool, page.encode(), form=None).added == 1
    place = {"type": "node", "id": 7, "lat": 1, "lon": 2, "tags": {"craft": "plumber", "name": "Otto"}}
    assert take(pool, json.dumps({"elements": [place]}).encode(), form=None).added == 1
    assert len(drafted(pool)) == 3


def test_one_provider_is_put_read_and_deleted(pool: Pool) -> None:
    with postgres.tenant(pool, TENANT) as connection:
        catalog = state.locked(connection, MARKET)
        draft.put(connection, catalog, "a", json.dumps(provider("a")).encode(), author())
        assert draft.get(connection, MARKET, "a") == canonical(provider("a"))
    with postgres.tenant(pool, TENANT) as connection:
        catalog = state.locked(connection, MARKET)
        draft.delete(connection, catalog, "a", author())
        with pytest.raises(Missing):
            draft.get(connection, MARKET, "a")


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"[]", "provider.invalid"), (b'{"id":"b","categories":["x/y"],"name":"n"}', "provider.other")],
)
def test_a_line_that_is_not_the_provider_is_refused(pool: Pool, line: bytes, code: str) -> None:
    with pytest.raises(Refused) as raised, postgres.tenant(pool, TENANT) as connection:
        draft.put(connection, state.locked(connection, MARKET), "a", line, author())
    assert raised.value.code == code


def test_the_markets_document_is_kept_whole_and_its_categories_are_known(pool: Pool) -> None:
    own = {"id": "own/banya", "names": {"ru": "Баня"}, "note": "kept"}
    document = {"id": MARKET, "languages": ["ru"], "categories": [own]}
    with postgres.tenant(pool, TENANT) as connection:
        draft.set_market(connection, state.locked(connection, MARKET), json.dumps(document).encode())
    assert take(pool, lines(provider("a", categories=["own/banya"]))).doubtful == 0
    assert publish(pool).document == canonical(document).decode()


def test_another_markets_document_is_refused(pool: Pool) -> None:
    with pytest.raises(Refused) as raised, postgres.tenant(pool, TENANT) as connection:
        draft.set_market(connection, state.locked(connection, MARKET), b'{"id": "elsewhere"}')
    assert raised.value.code == "market.other"


def test_a_market_that_is_not_there_is_missing(pool: Pool) -> None:
    with pytest.raises(Missing) as raised:
        take(pool, lines(provider("a")), market="nowhere")
    assert raised.value.code == "market.unknown"


def test_a_discarded_draft_is_what_is_published(pool: Pool) -> None:
    take(pool, lines(provider("a")))
    publish(pool)
    take(pool, lines(provider("b"), {"id": "a", "deleted": True}))
    with postgres.tenant(pool, TENANT) as connection:
        assert draft.discard(connection, state.locked(connection, MARKET)) == 2
    assert list(drafted(pool)) == ["a"]
