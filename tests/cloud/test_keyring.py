"""Keys on disk: made once, readable by their owner alone, named by a key set that a node can pin."""

import stat
from pathlib import Path

import pytest

from cloud.keyring import LIFE_MS, Keyring, write_new
from sync import keyset
from sync.errors import Corrupt, Missing, Refused
from sync.key import seal_to

NOW_MS = 1_800_000_000_000


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys", tmp_path / "log", tmp_path / "lead")


def test_keys_are_made_once_and_named_by_a_signed_set(ring: Keyring) -> None:
    made = ring.ensure("north", NOW_MS)
    assert ring.ensure("north", NOW_MS + 1) == made
    assert keyset.pinned(ring.sets("north")[0], "north") == made
    assert made.catalog.keys == (ring.signer("north", "catalog").public,)
    [(_, opens)] = ring.log_keys("north").items()
    assert opens.open(seal_to(made.log_key, b"words")) == b"words"
    assert [key.public for key in ring.lead_keys("north").values()] == [made.lead_key]


def test_every_key_file_is_its_owners_alone(ring: Keyring, tmp_path: Path) -> None:
    ring.ensure("north", NOW_MS)
    files = list(tmp_path.rglob("*.key"))
    assert len(files) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    write_new(tmp_path / "one.key", b"first")
    write_new(tmp_path / "one.key", b"second")
    assert (tmp_path / "one.key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["one.key"]


def test_tenants_share_no_key(ring: Keyring) -> None:
    one, other = ring.ensure("north", NOW_MS), ring.ensure("south", NOW_MS)
    assert {one.log_key, one.lead_key, *one.root.keys}.isdisjoint(
        {other.log_key, other.lead_key, *other.root.keys}
    )


def test_a_set_past_half_its_life_is_followed_by_one_that_nodes_accept(ring: Keyring) -> None:
    first = ring.ensure("north", NOW_MS)
    assert ring.renew("north", NOW_MS + 1) == first
    second = ring.renew("north", NOW_MS + LIFE_MS // 2 + 1)
    assert (second.version, second.root) == (2, first.root)
    assert keyset.successor(first, ring.sets("north")[1]) == second


def test_without_the_log_folder_the_rest_still_signs(ring: Keyring, tmp_path: Path) -> None:
    ring.ensure("north", NOW_MS)
    elsewhere = Keyring(ring.folder, tmp_path / "none", tmp_path / "none")
    assert elsewhere.current("north") == ring.current("north")
    assert elsewhere.log_keys("north") == {}


def test_damage_and_absence_are_told_apart(ring: Keyring) -> None:
    with pytest.raises(Missing):
        ring.signer("north", "hub")
    ring.ensure("north", NOW_MS)
    (ring.folder / "hub" / "north.key").write_bytes(b"short")
    with pytest.raises(Corrupt):
        ring.signer("north", "hub")


def test_a_name_that_leads_elsewhere_is_refused(ring: Keyring) -> None:
    with pytest.raises(Refused):
        ring.ensure("../north", NOW_MS)
