"""Joining: the identity is on the disk before the file goes, and a file works once."""

from pathlib import Path

import msgspec
import pytest

from edge.uplink.identity import Identity, IdentityStore
from edge.uplink.join import found, join
from sync.errors import Conflict, Corrupt, Refused
from tests.simulators.hub import HubSimulator, now
from tests.sync.cast import DAY_MS, START_MS

URL = "http://127.0.0.1:9"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "provisioning.json"
    path.write_bytes(HubSimulator(lambda: START_MS, url=URL).provision("mqtt://127.0.0.1:9"))
    return path


def test_file_that_was_saved_but_not_deleted_leads_to_the_same_identity(tmp_path: Path, file: Path) -> None:
    store, data = IdentityStore(tmp_path), file.read_bytes()
    first = join(file, store, now(START_MS))
    file.write_bytes(data)  # as after a power cut before the deletion was on the disk
    assert join(file, store, now(START_MS)) == first
    assert not file.exists()


def test_expired_file_is_refused_where_the_clock_is_known(tmp_path: Path, file: Path) -> None:
    store = IdentityStore(tmp_path)
    with pytest.raises(Refused) as raised:
        join(file, store, now(START_MS + 2 * DAY_MS))
    assert raised.value.code == "provisioning.expired"
    assert file.exists()
    assert store.read() is None


def test_revoked_node_may_join_anew_with_other_keys(tmp_path: Path, file: Path) -> None:
    store = IdentityStore(tmp_path)
    first = join(file, store, now(START_MS))
    store.write(msgspec.structs.replace(first, state="revoked"))
    file.write_bytes(HubSimulator(lambda: START_MS, url=URL).provision("mqtt://127.0.0.1:9"))
    assert join(file, store, now(START_MS)).secret != first.secret


def test_accepted_node_keeps_its_place(tmp_path: Path, file: Path) -> None:
    store = IdentityStore(tmp_path)
    store.write(msgspec.structs.replace(join(file, store, now(START_MS)), state="accepted"))
    file.write_bytes(HubSimulator(lambda: START_MS, url=URL).provision("mqtt://127.0.0.1:9"))
    with pytest.raises(Conflict):
        join(file, store, now(START_MS))


def test_keys_are_replaced_when_somebody_says_so_and_only_for_the_same_place(
    tmp_path: Path, file: Path
) -> None:
    store = IdentityStore(tmp_path)
    first = join(file, store, now(START_MS))
    store.write(msgspec.structs.replace(first, state="accepted"))
    file.write_bytes(HubSimulator(lambda: START_MS, url=URL).provision("mqtt://127.0.0.1:9", node="other"))
    with pytest.raises(Conflict):
        join(file, store, now(START_MS), renew=True)
    file.write_bytes(HubSimulator(lambda: START_MS, url=URL).provision("mqtt://127.0.0.1:9"))
    second = join(file, store, now(START_MS), renew=True)
    assert second.former == (first.secret,)
    assert second.secret != first.secret
    assert (second.state, second.root) == ("pending", first.root)
    assert not file.exists()


def test_damaged_identity_is_told_and_not_replaced(tmp_path: Path, file: Path) -> None:
    store = IdentityStore(tmp_path)
    store.make_folder()
    store.path.write_bytes(b"{")
    with pytest.raises(Corrupt):
        join(file, store, now(START_MS))
    assert store.path.read_bytes() == b"{"
    assert file.exists()


def test_file_is_found_in_folders_and_by_name(tmp_path: Path, file: Path) -> None:
    assert found([tmp_path / "absent", tmp_path]) == file
    assert found([file]) == file
    assert found([tmp_path / "absent"]) is None


def test_secret_shows_in_no_text(tmp_path: Path, file: Path) -> None:
    identity = join(file, IdentityStore(tmp_path), now(START_MS))
    assert isinstance(identity, Identity)
    assert identity.secret.hex() not in repr(identity)
    assert repr(identity) == "Identity(acme/shop-17, pending)"
