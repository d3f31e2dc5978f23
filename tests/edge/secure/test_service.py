"""The node makes its keys at the first start, keeps them to itself, and renews by itself."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.secure.name import Identity, identity, local
from edge.secure.service import Secure
from edge.secure.store import AUTHORITY, LEAF, SecureStore

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def secure(folder: Path, at: datetime = NOW, addresses: tuple[str, ...] = ("127.0.0.1",)) -> Secure:
    box = Identity(("box.local", "localhost"), addresses)
    return Secure(SecureStore(folder / "secure"), (), lambda: at, lambda names: box)


def test_first_start_makes_both_and_the_second_neither(tmp_path: Path) -> None:
    first, second = secure(tmp_path), secure(tmp_path)
    assert first.keep()
    assert not second.keep()
    assert first.authority is not None
    assert second.authority is not None
    assert first.authority.fingerprint == second.authority.fingerprint


def test_keys_are_the_nodes_alone(tmp_path: Path) -> None:
    secure(tmp_path).keep()
    folder = tmp_path / "secure"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("at", "addresses", "renewed"),
    [
        (NOW + timedelta(days=30), ("127.0.0.1",), False),
        (NOW + timedelta(days=300), ("127.0.0.1",), True),
        (NOW + timedelta(days=30), ("127.0.0.1", "192.168.1.9"), True),
        (datetime(1970, 1, 1, tzinfo=UTC), ("127.0.0.1",), False),
    ],
)
def test_renewal_keeps_the_authority(
    tmp_path: Path, at: datetime, addresses: tuple[str, ...], renewed: bool
) -> None:
    first, later = secure(tmp_path), secure(tmp_path, at, addresses)
    first.keep()
    assert later.keep() is renewed
    assert first.authority is not None
    assert later.authority is not None
    assert later.authority.fingerprint == first.authority.fingerprint


def test_a_clock_that_becomes_known_gets_a_certificate_of_its_time(tmp_path: Path) -> None:
    secure(tmp_path, datetime(1970, 1, 1, tzinfo=UTC)).keep()
    awake = secure(tmp_path, NOW + timedelta(days=2000))
    assert awake.keep()
    assert awake.leaf is not None
    assert awake.leaf.certificate.not_valid_before_utc > NOW
    asleep = secure(tmp_path, datetime(1970, 1, 1, tzinfo=UTC))
    assert not asleep.keep()


def test_a_damaged_certificate_is_made_again(tmp_path: Path) -> None:
    secure(tmp_path).keep()
    (tmp_path / "secure" / LEAF).write_bytes(b"half a certifi")
    assert secure(tmp_path).keep()


def test_a_damaged_authority_is_not_replaced_in_silence(tmp_path: Path) -> None:
    secure(tmp_path).keep()
    (tmp_path / "secure" / AUTHORITY).write_bytes(b"half an author")
    again = secure(tmp_path)
    assert not again.keep()
    assert again.trouble is not None
    assert again.trouble.code == "secure.damaged"
    assert (tmp_path / "secure" / AUTHORITY).read_bytes() == b"half an author"


def test_this_machine_has_names_and_only_local_addresses() -> None:
    found = identity(("counter.shop.example",))
    assert {"localhost", "counter.shop.example"} <= set(found.names)
    assert any(name.endswith(".local") for name in found.names)
    assert {"127.0.0.1", "::1"} <= set(found.addresses)


@pytest.mark.parametrize(("text", "is_local"), [("192.168.3.4", True), ("fe80::1", True), ("8.8.8.8", False)])
def test_local_is_what_no_one_else_has(text: str, is_local: bool) -> None:
    import ipaddress

    assert local(ipaddress.ip_address(text)) is is_local
