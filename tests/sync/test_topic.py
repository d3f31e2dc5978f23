"""Topics are built and parsed alike; nothing else under p/1 is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import topic
from sync.errors import Refused
from sync.topic import CHANNELS, LIMIT_BYTES, HeadTopic, NodeTopic, PieceTopic, Topic

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
digests = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
topics = (
    st.builds(NodeTopic, names, names, st.sampled_from(CHANNELS))
    | st.builds(HeadTopic, names, names)
    | st.builds(PieceTopic, names, digests, st.integers(0, 9_999))
)


@given(topics)
def test_topic_is_parsed_as_it_was_built(given: Topic) -> None:
    assert topic.parse(str(given)) == given
    assert len(str(given).encode()) <= 124 < LIMIT_BYTES
    assert str(given).count("/") <= 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p/1",
        "p/1/acme/n/shop/up/",
        "/p/1/acme/n/shop/up",
        "p/1/acme/n/shop/UP",
        "p/2/acme/n/shop/up",
        "p/1/acme/n//up",
        "p/1/+/n/shop/up",
        "p/1/acme/n/#",
        "p/1/Acme/n/shop/up",
        "p/1/acme/n/shop\n/up",
        "p/1/acme/n/shop/up\n",
        "p/1/acme/n/shop\0/up",
        "p/1/acme/m/riga/tail",
        "p/1/acme/b/00/1",
        f"p/1/acme/b/{'0' * 64}/01",
        f"p/1/acme/b/{'0' * 64}/-1",
        f"p/1/acme/b/{'0' * 64}/10000",
        f"p/1/acme/b/{'0' * 64}/١",
        f"p/1/acme/b/{'A' * 64}/1",
        "p/1/" + "a" * 300,
        "p/1/\ud800/n/shop/up",
        "$SYS/broker/uptime",
    ],
)
def test_what_is_no_topic_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        topic.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert _parsed(text) in (text, "topic.invalid", "name.invalid")


def _parsed(text: str) -> str:
    try:
        return str(topic.parse(text))
    except Refused as error:
        return error.code


@pytest.mark.parametrize("name", ["+", "#", "a/b", "", "a" * 41])
def test_name_with_a_wildcard_builds_no_topic(name: str) -> None:
    with pytest.raises(Refused):
        str(NodeTopic(name, "shop", "up"))
    with pytest.raises(Refused):
        str(HeadTopic("acme", name))
    with pytest.raises(Refused):
        topic.every("up", tenant=name)


def test_hubs_workers_share_what_nodes_send() -> None:
    assert topic.every("up", group="ingest") == "$share/ingest/p/1/+/n/+/up"
    assert topic.every("status", tenant="acme") == "p/1/acme/n/+/status"
    with pytest.raises(Refused):
        topic.every("up", group="a/b")


def test_node_may_write_its_own_and_read_no_other_nodes() -> None:
    write, read = topic.rights("acme", "shop", "riga")
    assert write == ("p/1/acme/n/shop/up", "p/1/acme/n/shop/status")
    assert read == ("p/1/acme/n/shop/ack", "p/1/acme/n/shop/do", "p/1/acme/m/riga/head", "p/1/acme/b/#")
