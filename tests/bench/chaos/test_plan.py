"""The schedule of faults: the same for a seed, and every named place in it."""

from bench.chaos.plan import AT_JOINING, drawn, places, with_restores


def test_one_seed_gives_one_schedule() -> None:
    first = drawn(7, 5_000, 200, 3, 2, places())
    assert first == drawn(7, 5_000, 200, 3, 2, places())
    assert first != drawn(8, 5_000, 200, 3, 2, places())
    assert len(first) == 200
    assert [fault.at for fault in first] == sorted(fault.at for fault in first)


def test_every_named_place_of_the_way_is_in_the_schedule() -> None:
    named = places()
    assert {"ledger.committed", "uplink.sent", "ingest.before_commit", "projector.committed"} <= set(named)
    met = {fault.detail.partition(":")[0] for fault in drawn(1, 1_000, 30, 3, 2, named)}
    assert set(named) - met == {name for name in named if name.startswith(AT_JOINING)}


def test_a_copy_comes_before_each_time_that_it_is_put_back() -> None:
    kinds = [fault.kind for fault in with_restores(drawn(1, 90_000, 900, 3, 2, places()), 90_000)]
    acts = [kind for kind in kinds if kind in ("postgres.copy", "postgres.restore")]
    assert acts == ["postgres.copy", "postgres.restore"] * 3
