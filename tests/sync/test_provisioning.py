"""A node joins by a file made for it, with a key it made itself, and only at the hub that made the file."""

import json

import msgspec
import pytest

from sync import keyset, provisioning, signed
from sync.document import encode
from sync.errors import Corrupt, PrilavokError, Refused
from sync.key import NodeKeys
from sync.provisioning import Account, admit, admitted, enrol, enrolling, read_file, write_file
from tests.sync.cast import (
    HUB,
    NODE,
    NODE_KEYS,
    ROOT,
    START_MS,
    at,
    flips,
    key_set,
    role,
    signer,
)
from tests.sync.document import FILE


def test_file_is_read_as_it_was_written() -> None:
    document, keys = read_file(write_file(FILE), at())
    assert document == FILE
    assert keys == key_set()


def test_file_shows_people_where_it_leads_and_programs_no_token() -> None:
    assert json.loads(write_file(FILE))["hub"] == "https://hub.example:8443"
    assert str(FILE.token) not in repr(FILE)


def test_expired_file_is_refused_when_the_clock_is_known_good() -> None:
    data = write_file(FILE)
    with pytest.raises(Refused) as raised:
        read_file(data, at(FILE.expires_ms))
    assert raised.value.code == "provisioning.expired"
    assert read_file(data, at(FILE.expires_ms, trusted=False))[0] == FILE


@pytest.mark.parametrize(
    "change",
    [{"format": "other/1"}, {"tenant": "A/B"}, {"token": "c2hvcnQ="}, {"hub": "ftp://x"}, {"keys": "AAAA"}],
)
def test_file_that_is_none_is_corrupt(change: dict[str, str]) -> None:
    data = json.dumps({**json.loads(write_file(FILE)), **change}).encode()
    with pytest.raises(Corrupt):
        read_file(data, at())


def test_file_of_another_tenants_keys_is_refused() -> None:
    foreign = msgspec.structs.replace(FILE, keys=keyset.write(key_set(tenant="other"), ROOT))
    with pytest.raises(Refused):
        read_file(write_file(foreign), at())


def test_fields_of_a_newer_hub_do_no_harm() -> None:
    data = json.dumps({**json.loads(write_file(FILE)), "wifi": {"name": "shop"}}).encode()
    assert read_file(data, at())[0] == FILE


def test_whoever_enrols_has_the_key() -> None:
    request = enrolling(enrol(FILE, NODE_KEYS))
    assert (request.node, request.sign_key) == (NODE, NODE_KEYS.signer.public)
    assert provisioning.token_digest(request.token) == provisioning.token_digest(FILE.token)
    for turned in flips(enrol(FILE, NODE_KEYS)):
        with pytest.raises(PrilavokError):
            enrolling(turned)


def test_whoever_names_former_keys_has_them() -> None:
    former = [NodeKeys.of(b"x" * 32), NodeKeys.of(b"y" * 32)]
    request = enrolling(enrol(FILE, NODE_KEYS, former))
    assert request.former == tuple(each.signer.public for each in former)
    claimed = encode(msgspec.structs.replace(request, former=(signer("somebody").public,)))
    with pytest.raises(Refused) as raised:
        enrolling(signed.sign("enrolment", claimed, NODE_KEYS.signer))
    assert raised.value.code == "signature.invalid"


def test_enrolment_of_a_node_that_had_no_other_keys_is_as_it_always_was() -> None:
    assert b"former" not in enrol(FILE, NODE_KEYS)


def test_accepted_node_opens_its_account_and_nobody_else_does() -> None:
    account = Account(username="acme.shop-17", password="p")
    message = admit(enrolling(enrol(FILE, NODE_KEYS)), "accepted", START_MS, HUB, account)
    answer = admitted(message, FILE, key_set(), NODE_KEYS)
    assert answer.state == "accepted"
    assert provisioning.account(answer, NODE_KEYS.unsealer) == account
    assert b"acme.shop-17" not in message
    with pytest.raises(Corrupt):
        provisioning.account(answer, NodeKeys.of(b"x" * 32).unsealer)


def test_pending_node_has_no_account_yet() -> None:
    message = admit(enrolling(enrol(FILE, NODE_KEYS)), "pending", START_MS, HUB)
    answer = admitted(message, FILE, key_set(), NODE_KEYS)
    assert (answer.state, provisioning.account(answer, NODE_KEYS.unsealer)) == ("pending", None)


def test_another_hub_admits_nobody() -> None:
    thief = signer("thief")
    message = admit(enrolling(enrol(FILE, NODE_KEYS)), "accepted", START_MS, thief)
    with pytest.raises(Refused):
        admitted(message, FILE, key_set(), NODE_KEYS)
    assert admitted(message, FILE, key_set(hub=role(thief)), NODE_KEYS).state == "accepted"


def test_file_used_by_two_boxes_lets_the_second_know() -> None:
    first, second = NODE_KEYS, NodeKeys.of(b"x" * 32)
    message = admit(enrolling(enrol(FILE, first)), "accepted", START_MS, HUB)
    with pytest.raises(Refused) as raised:
        admitted(message, FILE, key_set(), second)
    assert raised.value.code == "admission.foreign"
