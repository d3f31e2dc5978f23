"""The hub's settings: which source wins, secrets from files, and bad values that refuse to start."""

from pathlib import Path

import pytest

from cloud.settings import Settings
from sync.errors import Refused


def test_flag_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('port = 1000\nhost = "10.0.0.1"\nlog_level = "error"\n')
    monkeypatch.setenv("PRILAVOK_HUB_PORT", "2000")
    monkeypatch.setenv("PRILAVOK_HUB_LOG_LEVEL", "debug")
    found = Settings.load(file, port=3000)
    assert (found.port, found.log_level, found.host) == (3000, "debug", "10.0.0.1")


def test_a_secret_comes_from_its_file_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://prilavok_app:sesame@db/prilavok\n")
    monkeypatch.setenv("PRILAVOK_HUB_DATABASE_APP_URL_FILE", str(secret))
    found = Settings.load()
    assert found.role_url("app") == "postgresql://prilavok_app:sesame@db/prilavok"
    assert found.role_url("ingest") is None
    assert "sesame" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"), [("port", 70_000), ("broker_url", "http://broker"), ("public_url", "hub"), ("prot", 1)]
)
def test_a_bad_value_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        Settings.load(**{name: value})  # type: ignore[arg-type]
    assert name in refused.value.message


def test_keys_of_records_and_contacts_may_lie_elsewhere(tmp_path: Path) -> None:
    found = Settings.load(data_dir=tmp_path, log_keys_dir=tmp_path / "apart")
    assert found.log_keys == tmp_path / "apart"
    assert found.lead_keys == tmp_path / "keys" / "lead"
