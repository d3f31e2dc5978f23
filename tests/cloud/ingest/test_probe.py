"""A node that asks what the hub has is answered by name; what it has forgotten the operator is told."""

from cloud.ingest.answer import replies
from cloud.ingest.service import Ingest
from cloud.keyring import Keyring
from sync.batch import Question
from sync.span import Span
from tests.simulators.hub_database import Database
from tests.simulators.hub_node import HubNode, rows, turn


def test_a_question_is_answered_by_its_name_and_what_is_forgotten_told_to_the_operator(
    database: Database, ingest: Ingest, node: HubNode, ring: Keyring
) -> None:
    frames = node.talk(*(turn(n) for n in range(1, 6)))
    hub = ring.signer("north", "hub")
    ingest.take([node.came(frames[:2]), node.came(frames[5:])])
    question = Question("fedcba9876543210", (Span(3, 3),))
    came = [node.came([], question=question, low=1), node.came(frames[4:5], low=1)]
    [reply] = replies(ingest.take(came).stored, lambda tenant: hub)
    told = node.told(reply.message, hub.public)
    assert (told.probe, told.holes, told.missing(7)) == (
        question.probe,
        (Span(4, 4),),
        (Span(4, 4), Span(7, 7)),
    )
    [(detail,)] = rows(database, "north", "SELECT detail FROM ingest_event WHERE kind = 'restored'", "app")
    assert detail == {"epoch": node.epoch, "missing": [[3, 3]]}
