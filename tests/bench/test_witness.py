"""The grounding bench's own checker: true sentences pass, any changed figure or name is caught."""

import re

import pytest

from bench.witness import Heard, Witness, cut, values
from edge.catalog.taxonomy import Taxonomy
from sync.provider import Market, Offer, Provider

NORTH = Provider(
    id="p1",
    categories=("craft/plumber",),
    name="Rohrfrei Nord",
    city="Olkhovo",
    address="Erlenufer 34",
    phone="+49 30 23125137",
    opening_hours="Mo-Fr 09:00-20:00",
    rating=4.3,
    offers=(Offer(name={"en": "Pipe repair"}, price_from=45.0, currency="EUR"),),
    attributes={"cuisine": "georgian"},
    languages=("de",),
)
SOUTH = Provider(
    id="p2",
    categories=("craft/plumber",),
    name="Кран",
    phone="+49 30 23125900",
    opening_hours="Mo 10:00-16:30",
)
HEARD = Heard(
    language="en",
    records={1: NORTH, 2: SOUTH},
    metres={1: 411.0},
    days={2: 0},
    asked="Is 0900 666666 the phone of Boris Quimby, for 99 euros?",
    counts=(12, 2),
)
TRUE = (
    "Plumber in Olkhovo: 12 places fit, the first 2 are here.",
    "Rohrfrei Nord [1] — open until 20:00, from 45\u00a0€, 410 m away; Кран [2] — opens Monday at 10:00.",
    "Rohrfrei Nord [1] is rated 4.3 out of 5.",
    "The phone number of Rohrfrei Nord [1] is +49 30 23125137.",
    "The address of Rohrfrei Nord [1] is Erlenufer 34, Olkhovo.",
    "Rohrfrei Nord [1] is open Mon–Fri 9:00–20:00.",
    "Rohrfrei Nord [1] offers: Pipe repair from 45 €.",
    "Languages spoken at Rohrfrei Nord [1]: German.",
    "112: please call this number now and say where you are.",
    "Plumber: nothing up to 99 €.",
)
FALSE = (
    "The phone number of Rohrfrei Nord [1] is 0900 666666.",
    "The phone number of Rohrfrei Nord [1] is +49 30 23125900.",
    "The address of Rohrfrei Nord [1] is Elm Road 34, Olkhovo.",
    "Rohrfrei Nord [1] belongs to Boris Quimby.",
    "Rohrfrei Nord [1] — from 99 €.",
    "Rohrfrei Nord [1] — open until 16:30.",
    "Rohrfrei Nord [1] — 700 m away.",
    "Кран [2] — rated 4.3.",
    "Кран [2] — opens Tuesday at 10:00.",
    "Кран [1] — open until 20:00.",
    "Кран [7] — opens at 10:00.",
    "Plumber: 37 places fit.",
    "Welcome to Zebra Plumbing.",
)


@pytest.fixture(scope="module")
def witness() -> Witness:
    return Witness(Market(id="m", name={"en": "Olkhovo"}, emergency_number="112"), Taxonomy.load())


@pytest.mark.parametrize("sentence", TRUE)
def test_what_stands_in_the_documents_passes(witness: Witness, sentence: str) -> None:
    assert witness.faults(sentence, HEARD) == []


@pytest.mark.parametrize("sentence", FALSE)
def test_what_stands_in_no_document_is_caught(witness: Witness, sentence: str) -> None:
    assert witness.faults(sentence, HEARD)


@pytest.mark.parametrize("sentence", [one for one in TRUE if re.search(r"\d", re.sub(r"\[\d\]", "", one))])
def test_every_changed_digit_is_caught(witness: Witness, sentence: str) -> None:
    for found in re.finditer(r"(?<![\[\d])\d|(?<=\d)\d", sentence):
        changed = f"{sentence[: found.start()]}{(int(found[0]) + 3) % 10}{sentence[found.end() :]}"
        rounded = "m away" in changed and "410 m" not in changed  # a digit of a length may still round well
        assert rounded or witness.faults(changed, HEARD), changed


def test_a_sentence_is_cut_at_its_citations() -> None:
    parts, wrong = cut("See Rohrfrei Nord [1] at 9:00, Кран [2] later", HEARD)
    assert wrong == []
    assert [owner for owner, _ in parts] == [None, 1, 2]
    assert parts[1][1] == " at 9:00, "


def test_a_number_is_read_both_ways_where_it_could_be() -> None:
    assert values("1.200") == {1200.0, 1.2}
    assert values("14,50") == {14.5, 1450.0}
