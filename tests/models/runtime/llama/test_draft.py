from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.draft import MOST, SHORTEST, Drafter, length

rows = st.lists(st.integers(0, 3), max_size=40)


def test_what_followed_before_is_guessed() -> None:
    drafter = Drafter([5, 6, 7, 8, 9, 1, 5, 6])
    assert drafter.guess(3) == [7, 8, 9]


def test_the_longest_agreement_counts() -> None:
    assert Drafter([1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3]).guess(1) == [4]


def test_the_latest_place_counts() -> None:
    assert Drafter([2, 3, 4, 2, 3, 5, 9, 2, 3]).guess(1) == [5]


def test_nothing_like_it_gives_no_guess() -> None:
    assert Drafter([]).guess(5) == []
    assert Drafter([1, 2, 3, 4]).guess(5) == []


@given(rows, rows, st.integers(1, 12))
def test_a_guess_is_what_stood_after_the_same_tokens(begun: list[int], more: list[int], most: int) -> None:
    drafter = Drafter(begun)
    for token in more:
        drafter.extend([token])
    whole = begun + more
    guess = drafter.guess(most)
    assert guess == Drafter(whole).guess(most)
    assert len(guess) <= min(most, MOST)
    tail = whole[-SHORTEST:]
    places = [at for at in range(SHORTEST, len(whole)) if whole[at - SHORTEST : at] == tail]
    if guess:
        assert any(whole[at : at + len(guess)] == guess for at in places)
    else:
        assert places == []


@given(
    st.lists(st.integers(0, MOST).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=50)
)
def test_chance_is_a_chance(turns: list[tuple[int, int]]) -> None:
    drafter = Drafter([])
    for guessed, right in turns:
        drafter.learn(guessed, right)
        assert 0 <= drafter.chance <= 1


def test_right_guesses_raise_the_chance_and_wrong_ones_lower_it() -> None:
    good, bad = Drafter([]), Drafter([])
    good.learn(4, 4)
    bad.learn(4, 0)
    assert bad.chance < 0.5 < good.chance


@given(st.floats(0, 1), st.floats(0.0001, 1), st.floats(0.00001, 1), st.integers(1, 64), st.floats(0, 1))
def test_a_guess_is_as_long_as_pays(
    chance: float, base_s: float, token_s: float, tokens: int, extra_s: float
) -> None:
    count = length(chance, base_s, token_s, tokens, extra_s)
    assert 0 <= count <= MOST
    without = tokens / (base_s + token_s * tokens)
    gained = tokens + sum(chance**n for n in range(1, count + 1))
    assert gained / (base_s + (extra_s if count else 0) + token_s * (tokens + count)) >= without * 0.999
    assert length(0.0, base_s, token_s, tokens, extra_s) == 0


def test_a_sure_guess_is_long_where_tokens_are_cheap() -> None:
    assert length(0.95, 0.02, 0.0001, 1) == MOST
