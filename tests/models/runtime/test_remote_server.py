"""Which addresses are taken, and that a key never goes where it could be read."""

import pytest

from models.runtime.remote_server import Server, check_url
from sync.errors import Refused


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("router.example/v1", "is not a URL"),
        ("ftp://router.example/v1", "is not a URL"),
        ("https:///v1", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://router.example:99999/v1", "is not a URL"),
        ("https://me:sesame@router.example/v1", "holds a name or password"),
        ("https://router.example/v1?key=1", "query"),
        ("https://router.example/v1#x", "fragment"),
    ],
)
def test_address_that_breaks_a_rule_is_refused(url: str, rule: str) -> None:
    with pytest.raises(Refused, match=rule) as caught:
        check_url(url)
    assert caught.value.code == "generator.url"
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://router.example/v1", "http://8.8.8.8/v1"])
def test_key_does_not_go_unencrypted_over_the_internet(url: str) -> None:
    check_url(url)
    with pytest.raises(Refused, match="unencrypted"):
        check_url(url, with_key=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://router.example/v1",
        "http://127.0.0.1:8000/v1",
        "http://192.168.1.5/v1",
        "http://[::1]/v1",
        "http://gpu.local/v1",
    ],
)
def test_key_goes_over_https_or_stays_near(url: str) -> None:
    check_url(url, with_key=True)


def test_key_is_not_shown() -> None:
    server = Server(url="https://router.example/v1/", model="m", key="sesame")
    assert "sesame" not in repr(server)
    assert server.path("models") == "https://router.example/v1/models"


@pytest.mark.parametrize(
    ("url", "local"),
    [("http://127.0.0.1/v1", True), ("http://192.168.1.5/v1", False), ("https://localhost/v1", True)],
)
def test_server_on_this_machine_is_known(url: str, local: bool) -> None:
    assert Server(url=url, model="m").local is local
