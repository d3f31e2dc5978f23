"""The schedule of faults: the same for a seed, and every named place in it."""

from bench.chaos.plan import AT_JOINING, Stage, drawn, every_kind, places, with_restores

STAGE = Stage(nodes=3, workers=2, whole=True)


def test_one_seed_gives_one_schedule() -> None:
    first = drawn(7, 5_000, 200, STAGE, places())
    assert first == drawn(7, 5_000, 200, STAGE, places())
    assert first != drawn(8, 5_000, 200, STAGE, places())
    assert len(first) == 200
    assert [fault.at for fault in first] == sorted(fault.at for fault in first)


def test_every_named_place_of_the_way_is_in_the_schedule() -> None:
    named = places()
    assert {"ledger.committed", "uplink.sent", "ingest.before_commit", "projector.committed"} <= set(named)
    met = {fault.detail.partition(":")[0] for fault in drawn(1, 1_000, 30, STAGE, named)}
    assert set(named) - met == {name for name in named if name.startswith(AT_JOINING)}


def test_a_copy_comes_before_each_time_that_it_is_put_back() -> None:
    kinds = [fault.kind for fault in with_restores(drawn(1, 90_000, 900, STAGE, places()), 90_000)]
    acts = [kind for kind in kinds if kind in ("postgres.copy", "postgres.restore")]
    assert acts == ["postgres.copy", "postgres.restore"] * 3


def test_a_long_schedule_has_every_kind_of_fault_and_every_mode_of_a_line() -> None:
    done = {fault.name for fault in drawn(1, 90_000, 900, STAGE, places())}
    assert {f"{kind}.{mode}" if mode else kind for kind, mode in every_kind()} <= done
    assert {"node.clock", "hub.clock", "broker.wipe", "postgres.full", "node.full", "link.reorder"} <= done


def test_the_whole_node_has_its_share() -> None:
    lanes = [fault.lane for fault in drawn(1, 90_000, 900, STAGE, places())]
    assert 10 < lanes.count("node-3") < lanes.count("node-0")
