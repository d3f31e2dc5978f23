"""What `prilavok node set` and `node logs` make of what they are given."""

import io
import tarfile

import pytest

from cloud.cli.node_command import change, log_lines
from cloud.cli.rollout import percentages
from sync.errors import Corrupt, Refused


def test_values_are_json_where_they_are_some_and_text_else() -> None:
    said = ["queue_limit=8", "answer_cache=false", "log_level=debug", "origins=https://a=b", "generator="]
    assert change(said) == {
        "queue_limit": 8,
        "answer_cache": False,
        "log_level": "debug",
        "origins": "https://a=b",
        "generator": None,
    }


@pytest.mark.parametrize("said", ["queue_limit", "=8", ""])
def test_what_is_no_setting_is_refused(said: str) -> None:
    with pytest.raises(Refused):
        change([said])


def test_percentages_are_numbers() -> None:
    assert percentages("5,25,100") == [5, 25, 100]
    with pytest.raises(Refused):
        percentages("some")


def packed(files: dict[str, bytes], link: str | None = None) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as bundle:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            bundle.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo("evil.log")
            member.type, member.linkname = tarfile.SYMTYPE, link
            bundle.addfile(member)
    return data.getvalue()


def test_logs_of_a_bundle_are_shown_and_nothing_is_followed() -> None:
    data = packed({"node.log": b"one\ntwo\n", "metrics.txt": b"x", "../../up.jsonl": b"three"}, "/etc/passwd")
    assert log_lines(data) == ["one", "two", "three"]


def test_damaged_bundle_is_said_to_be_one() -> None:
    with pytest.raises(Corrupt):
        log_lines(packed({"node.log": b"one"})[:40])
