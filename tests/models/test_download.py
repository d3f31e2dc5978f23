from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.download import download
from sync.errors import Corrupt, Unavailable
from tests.simulators.model_hub import HubSimulator, Page

BODY = bytes(range(256)) * 400


def get(hub: HubSimulator, part: Path, size: int | None = len(BODY), limit: int = 10**6) -> None:
    with httpx.Client() as client:
        download(
            client, hub.url + "/m", part, size_bytes=size, limit_bytes=limit, tell=lambda _: None, retry_s=0
        )


def test_whole_file_comes_in_one_request(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY)
    get(hub, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == BODY
    assert hub.asked == [("/m", None)]


def test_dropped_line_is_taken_up_where_it_broke(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY, cut_at=1000)
    get(hub, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == BODY
    assert hub.asked == [("/m", None), ("/m", "bytes=1000-")]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(there=st.integers(0, len(BODY)), cut=st.integers(1, 60_000), cuts=st.integers(0, 6))
def test_any_beginning_and_any_cuts_end_in_the_same_bytes(
    hub: HubSimulator, tmp_path: Path, there: int, cut: int, cuts: int
) -> None:
    hub.pages["/m"] = Page(BODY, cut_at=cut, cuts=cuts)
    part = tmp_path / "p"
    part.write_bytes(BODY[:there])
    get(hub, part)
    assert part.read_bytes() == BODY


def test_server_without_ranges_sends_all_again(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY, ranges=False)
    (tmp_path / "p").write_bytes(b"x" * 5000)
    get(hub, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == BODY


def test_server_with_another_range_than_asked_is_not_believed(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY, shift=7)
    (tmp_path / "p").write_bytes(BODY[:5000])
    get(hub, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == BODY


def test_part_longer_than_the_file_of_unknown_size_is_begun_anew(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY)
    (tmp_path / "p").write_bytes(BODY * 2)
    get(hub, tmp_path / "p", size=None)
    assert (tmp_path / "p").read_bytes() == BODY


def test_line_that_always_breaks_at_once_ends_unavailable(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY, cut_at=0, cuts=1000)
    with pytest.raises(Unavailable) as caught:
        get(hub, tmp_path / "p")
    assert caught.value.code == "models.line"


@pytest.mark.parametrize(
    "page",
    [
        Page(b"<!DOCTYPE html><h1>Sign in to the cafe</h1>", kind="text/html; charset=utf-8"),
        Page(b"\n <HTML><body>Sign in</body></HTML>" + b" " * (len(BODY) - 35)),
    ],
)
def test_page_of_a_captive_portal_is_told_apart(hub: HubSimulator, tmp_path: Path, page: Page) -> None:
    hub.pages["/m"] = page
    with pytest.raises(Unavailable) as caught:
        get(hub, tmp_path / "p")
    assert caught.value.code == "models.captive_portal"
    assert not (tmp_path / "p").exists() or (tmp_path / "p").stat().st_size == 0


def test_larger_file_than_pinned_is_not_read(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY + b"more")
    with pytest.raises(Corrupt) as caught:
        get(hub, tmp_path / "p")
    assert caught.value.code == "models.size"
    assert not (tmp_path / "p").exists()


def test_smaller_file_than_pinned_is_refused(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY[:-1])
    with pytest.raises(Corrupt):
        get(hub, tmp_path / "p")


def test_file_of_unknown_size_is_bounded(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(BODY)
    with pytest.raises(Corrupt):
        get(hub, tmp_path / "p", size=None, limit=1000)


def test_busy_server_is_asked_again_and_then_left(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/m"] = Page(b"later", status=503)
    with pytest.raises(Unavailable):
        get(hub, tmp_path / "p")
    assert len(hub.asked) == 4


def test_missing_page_is_not_asked_for_again(hub: HubSimulator, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        get(hub, tmp_path / "p")
    assert len(hub.asked) == 1


def test_host_that_does_not_answer_is_left_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        get(HubSimulator(url="http://127.0.0.1:9"), tmp_path / "p")
    assert caught.value.code == "models.line"
