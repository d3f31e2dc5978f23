from collections.abc import Iterator
from pathlib import Path

import pytest

from models.registry import Model
from models.runtime.llama.constraint import Constraint, Grammars
from models.runtime.llama.context import LlamaContext, Shape
from sync.errors import Refused, Unavailable

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed; `make setup` builds it")
pytestmark = [
    pytest.mark.model,
    pytest.mark.parametrize("real", ["smollm2-135m-instruct"], indirect=True),
]


@pytest.fixture
def spelled(real: tuple[Model, Path]) -> Iterator[tuple[LlamaContext, Grammars]]:
    model, folder = real
    context = LlamaContext(folder / model.files[0].path, Shape(1, 64, 1, 16))
    yield context, Grammars(context.library, context.vocab, context.vocabulary)
    context.close()


def texts(context: LlamaContext, constraint: Constraint) -> set[bytes]:
    """What may come next; the model's end as `None` would be no text, so it is left out."""
    mask = constraint.mask()
    return {text for token, text in enumerate(context.vocabulary.texts) if mask[token] and text}


def test_what_may_come_next_begins_what_the_grammar_says(spelled: tuple[LlamaContext, Grammars]) -> None:
    context, grammars = spelled
    choices = (b"yes", b"no", b"yellow")
    first = texts(context, grammars.compile('root ::= "yes" | "no" | "yellow"'))
    assert first
    assert all(any(choice.startswith(text) for choice in choices) for text in first)
    assert {b"y", b"n"} <= first


def test_one_continuation_is_forced_and_ends(spelled: tuple[LlamaContext, Grammars]) -> None:
    context, grammars = spelled
    constraint = grammars.compile('root ::= "Салон № 7 — \\u00e9\\x41\\""')
    said = b""
    while not constraint.over:
        forced = constraint.forced(64)
        assert len(forced) > 0
        said += b"".join(context.vocabulary.texts[token] for token in forced)
    assert said.decode() == 'Салон № 7 — éA"'


def test_an_end_is_allowed_where_the_text_may_end(spelled: tuple[LlamaContext, Grammars]) -> None:
    context, grammars = spelled
    constraint = grammars.compile('root ::= "a" [b]?')
    ends = context.vocabulary.ends
    assert not any(constraint.mask()[token] for token in ends)
    (letter,) = [token for token, text in enumerate(context.vocabulary.texts) if text == b"a"]
    constraint.accept(letter)
    assert any(constraint.mask()[token] for token in ends)


def test_two_sequences_of_one_grammar_do_not_meet(spelled: tuple[LlamaContext, Grammars]) -> None:
    context, grammars = spelled
    one, two = (grammars.compile('root ::= "ab" [cd] "e"') for _ in range(2))
    one.accept(context.vocabulary.texts.index(b"ab"))
    assert all(text.startswith(b"a") for text in texts(context, two))
    assert texts(context, one) <= {b"c", b"d", b"ce", b"de"}


def test_what_cannot_be_met_is_refused_or_told(spelled: tuple[LlamaContext, Grammars]) -> None:
    _, grammars = spelled
    for bad in ("", "root ::= (", "x ::= y", 'root ::= "a" other', "root ::= " + "(" * 101 + ")" * 101):
        with pytest.raises(Refused) as caught:
            grammars.compile(bad)
        assert caught.value.code == "generator.grammar"
    with pytest.raises(Unavailable) as stuck:
        follow(grammars.compile('root ::= "a" root'))
    assert stuck.value.code == "generator.grammar_stuck"


def follow(endless: Constraint) -> None:
    """As a sequence does; bounded, so that a text without end that is not noticed fails."""
    for _ in range(10_000):
        endless.forced(64)
        assert not endless.over
