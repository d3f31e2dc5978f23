"""Attacks with stolen keys, and how a node follows when keys are replaced. See `test_trust.py`."""

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest

from sync import head, keyset, signed
from sync.errors import Corrupt
from sync.head import Have
from sync.trust import Trust
from tests.sync.cast import (
    CATALOG,
    MARKET,
    ROOT,
    Publisher,
    at,
    key_set,
    role,
    signer,
)
from tests.sync.trusting import FIRST, FRESH, SECOND, THIEF, THIRD, pinned, refusal, signed_anew, trusting

# Fast-forward


def test_fast_forward_does_no_harm_after_the_keys_are_replaced() -> None:
    """A thief with the catalogue's key names a huge version; the hub replaces the key and goes on."""
    hub, trust = trusting()
    huge = signed_anew(hub, serial=2**62, version=2**62, content=THIRD.digest())
    trust = trust.offered(huge, at())
    assert refusal(trust, hub.publish(THIRD)) == "head.rollback"
    hub.keys = (*hub.keys, keyset.write(key_set(2, catalog=role(FRESH)), ROOT))
    hub.signers = (FRESH,)
    recovered = trust.offered(hub.message(), at())
    assert recovered.head is not None
    assert recovered.head.version == 3
    assert refusal(recovered, huge) == "signature.invalid"


def test_fast_forwarded_node_plans_from_content_not_from_its_number() -> None:
    hub, trust = trusting()
    assert trust.head is not None
    assert head.plan(trust.head, Have(version=2**62, content=SECOND.digest())).steps == ()
    assert len(head.plan(trust.head, Have(version=2**62, content=THIRD.digest())).steps) == 1
    assert hub.version == 2


# Key compromise, thresholds, rotation


def test_stolen_key_stays_away_even_if_the_head_beside_the_new_keys_is_bad() -> None:
    hub, trust = trusting()
    stolen = hub.publish(THIRD)
    hub.keys = (*hub.keys, keyset.write(key_set(2, catalog=role(FRESH)), ROOT))
    bad = hub.message()
    assert refusal(trust, bad) == "signature.invalid"
    warned = trust.followed(bad, at())
    assert warned.keys.version == 2
    assert refusal(warned, stolen) == "signature.invalid"


def _rotated(change: Callable[[], bytes]) -> str:
    hub, trust = trusting()
    hub.keys = (*hub.keys, change())
    return refusal(trust, hub.publish(THIRD))


def test_key_set_not_signed_by_the_old_root_is_refused() -> None:
    assert _rotated(lambda: keyset.write(key_set(2, root=role(THIEF)), THIEF)) == "signature.invalid"


def test_key_set_not_signed_by_its_own_root_is_refused() -> None:
    assert _rotated(lambda: keyset.write(key_set(2, root=role(FRESH)), ROOT)) == "signature.invalid"


def test_key_set_out_of_order_is_refused() -> None:
    assert _rotated(lambda: keyset.write(key_set(3), ROOT)) == "keys.order"


def test_another_tenants_key_set_is_refused() -> None:
    assert _rotated(lambda: keyset.write(key_set(2, tenant="other"), ROOT)) == "keys.foreign"


def test_node_that_slept_through_many_rotations_follows_the_chain() -> None:
    hub = Publisher()
    roots = [ROOT, *(signer(f"root-{number}") for number in range(2, 12))]
    for version, (old, new) in enumerate(pairwise(roots), 2):
        hub.keys = (*hub.keys, keyset.write(key_set(version, root=role(new)), old, new))
    trust = pinned().offered(hub.publish(FIRST), at())
    assert trust.keys.version == 11
    assert trust.keys.root == role(roots[-1])


def test_threshold_of_keys_must_sign() -> None:
    two = key_set(catalog=role(CATALOG, FRESH, THIEF, threshold=2))
    trust = Trust(MARKET, keyset.pinned(keyset.write(two, ROOT), "acme"))
    hub = Publisher(keys=())
    assert refusal(trust, hub.publish(FIRST)) == "signature.invalid"
    hub.signers = (CATALOG, CATALOG)
    assert refusal(trust, hub.message()) == "signature.invalid"
    hub.signers = (CATALOG, FRESH)
    assert trust.offered(hub.message(), at()).head is not None


@pytest.mark.parametrize("keys", [(), (CATALOG.public, CATALOG.public)])
def test_role_of_no_or_equal_keys_is_none(keys: tuple[bytes, ...]) -> None:
    raw = msgspec.msgpack.decode(msgspec.msgpack.encode(key_set()))
    raw["catalog"] = {"keys": list(keys), "threshold": 1}
    message = signed.sign("keys", msgspec.msgpack.encode(raw), ROOT)
    with pytest.raises(Corrupt):
        keyset.pinned(message, "acme")
