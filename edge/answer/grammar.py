"""The grammar of one answer: everything a model may write for this draft, and nothing else.

An answer is a row of lines, one sentence each. Every choice in a line is between texts that the draft and the
locale files give, so that names, prices, times and phones can only be retrieved ones, in the order that
retrieval chose. Left out: prompts and checking (phrase.py).
"""

import itertools
import re
from dataclasses import dataclass

from edge.answer import listing, message, statement
from edge.answer.sentence import Sentence
from edge.answer.turn import Card, Fact
from edge.answer.voice import Voice

DETAILS = 3
_FACTS = {"phone": "phone", "address": "address", "hours": "hours", "price": "price", "rating": "rating_fact"}
_FACTS |= {"url": "url", "email": "email"}


@dataclass(frozen=True)
class Row:
    """Parts one after another."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class OneOf:
    """One of several texts or rows."""

    options: tuple["Node", ...]


Node = str | Row | OneOf


@dataclass(frozen=True)
class Line:
    """One sentence: what a model may write for it, the template's sentence in its place, and what each text
    in it states."""

    node: Node
    template: Sentence
    facts: tuple[tuple[str, Fact], ...] = ()


def gbnf(lines: list[Line]) -> str:
    """The grammar in llama.cpp's notation: the lines in order, a line break between."""
    rules = [f"line{at} ::= {_rule(line.node)}" for at, line in enumerate(lines)]
    root = ' "\\n" '.join(f"line{at}" for at in range(len(lines)))
    return "\n".join([f"root ::= {root}", *rules]) + "\n"


def allows(line: Line, text: str) -> bool:
    """Whether the line's grammar has this text; a second look, for engines that ignore grammars."""
    return re.fullmatch(_pattern(line.node), text) is not None


def lines(voice: Voice) -> list[Line]:
    """The lines of a draft that a model may phrase; empty where only the template may speak."""
    draft = voice.draft
    if draft.understood.missing or not draft.cards:
        return []
    if draft.understood.intent == "fact" and len(draft.facts) == 1:
        return _fact_lines(voice, draft.facts[0])
    if draft.understood.intent == "find" and draft.found != "none" and not voice.named_alone:
        return [*_opening(voice), *(_item(voice, card) for card in draft.cards[: listing.NAMED])]
    return []


def _fact_lines(voice: Voice, fact: Fact) -> list[Line]:
    """The asked fact in one of its wordings, then what the template adds to it."""
    key = _FACTS.get(fact.field)
    if key is None or fact.value is None:
        return []
    first, *rest = statement.compose(voice)
    values = {"who": voice.who(fact.provider), "value": statement.value(voice, fact)}
    wordings = tuple(message.fill(pattern, values) for pattern in voice.variants(f"phrase.{key}"))
    return [Line(OneOf(wordings), first, ((values["value"], fact),)), *(Line(one.text, one) for one in rest)]


def _opening(voice: Voice) -> list[Line]:
    """How many fit, or what was let go and how many come close; only the first has choices."""
    shown = len(voice.draft.cards)
    if voice.draft.found == "relaxed":
        texts = (listing.let_go(voice), voice.say("phrase.rest", count=shown))
        return [Line(text, Sentence(text=text)) for text in texts]
    template, subject = listing.exact(voice)[0], listing.subject_of(voice)
    if not subject or shown == 1 or voice.draft.total > shown:
        return [Line(template.text, template)]
    places = voice.say("phrase.places", count=shown)
    patterns = voice.variants("phrase.opening")
    choices = (message.fill(pattern, {"subject": subject, "places": places}) for pattern in patterns)
    return [Line(OneOf(tuple(choices)), template)]


def _item(voice: Voice, card: Card) -> Line:
    """One place with all the details the template gives it, the asked-for first: words and order are chosen.

    Leaving a detail out is no choice: a small model takes the shortest way.
    """
    said = listing.details(voice, card)[:DETAILS]
    facts = tuple(detail.fact for detail in said if detail.fact)
    plain = Sentence(text=listing.item(voice, card, said) + ".", facts=facts, cites=(card.number,))
    if not said:
        return Line(plain.text, plain)
    parts = [_wordings(voice, detail) for detail in said]
    rows = [_chain(voice, [parts[0], *rest]) for rest in itertools.permutations(parts[1:])]
    nodes = tuple(
        _fill(voice, pattern, voice.who(card.id), OneOf(tuple(rows)))
        for pattern in voice.variants("phrase.item")
    )
    stated = tuple((text, detail.fact) for detail in said if detail.fact for text in _values(detail))
    return Line(OneOf(nodes), plain, stated)


def _wordings(voice: Voice, detail: listing.Detail) -> Node:
    patterns = voice.variants(f"phrase.{detail.key}")
    return (
        OneOf(tuple(message.fill(pattern, detail.values) for pattern in patterns))
        if patterns
        else detail.said(voice)
    )


def _values(detail: listing.Detail) -> list[str]:
    """Texts whose presence in a sentence states the detail's fact."""
    return [value for key, value in detail.values.items() if key != "day"]


def _chain(voice: Voice, parts: list[Node]) -> Node:
    """Up to three parts joined as the language joins them."""
    if len(parts) == 1:
        return parts[0]
    names, marks = ("one", "two", "three")[: len(parts)], "\x01\x02\x03"[: len(parts)]
    text = voice.say(
        "phrase.pair" if len(parts) == 2 else "phrase.triple", **dict(zip(names, marks, strict=True))
    )
    pieces = re.split(f"([{marks}])", text)
    return Row(tuple(parts[ord(piece) - 1] if piece in marks else piece for piece in pieces if piece))


def _fill(voice: Voice, pattern: str, who: str, details: Node) -> Node:
    before, _, after = message.fill(pattern, {"who": who, "details": "\x01"}).partition("\x01")
    return Row((before, details, after))


def _rule(node: Node) -> str:
    if isinstance(node, str):
        escaped = node.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        return f'"{escaped}"'
    if isinstance(node, Row):
        return " ".join(_rule(part) for part in node.parts)
    return f"({' | '.join(_rule(option) for option in node.options)})"


def _pattern(node: Node) -> str:
    if isinstance(node, str):
        return re.escape(node.replace("\n", " "))
    if isinstance(node, Row):
        return "".join(_pattern(part) for part in node.parts)
    return f"(?:{'|'.join(_pattern(option) for option in node.options)})"
