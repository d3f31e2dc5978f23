"""The files of a shared screen: complete, installed whole, and only where they differ."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.kiosk.service import POLICIES, UNIT, USER, Kiosk
from edge.kiosk.unit import FLAGS
from sync.errors import Refused, Unavailable

URL = "http://127.0.0.1:8080/?kiosk"
SCREEN = Kiosk(URL, "https://127.0.0.1:8443/", b"authority")


def test_the_policy_lets_one_page_in_and_trusts_its_authority() -> None:
    policy = json.loads(SCREEN.policy())
    assert "*" in policy["URLBlocklist"]
    assert policy["URLAllowlist"] == ["http://127.0.0.1:8080", "https://127.0.0.1:8443"]
    assert policy["RestoreOnStartupURLs"] == [URL]
    assert policy["DeveloperToolsAvailability"] == 2
    assert base64.b64decode(policy["CACertificates"][0]) == b"authority"
    assert "CACertificates" not in json.loads(Kiosk(URL).policy())


def test_the_unit_starts_the_browser_on_the_page_and_again_when_it_ends() -> None:
    unit = SCREEN.unit()
    command = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert all(flag in command for flag in FLAGS)
    assert command.endswith(f"'{URL}'")
    assert "Restart=always" in unit
    assert "NoNewPrivileges=yes" in unit


def test_a_percent_in_the_address_is_no_specifier() -> None:
    assert "a%%20b" in Kiosk("http://127.0.0.1/?lang=a%20b").unit()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "prilavok-kiosk.service"
    path.write_text(SCREEN.unit())
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "is not executable" not in line]
    assert [line for line in said if path.name in line] == []


def test_installing_writes_whole_files_and_the_second_time_nothing(tmp_path: Path) -> None:
    assert {one.change for one in SCREEN.plan(tmp_path)} == {"new"}
    assert not list(tmp_path.iterdir())
    SCREEN.install(tmp_path)
    assert {one.change for one in SCREEN.install(tmp_path)} == {"same"}
    for path in (*POLICIES, UNIT, USER):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o644
    (tmp_path / UNIT).write_text("old")
    assert [one.path for one in SCREEN.install(tmp_path) if one.change == "changed"] == [UNIT]


def test_where_it_may_not_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("in the way")
    with pytest.raises(Unavailable) as raised:
        SCREEN.install(tmp_path)
    assert raised.value.code == "kiosk.unwritable"


@pytest.mark.parametrize("url", ["", "ftp://box/", "http://", "javascript:alert(1)", "http://a b/"])
def test_what_is_no_page_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        Kiosk(url)
