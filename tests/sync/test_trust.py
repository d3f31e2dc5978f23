"""Attacks on what a node believes, by the names that The Update Framework gives them.

Each is tried on a node that trusts a head already; after each refusal the node still trusts exactly that.
"""

import msgspec
import pytest

from sync import head, keyset, signed
from sync.capability import Protocol
from sync.delta import Change
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Corrupt, PrilavokError, Refused
from sync.head import Head
from sync.trust import FUTURE_MS, Trust
from tests.sync.cast import (
    CATALOG,
    DAY_MS,
    HUB,
    MARKET,
    ROOT,
    START_MS,
    Publisher,
    at,
    flips,
    key_set,
)
from tests.sync.trusting import FIRST, SECOND, THIEF, THIRD, pinned, refusal, signed_anew, trusting


def test_new_head_is_trusted() -> None:
    hub, trust = trusting()
    assert trust.head is not None
    assert (trust.head.version, trust.head.content) == (2, SECOND.digest())
    later = trust.offered(hub.publish(THIRD), at())
    assert later.head is not None
    assert later.head.version == 3


def test_same_head_again_changes_nothing() -> None:
    hub, trust = trusting()
    message = hub.publish(THIRD)
    once = trust.offered(message, at())
    assert once.offered(message, at()) == once


def test_head_signed_anew_moves_its_expiry() -> None:
    hub, trust = trusting()
    again = trust.offered(hub.message(START_MS + 29 * DAY_MS), at(START_MS + 29 * DAY_MS))
    assert not again.stale(at(START_MS + 50 * DAY_MS))
    assert trust.stale(at(START_MS + 50 * DAY_MS))


def test_trust_survives_a_restart() -> None:
    hub, trust = trusting()
    restored = Trust.restored(trust.kept(), MARKET)
    assert restored == trust
    assert restored.offered(hub.publish(THIRD), at()).head is not None


# Arbitrary content and wrong keys


def test_arbitrary_content_of_a_strangers_key_is_refused() -> None:
    _, trust = trusting()
    forger = Publisher(signers=(THIEF,), serial=9, version=8)
    assert refusal(trust, forger.publish(THIRD)) == "signature.invalid"


def test_head_signed_with_the_key_of_another_role_is_refused() -> None:
    _, trust = trusting()
    for other in (HUB, ROOT):
        assert refusal(trust, Publisher(signers=(other,), serial=9).publish(THIRD)) == "signature.invalid"


def test_any_flipped_bit_of_a_head_is_refused() -> None:
    hub, trust = trusting()
    hub.keys = ()
    message = hub.publish(THIRD)
    for turned in flips(message):
        with pytest.raises(PrilavokError):
            trust.offered(turned, at())


def test_any_flipped_bit_of_a_key_set_is_refused() -> None:
    _, trust = trusting()
    for turned in flips(keyset.write(key_set(2), ROOT)):
        with pytest.raises(PrilavokError):
            keyset.successor(trust.keys, turned)


def test_captive_portal_is_no_head() -> None:
    _, trust = trusting()
    assert refusal(trust, b"<html>Welcome to our hotel</html>") == "document.malformed"


# Rollback


def test_rollback_to_an_older_head_is_refused() -> None:
    hub = Publisher()
    old = hub.publish(FIRST)
    trust = pinned().offered(hub.publish(SECOND), at())
    assert refusal(trust, old) == "head.rollback"


def test_rollback_of_the_version_under_a_newer_serial_is_refused() -> None:
    hub, trust = trusting()
    assert refusal(trust, signed_anew(hub, version=1, content=FIRST.digest())) == "head.rollback"


def test_rollback_after_a_restart_is_refused() -> None:
    hub = Publisher()
    old = hub.publish(FIRST)
    trust = pinned().offered(hub.publish(SECOND), at())
    assert refusal(Trust.restored(trust.kept(), MARKET), old) == "head.rollback"


def test_rollback_of_the_key_set_is_ignored() -> None:
    """An old key set before a good head does no harm: it is known and passed over."""
    hub, trust = trusting()
    second = keyset.write(key_set(2), ROOT)
    hub.keys = (*hub.keys, second)
    trust = trust.offered(hub.publish(THIRD), at())
    assert trust.keys.version == 2
    hub.keys = hub.keys[:1]
    assert trust.offered(hub.message(), at()).keys.version == 2


def test_catalogue_rolled_back_on_purpose_is_a_new_version() -> None:
    hub, trust = trusting()
    again = trust.offered(hub.publish(FIRST), at())
    assert again.head is not None
    assert (again.head.version, again.head.content) == (3, FIRST.digest())


# Equivocation: two hubs with one identity, or one put back from a backup


@pytest.mark.parametrize("change", [{"version": 3}, {"content": FIRST.digest()}])
def test_second_head_of_one_serial_is_refused(change: dict[str, object]) -> None:
    hub, trust = trusting()
    hub.serial -= 1
    assert refusal(trust, signed_anew(hub, **change)) == "head.equivocation"


def test_second_content_of_one_version_is_refused() -> None:
    hub, trust = trusting()
    assert refusal(trust, signed_anew(hub, content=THIRD.digest())) == "head.equivocation"


# Freeze


def test_freeze_with_an_expired_head_is_refused_when_the_clock_is_known_good() -> None:
    hub, trust = trusting()
    message = hub.message()
    assert refusal(trust, message, ms=START_MS + 30 * DAY_MS) == "head.expired"


def test_expired_head_is_taken_when_the_clock_cannot_tell() -> None:
    """A shop that was closed for a season wakes with no clock: it must not brick itself."""
    hub, trust = trusting()
    message = hub.publish(THIRD)
    assert trust.offered(message, at(START_MS + 400 * DAY_MS, trusted=False)).head is not None


def test_freeze_is_seen_without_a_clock_by_the_latest_time_the_hub_signed() -> None:
    hub, trust = trusting()
    message = hub.message()
    floor = START_MS + 31 * DAY_MS
    assert refusal(trust, message, ms=0, trusted=False, floor_ms=floor) == "head.expired"


def test_frozen_node_says_that_it_is_stale_and_goes_on() -> None:
    _, trust = trusting()
    assert trust.stale(at(START_MS + 31 * DAY_MS))
    assert not trust.stale(at(START_MS + 31 * DAY_MS, trusted=False))
    assert trust.head is not None


def test_head_from_the_future_is_refused_when_the_clock_is_known_good() -> None:
    hub, trust = trusting()
    message = hub.message(START_MS + FUTURE_MS + 1)
    assert refusal(trust, message) == "head.future"


def test_expired_key_set_is_refused() -> None:
    hub, trust = trusting()
    message = hub.message(START_MS + 1000 * DAY_MS)
    assert refusal(trust, message, ms=START_MS + 1000 * DAY_MS) == "keys.expired"


# Mix and match, wrong market, wrong tenant


def test_mix_and_match_of_blobs_is_corrupt() -> None:
    """A blob that is a right one, but of another step, version, market or tenant."""
    _, trust = trusting()
    said = trust.head
    assert said is not None
    assert said.snapshot is not None
    step = said.deltas[0]
    good = Change(
        tenant=said.tenant,
        market=said.market,
        from_version=1,
        to_version=2,
        before=FIRST.digest(),
        after=SECOND.digest(),
        items=1,
    )
    assert head.suits(step, said, good) == good
    wrongs = ({"tenant": "other"}, {"market": "oslo"}, {"from_version": 0}, {"to_version": 3})
    for wrong in (*wrongs, {"before": THIRD.digest()}, {"after": THIRD.digest()}):
        with pytest.raises(Corrupt) as raised:
            head.suits(step, said, msgspec.structs.replace(good, **wrong))
        assert raised.value.code == "head.mixed"
    with pytest.raises(Corrupt):
        head.suits(said.snapshot, said, good)


def test_mix_and_match_of_contents_is_corrupt() -> None:
    _, trust = trusting()
    assert trust.head is not None
    with pytest.raises(Corrupt):
        head.arrived(trust.head, FIRST.digest())


def test_wrong_markets_head_is_refused() -> None:
    _, trust = trusting()
    assert refusal(trust, Publisher(market="oslo", serial=9).publish(THIRD)) == "head.foreign"


def test_wrong_tenants_head_is_refused_though_the_keys_be_the_same() -> None:
    _, trust = trusting()
    assert refusal(trust, Publisher(tenant="other", serial=9).publish(THIRD)) == "head.foreign"
    with pytest.raises(Refused):
        keyset.pinned(keyset.write(key_set(tenant="other"), ROOT), "acme")


# Endless data, and programs of another age


def test_endless_head_is_refused_before_it_is_read() -> None:
    _, trust = trusting()
    assert refusal(trust, b"\x93" + b"x" * MESSAGE_LIMIT_BYTES) == "document.too_large"


def test_head_of_a_protocol_not_spoken_here_is_refused() -> None:
    hub, trust = trusting()
    assert refusal(trust, signed_anew(hub, protocol=Protocol(lowest=2, highest=3))) == "protocol.none"


def test_fields_of_a_newer_hub_do_no_harm() -> None:
    hub, trust = trusting()
    message = msgspec.msgpack.decode(hub.publish(THIRD))
    body = msgspec.msgpack.decode(msgspec.msgpack.decode(message[2])[2])
    body["colour"] = {"new": True}
    message[2] = signed.sign("head", msgspec.msgpack.encode(body), CATALOG)
    trust = trust.offered(msgspec.msgpack.encode(message), at())
    assert isinstance(trust.head, Head)
    assert trust.head.version == 3
