"""The page about the secure line: complete in its languages, for the reader's device, honest."""

import plistlib
import re
from datetime import UTC, datetime

import pytest
from cryptography import x509

from edge.secure import page
from edge.secure.authority import make_authority
from edge.secure.moment import Moment
from edge.secure.profile import mobileconfig

AUTHORITY = make_authority((), Moment(datetime(2027, 1, 1, tzinfo=UTC), known=True))
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"
CHROMEOS = "Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"


def test_every_language_says_everything() -> None:
    english = page.words()["en"]
    for tag in page.NAMES:
        said = page.words()[tag]
        assert said.keys() == english.keys(), tag
        for key, value in english.items():
            assert type(said[key]) is type(value), (tag, key)
            if isinstance(value, list):
                assert len(said[key]) == len(value), (tag, key)
                assert re.findall(r"{\w+}", " ".join(said[key])) == re.findall(r"{\w+}", " ".join(value))


@pytest.mark.parametrize(
    ("agent", "first", "file"),
    [
        (ANDROID, "Android", page.FILE),
        (IPHONE, "iPhone, iPad", page.PROFILE),
        (WINDOWS, "Windows", page.FILE),
        (CHROMEOS, "ChromeOS", page.FILE),
    ],
)
def test_the_readers_device_comes_first(agent: str, first: str, file: str) -> None:
    text = page.render("de", agent, AUTHORITY, "https://box.local:8443/", secure=False).decode()
    ticket = text[text.index('class="ticket"') :]
    assert ticket.index(first) < ticket.index("</h2>")
    assert file in ticket[: ticket.index("</section>")]
    assert AUTHORITY.fingerprint in text
    said = page.words()["de"]
    assert all(said[key] in text for key in ("limits", "fetch", "open", "compare", "fingerprint", "other"))
    assert said["fetch"] in ticket[: ticket.index("</section>")]
    assert "<script" not in text


def test_without_a_certificate_it_says_so() -> None:
    text = page.render("en", WINDOWS, None, None, secure=False).decode()
    assert page.words()["en"]["none"] in text
    assert page.FILE not in text


def test_a_page_that_came_securely_says_that_nothing_is_to_be_done() -> None:
    assert page.words()["en"]["trusted"] in page.render("en", WINDOWS, AUTHORITY, "https://b/", True).decode()


@pytest.mark.parametrize(
    ("wanted", "accepted", "tag"),
    [("ru", "de", "ru"), (None, "fi,de-AT;q=0.9", "de"), (None, "", "en"), ("xx", "es", "es")],
)
def test_the_language_is_the_readers(wanted: str | None, accepted: str, tag: str) -> None:
    assert page.language(wanted, accepted) == tag


def test_the_profile_holds_the_authority_and_is_the_same_each_time() -> None:
    data = mobileconfig(AUTHORITY, page.title_of(AUTHORITY), "text")
    assert data == mobileconfig(AUTHORITY, page.title_of(AUTHORITY), "text")
    profile = plistlib.loads(data)
    assert profile["PayloadType"] == "Configuration"
    content = profile["PayloadContent"][0]
    assert content["PayloadType"] == "com.apple.security.root"
    assert x509.load_der_x509_certificate(content["PayloadContent"]) == AUTHORITY.certificate
    assert page.title_of(AUTHORITY).startswith("Prilavok counter ")
