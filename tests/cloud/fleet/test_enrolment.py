"""What becomes of a request to be let in, for every way a node can stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.fleet.node.enrolment import Known, Outcome, State, decide
from sync.errors import Conflict, PrilavokError, Refused
from sync.key import NodeKeys
from sync.provisioning import TOKEN_BYTES, Enrolment, token_digest

NOW = datetime(2026, 11, 27, tzinfo=UTC)
TOKEN = b"t" * TOKEN_BYTES
MINE, OTHER = NodeKeys.of(b"1" * 32), NodeKeys.of(b"2" * 32)
NEW = Known("pending", False, None, None, token_digest(TOKEN), NOW + timedelta(days=1), None)
STATES: tuple[State, ...] = ("pending", "accepted", "rejected", "revoked", "quarantined")


def request(keys: NodeKeys = MINE, token: bytes = TOKEN) -> Enrolment:
    return Enrolment(
        tenant="demo", node="n", token=token, sign_key=keys.signer.public, seal_key=keys.unsealer.public
    )


def joined(state: State, keys: NodeKeys = MINE) -> Known:
    return replace(
        NEW,
        state=state,
        sign_key=keys.signer.public,
        seal_key=keys.unsealer.public,
        token_used_at=NOW - timedelta(hours=1),
    )


def test_first_use_binds_the_key_and_waits_for_a_person() -> None:
    assert decide(NEW, request(), NOW) == Outcome("pending", binds=True)


def test_first_use_of_an_ordered_node_lets_it_in() -> None:
    assert decide(replace(NEW, auto_accept=True), request(), NOW) == Outcome("accepted", binds=True)


@pytest.mark.parametrize("state", STATES)
def test_same_box_is_told_how_it_stands_also_after_the_file_expired(state: State) -> None:
    late = NOW + timedelta(days=900)
    assert decide(joined(state), request(), late) == Outcome(state, binds=False)


def test_quarantine_is_not_told_to_the_box() -> None:
    assert decide(joined("quarantined"), request(), NOW).said == "pending"


@pytest.mark.parametrize("state", STATES)
def test_file_used_twice_is_refused_to_the_second_box(state: State) -> None:
    with pytest.raises(Conflict) as refused:
        decide(joined(state), request(OTHER), NOW)
    assert refused.value.code == "enrolment.used"


def test_expired_file_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        decide(NEW, request(), NOW + timedelta(days=1))
    assert refused.value.code == "enrolment.expired"


def test_file_of_another_hub_is_refused_and_nothing_is_told() -> None:
    for known in (None, NEW, joined("accepted", OTHER), replace(NEW, token_digest=None)):
        with pytest.raises(Refused) as refused:
            decide(known, request(token=b"x" * TOKEN_BYTES), NOW)
        assert refused.value.code == "enrolment.token"


@pytest.mark.parametrize("state", STATES)
def test_same_box_is_told_how_it_stands_also_when_a_newer_file_was_made(state: State) -> None:
    for digest in (token_digest(b"o" * TOKEN_BYTES), None):
        known = replace(joined(state), token_digest=digest)
        assert decide(known, request(), NOW) == Outcome(state, binds=False)


def test_new_file_of_a_node_that_is_in_rotates_its_keys() -> None:
    anew = replace(joined("accepted"), token_used_at=None)
    assert decide(anew, request(OTHER), NOW) == Outcome("accepted", binds=True)


def test_revoked_before_it_was_used_binds_nothing() -> None:
    assert decide(replace(NEW, state="revoked"), request(), NOW) == Outcome("revoked", binds=False)


def test_quarantined_node_with_a_new_file_stays_so_unless_ordered() -> None:
    anew = replace(joined("quarantined"), token_used_at=None)
    assert decide(anew, request(OTHER), NOW) == Outcome("quarantined", binds=True)
    assert decide(replace(anew, auto_accept=True), request(OTHER), NOW) == Outcome("accepted", binds=True)


knowns = st.builds(
    Known,
    state=st.sampled_from(STATES),
    auto_accept=st.booleans(),
    sign_key=st.sampled_from([None, MINE.signer.public, OTHER.signer.public]),
    seal_key=st.sampled_from([None, MINE.unsealer.public, OTHER.unsealer.public]),
    token_digest=st.sampled_from([None, token_digest(TOKEN), token_digest(b"o" * TOKEN_BYTES)]),
    token_expires_at=st.sampled_from([None, NOW - timedelta(1), NOW, NOW + timedelta(1)]),
    token_used_at=st.sampled_from([None, NOW - timedelta(1)]),
)


@given(known=knowns)
def test_nobody_is_let_in_without_the_token_or_past_a_verdict(known: Known) -> None:
    try:
        outcome = decide(known, request(), NOW)
    except PrilavokError:
        return
    if known.token_digest != token_digest(TOKEN):
        assert known.sign_key == MINE.signer.public
        assert outcome == Outcome(known.state, binds=False)
        return
    if known.state in ("rejected", "revoked"):
        assert outcome.state == known.state
    if outcome.binds:
        assert known.token_used_at is None
        assert known.token_expires_at is not None
        assert known.token_expires_at > NOW
    elif known.token_used_at is not None:
        assert known.sign_key == MINE.signer.public
