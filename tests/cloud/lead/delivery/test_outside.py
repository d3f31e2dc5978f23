"""Webhooks reach the public internet and nothing else, however the address is written."""

import ipaddress
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.lead.delivery.outside import allowed, networks, pinned, target
from sync.errors import Refused, Unavailable

INSIDE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200"),
    *("0.0.0.0", "255.255.255.255", "224.0.0.1", "168.63.129.16", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::"),
]


@pytest.mark.parametrize("text", INSIDE)
def test_addresses_of_the_inside_are_refused(text: str) -> None:
    assert not allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are_allowed(text: str) -> None:
    assert allowed(ipaddress.ip_address(text))


def test_a_network_that_is_given_is_allowed_and_no_other() -> None:
    inside = networks(["10.1.0.0/16", "fd00::/64"])
    assert allowed(ipaddress.ip_address("10.1.9.9"), inside)
    assert allowed(ipaddress.ip_address("::ffff:10.1.9.9"), inside)
    assert allowed(ipaddress.ip_address("fd00::9"), inside)
    assert not allowed(ipaddress.ip_address("10.2.0.1"), inside)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0"],
)
def test_the_hubs_own_machine_is_refused_however_it_is_spelt(host: str) -> None:
    with pytest.raises((Refused, Unavailable)) as raised:
        pinned(target(f"https://{host}:8090/x"))
    assert raised.value.code in ("address.inside", "address.unknown")


def test_contacts_go_in_the_clear_only_into_a_network_that_is_given() -> None:
    with pytest.raises(Refused) as raised:
        pinned(target("http://93.184.216.34/x"))
    assert raised.value.code == "address.plain"
    assert str(pinned(target("http://127.0.0.1/x"), networks(["127.0.0.0/8"]))) == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.example/x", "https://", "https:///x", "//a.example", "https://user@a.example/x"),
        *(
            "https://a.example/#x",
            "https://a.example:99999/",
            "https://a.exam ple/",
            "https://a\\b/",
            "file:///etc",
        ),
        *("https://[::1/x", "javascript:alert(1)", "https://ä.example/", ""),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(Refused) as raised:
        target(url)
    assert raised.value.code == "channel.url"


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    found = None
    with suppress(Refused):
        found = target(text)
    assert found is None or (found.host and 0 < found.port < 65536 and found.path.startswith("/"))


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_ipv6s_clothes(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.ip_address(f"::ffff:{address}")
    through = ipaddress.ip_address(int(ipaddress.ip_address("64:ff9b::")) | int(address))
    assert allowed(mapped) == allowed(through) == allowed(address)
