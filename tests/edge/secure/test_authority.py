"""The authority vouches for this counter and nothing else, whatever the clock says."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from edge.secure.authority import Pair, due, identity_of, issue, make_authority, within
from edge.secure.moment import WRITTEN, Moment, judge
from edge.secure.name import Identity

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
KNOWN = Moment(NOW, known=True)
BOX = Identity(("box.local", "counter.shop.example", "localhost"), ("127.0.0.1", "192.168.1.5", "::1"))
AUTHORITY = make_authority(("counter.shop.example",), KNOWN)
LEAF = issue(AUTHORITY, BOX, KNOWN)


def verify(folder: Path, leaf: Pair, *more: str, at: datetime = NOW) -> str:
    """What openssl says of a certificate: nothing, or why not."""
    (folder / "authority.pem").write_bytes(AUTHORITY.pem)
    (folder / "leaf.pem").write_bytes(leaf.pem)
    asked = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-attime",
        str(int(at.timestamp())),
    ]
    files = ["-CAfile", str(folder / "authority.pem"), *more, str(folder / "leaf.pem")]
    done = subprocess.run([*asked, *files], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("name", ["box.local", "localhost", "counter.shop.example"])
def test_its_names_are_trusted(tmp_path: Path, name: str) -> None:
    assert verify(tmp_path, LEAF, "-verify_hostname", name) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.5", "::1"])
def test_its_addresses_are_trusted(tmp_path: Path, address: str) -> None:
    assert verify(tmp_path, LEAF, "-verify_ip", address) == ""


def test_other_names_are_not_trusted(tmp_path: Path) -> None:
    assert "hostname mismatch" in verify(tmp_path, LEAF, "-verify_hostname", "bank.example")


def stolen(names: tuple[str, ...], addresses: tuple[str, ...]) -> Pair:
    """What a thief would sign with the authority's key, past our own bounds."""
    lax = make_authority(names, KNOWN)
    forged = Pair(AUTHORITY.key, lax.certificate)
    made = issue(forged, Identity(names, addresses), KNOWN)
    builder = x509.CertificateBuilder(
        issuer_name=AUTHORITY.certificate.subject,
        subject_name=made.certificate.subject,
        public_key=made.key.public_key(),
        serial_number=made.certificate.serial_number,
        not_valid_before=made.certificate.not_valid_before_utc,
        not_valid_after=made.certificate.not_valid_after_utc,
        extensions=list(made.certificate.extensions),
    )
    return Pair(made.key, builder.sign(AUTHORITY.key, made.certificate.signature_hash_algorithm))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "addresses"),
    [(("bank.example",), ()), (("evil.shop.example",), ()), (("box.local",), ("8.8.8.8",))],
)
def test_a_stolen_authority_opens_no_site_on_the_web(
    tmp_path: Path, names: tuple[str, ...], addresses: tuple[str, ...]
) -> None:
    assert "permitted subtree violation" in verify(tmp_path, stolen(names, addresses))


def test_names_outside_the_authority_are_left_out() -> None:
    wanted = Identity((*BOX.names, "late.example"), BOX.addresses)
    assert identity_of(issue(AUTHORITY, wanted, KNOWN)).names == BOX.names
    assert within(AUTHORITY, wanted) == BOX
    assert due(LEAF, AUTHORITY, wanted, KNOWN) is None


def test_the_authority_is_one_and_makes_no_others() -> None:
    constraints = AUTHORITY.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert AUTHORITY.certificate.extensions.get_extension_for_class(x509.NameConstraints).critical


def test_a_pair_survives_its_file_and_a_mixed_one_is_refused() -> None:
    again = Pair.read(LEAF.pem)
    assert again.fingerprint == LEAF.fingerprint
    with pytest.raises(ValueError, match="belong"):
        Pair.read(Pair(AUTHORITY.key, LEAF.certificate).pem)


def test_a_box_that_wakes_up_in_1970_has_a_certificate_that_phones_believe(tmp_path: Path) -> None:
    asleep = judge(datetime(1970, 1, 1, tzinfo=UTC), None)
    assert (asleep.at, asleep.known) == (WRITTEN, False)
    leaf = issue(AUTHORITY, BOX, asleep)
    for days in (0, 100, 800):
        assert verify(tmp_path, leaf, at=WRITTEN + timedelta(days=days)) == ""
    assert leaf.certificate.not_valid_after_utc - leaf.certificate.not_valid_before_utc < timedelta(days=825)
    assert due(leaf, AUTHORITY, BOX, asleep) is None
    assert due(leaf, AUTHORITY, BOX, KNOWN) == "clock"


def test_the_last_time_known_is_a_better_guess_than_the_day_this_was_written() -> None:
    last = WRITTEN + timedelta(days=900)
    assert judge(datetime(1970, 1, 1, tzinfo=UTC), last).at == last
    assert judge(last + timedelta(days=1), last).known
    assert judge(last - timedelta(hours=2), last).known
    assert not judge(WRITTEN + timedelta(days=365 * 40), last).known


def test_a_certificate_is_renewed_in_time_and_for_a_new_address() -> None:
    assert due(LEAF, AUTHORITY, BOX, KNOWN) is None
    assert due(LEAF, AUTHORITY, BOX, Moment(NOW + timedelta(days=260), known=True)) is None
    assert due(LEAF, AUTHORITY, BOX, Moment(NOW + timedelta(days=265), known=True)) == "age"
    assert due(LEAF, AUTHORITY, BOX, Moment(NOW - timedelta(days=30), known=True)) == "clock"
    assert due(LEAF, AUTHORITY, Identity(BOX.names, (*BOX.addresses, "10.0.0.9")), KNOWN) == "names"
    assert due(LEAF, AUTHORITY, Identity(BOX.names[:1], ()), KNOWN) is None
    assert due(LEAF, make_authority((), KNOWN), BOX, KNOWN) == "authority"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)), st.integers(0, 4000))
def test_after_any_clock_the_right_time_is_within_the_certificate(clock: datetime, days: int) -> None:
    """Whatever the box believed before: once it knows the time, what it then shows is valid now."""
    before = issue(AUTHORITY, BOX, judge(clock.replace(tzinfo=UTC), None))
    now = judge(WRITTEN + timedelta(days=days), None)
    reason = due(before, AUTHORITY, BOX, now)
    shown = issue(AUTHORITY, BOX, now).certificate if reason else before.certificate
    assert shown.not_valid_before_utc <= now.at < shown.not_valid_after_utc
