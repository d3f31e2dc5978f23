"""What every store of kept answers must keep: one suite, run over the file, Redis and memory."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.answer.cache.entry import GRAIN_S, PER_GROUND, Cited, Entry, Limits, Store
from edge.answer.cache.memory import MemoryStore
from edge.answer.cache.redis_store import RedisStore
from edge.answer.cache.store import SqliteStore
from tests.simulators.redis_server import running

NOW = 1_800_000_000 // GRAIN_S * GRAIN_S
TTL_S = 86_400
ROOMY = Limits(bytes=8 << 20, ttl_s=TTL_S)
Open = Callable[[Limits], Store]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(params=["file", "redis", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens an empty store of each kind, with limits; what was opened is closed at the end."""
    stores: list[Store] = []

    def open_store(limits: Limits) -> Store:
        if request.param == "file":
            stores.append(SqliteStore(tmp_path / f"{len(stores)}.db", limits))
        elif request.param == "redis":
            stores.append(RedisStore(request.getfixturevalue("redis_url"), limits))
            stores[-1].clear()
        else:
            stores.append(MemoryStore(limits))
        return stores[-1]

    yield open_store
    for store in stores:
        store.clear()
        store.close()
        store.close()


def entry(ground: int = 1, question: int = 1, *cited: int, made_s: int = NOW, text: str = "a line") -> Entry:
    return Entry(
        ground=ground.to_bytes(16, "big"),
        question=question.to_bytes(16, "big"),
        cited=tuple(Cited(f"p{one}", bytes([one]) * 16) for one in cited or (1,)),
        lines=(text, "ещё одна", "第三行 [1]"),
        made_s=made_s,
        vector=bytes(range(96)),
        vector_model="small",
    )


def test_what_is_put_is_read_as_it_was(opened: Open) -> None:
    store = opened(ROOMY)
    store.put(entry(), NOW)
    store.put(entry(2), NOW)
    assert store.read(entry().ground, NOW) == (entry(),)
    assert store.read(entry(3).ground, NOW) == ()
    assert store.size().entries == 2


def test_a_second_answer_to_a_question_takes_the_place_of_the_first(opened: Open) -> None:
    store = opened(ROOMY)
    store.put(entry(1, 1, 1, 2), NOW)
    store.put(entry(1, 1, 3, text="other"), NOW)
    assert store.read(entry().ground, NOW) == (entry(1, 1, 3, text="other"),)
    assert store.cited() == frozenset(entry(1, 1, 3).cited)
    assert store.size().entries == 1


def test_what_is_too_old_is_not_read_and_goes(opened: Open) -> None:
    store = opened(ROOMY)
    store.put(entry(), NOW)
    assert store.read(entry().ground, NOW + TTL_S - 1) == (entry(),)
    assert store.read(entry().ground, NOW + TTL_S) == ()
    trimmed = store.put(entry(2, made_s=NOW + TTL_S), NOW + TTL_S)
    assert trimmed.expired == 1
    assert store.size().entries == 1


def test_dropping_forgets_these_alone_and_says_how_many(opened: Open) -> None:
    store = opened(ROOMY)
    for question in range(4):
        store.put(entry(1, question), NOW)
    assert store.drop([entry(1, 0), entry(1, 3), entry(7, 7)]) == 2
    assert {one.question for one in store.read(entry().ground, NOW)} == {
        entry(1, 1).question,
        entry(1, 2).question,
    }


def test_all_that_was_said_to_a_question_goes_whatever_its_ground(opened: Open) -> None:
    store = opened(ROOMY)
    for ground, question in ((1, 1), (2, 1), (2, 2)):
        store.put(entry(ground, question, ground), NOW)
    assert store.drop_asked([entry(1, 1).question, entry(9, 9).question]) == 2
    assert store.size().entries == 1
    assert store.cited() == frozenset(entry(2, 2, 2).cited)
    assert store.drop_asked([]) == 0


def test_all_that_stands_on_an_outdated_record_goes(opened: Open) -> None:
    store = opened(ROOMY)
    for question, cited in enumerate([(1, 2), (2, 3), (3,), (4, 1)]):
        store.put(entry(question, question, *cited), NOW)
    assert len(store.cited()) == 4
    assert store.drop_citing([*entry(0, 0, 1).cited, Cited("p3", b"another digest")]) == 2
    assert store.cited() == frozenset(entry(0, 0, 2, 3).cited)
    assert store.drop_citing([]) == 0


def test_a_ground_keeps_no_more_than_its_share_and_the_last_used(opened: Open) -> None:
    store = opened(ROOMY)
    store.put(entry(9), NOW)
    for question in range(PER_GROUND):
        store.put(entry(1, question), NOW + question * GRAIN_S)
    store.touch(entry(1, 0), NOW + PER_GROUND * GRAIN_S)
    trimmed = store.put(entry(1, PER_GROUND), NOW + (PER_GROUND + 1) * GRAIN_S)
    assert trimmed.crowded == 1
    kept = {one.question for one in store.read(entry(1).ground, NOW)}
    assert len(kept) == PER_GROUND
    assert entry(1, 0).question in kept
    assert entry(1, 1).question not in kept
    assert store.read(entry(9).ground, NOW)


@pytest.mark.parametrize("limits", [Limits(96 << 10, TTL_S), Limits(8 << 20, TTL_S, rows=20)])
def test_the_least_used_makes_room_and_the_bounds_hold(opened: Open, limits: Limits) -> None:
    store, crowded, count = opened(limits), 0, 120
    for at in range(count):
        store.touch(entry(0, 0), NOW + at * GRAIN_S)
        crowded += store.put(entry(at, at, text="x" * 900), NOW + at * GRAIN_S).crowded
        assert store.size().entries <= limits.rows
        assert store.size().bytes <= limits.bytes
    left = store.size().entries
    assert 0 < left < count
    assert crowded == count - left
    assert store.read(entry(count - 1).ground, NOW)
    assert store.read(entry(0).ground, NOW)
    assert not store.read(entry(1).ground, NOW)


def test_clearing_forgets_everything(opened: Open) -> None:
    store = opened(ROOMY)
    for question in range(5):
        store.put(entry(question, question), NOW)
    assert store.clear() == 5
    assert (store.size().entries, store.cited(), store.clear()) == (0, frozenset(), 0)
    store.put(entry(), NOW)
    assert store.size().entries == 1


def test_readers_and_writers_at_once_see_whole_entries(opened: Open) -> None:
    store, faults = opened(ROOMY), list[BaseException]()

    def work(number: int) -> None:
        try:
            for at in range(40):
                one = entry(at % 5, number * 1000 + at % 7, number, 50 + at % 3, text=f"{number} {at % 7}")
                store.put(one, NOW)
                for found in store.read(one.ground, NOW):
                    by, _, turn = found.lines[0].partition(" ")
                    assert found.question == entry(0, int(by) * 1000 + int(turn)).question
                store.touch(one, NOW + GRAIN_S)
                if at % 9 == 0:
                    store.drop_citing(entry(0, 0, 50).cited)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "touch", "drop", "outdate", "forget", "clear"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True),
        st.integers(0, 3),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actions=ACTIONS)
def test_any_row_of_actions_leaves_what_a_plain_table_would(
    actions: list[tuple[str, int, int, list[int], int]], shared: Store
) -> None:
    shared.clear()
    table: dict[tuple[bytes, bytes], Entry] = {}
    for action, ground, question, cited, hour in actions:
        one = entry(ground, question, *cited, text=f"{hour}")
        key = (one.ground, one.question)
        if action == "put":
            shared.put(one, NOW)
            table[key] = one
        elif action == "touch":
            shared.touch(one, NOW + hour * 3600)
        elif action == "drop":
            assert shared.drop([one]) == int(table.pop(key, None) is not None)
        elif action == "outdate":
            gone = [k for k, v in table.items() if set(v.cited) & set(one.cited[:1])]
            assert shared.drop_citing(one.cited[:1]) == len(gone)
            for each in gone:
                del table[each]
        elif action == "forget":
            gone = [k for k in table if k[1] == one.question]
            assert shared.drop_asked([one.question]) == len(gone)
            for each in gone:
                del table[each]
        else:
            assert shared.clear() == len(table)
            table.clear()
    assert shared.size().entries == len(table)
    assert shared.cited() == frozenset(one for kept in table.values() for one in kept.cited)
    for ground in range(4):
        wanted = {e for k, e in table.items() if k[0] == entry(ground).ground}
        assert set(shared.read(entry(ground).ground, NOW)) == wanted


@pytest.fixture
def shared(opened: Open) -> Store:
    """One store for all examples of a property."""
    return opened(ROOMY)
