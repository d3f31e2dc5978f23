"""Settings: which source wins, and how a bad value is refused."""

from pathlib import Path

import pytest

from edge.settings import Settings
from sync.errors import Refused


def toml(folder: Path, text: str) -> Path:
    path = folder / "edge.toml"
    path.write_text(text)
    return path


def test_flags_win_over_environment_over_file_over_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = toml(tmp_path, 'port = 1\nqueue_limit = 2\nhost = "::1"\n')
    monkeypatch.setenv("PRILAVOK_PORT", "3")
    monkeypatch.setenv("PRILAVOK_QUEUE_LIMIT", "4")
    settings = Settings.load(file, port=5, threads=None)
    assert (settings.port, settings.queue_limit, settings.host, settings.threads) == (5, 4, "::1", 0)


def test_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRILAVOK_SETTINGS", str(toml(tmp_path, "port = 9")))
    assert Settings.load().port == 9


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "many", "port = 'many'"),
        ("port", "70000", "port = '70000'"),
        ("log_level", "loud", "log_level = 'loud'"),
        ("origins", "shop.example", "origins = 'shop.example'"),
        ("stop_timeout_s", "-1", "stop_timeout_s = '-1'"),
        ("generator_model", "mixtral", "generator_url = None: generator_model is"),
        (
            "generator_url",
            "https://router.example/v1",
            "generator_url = 'https://router.example/v1': name the model",
        ),
        ("generator_flavour", "gpt", "generator_flavour = 'gpt'"),
        ("generator_first_s", "0", "generator_first_s = '0'"),
        ("generator_modes", "en=loud", "generator_modes.en = 'loud'"),
        (
            "generator_modes",
            "English=phrase",
            "generator_modes = 'English=phrase': 'English' is not a language",
        ),
    ],
)
def test_bad_value_is_refused_with_its_name_and_the_rule(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"PRILAVOK_{name.upper()}", value)
    with pytest.raises(Refused) as refused:
        Settings.load()
    assert said in refused.value.message
    assert refused.value.code == "setting_invalid"
    assert len(refused.value.message) > len(said) + 10


def test_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no setting 'prot'"):
        Settings.load(toml(tmp_path, "prot = 1"))


def test_file_that_is_no_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not TOML"):
        Settings.load(toml(tmp_path, "port = = 1"))
    with pytest.raises(Refused, match="no settings file"):
        Settings.load(tmp_path / "none.toml")


def test_origins_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRILAVOK_ORIGINS", "https://a.example, https://b.example")
    assert Settings.load().origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("router.example", "is not a URL"),
        ("https://me:sesame@router.example/v1", "a key belongs in generator_key_file"),
        ("http://router.example/v1", "would send the key unencrypted"),
    ],
)
def test_bad_address_of_a_model_server_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, rule: str
) -> None:
    secret = tmp_path / "key"
    secret.write_text("sesame\n")
    monkeypatch.setenv("PRILAVOK_GENERATOR_KEY_FILE", str(secret))
    monkeypatch.setenv("PRILAVOK_GENERATOR_MODEL", "mixtral")
    monkeypatch.setenv("PRILAVOK_GENERATOR_URL", url)
    with pytest.raises(Refused, match="generator_url") as refused:
        Settings.load()
    assert rule in refused.value.message
    assert "sesame" not in str(refused.value)


def test_modes_are_a_table_in_the_file_and_pairs_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = toml(tmp_path, '[generator_modes]\nen = "prose"\nru = "phrase"\n')
    assert Settings.load(file).generator_modes == {"en": "prose", "ru": "phrase"}
    monkeypatch.setenv("PRILAVOK_GENERATOR_MODES", "en=phrase, de = prose")
    assert Settings.load(file).generator_modes == {"en": "phrase", "de": "prose"}


def test_secret_is_read_from_its_file_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "token"
    secret.write_text("open sesame\n")
    monkeypatch.setenv("PRILAVOK_OPERATOR_TOKEN_FILE", str(secret))
    settings = Settings.load()
    assert settings.operator_token is not None
    assert settings.operator_token.get_secret_value() == "open sesame"
    assert "sesame" not in repr(settings)
    monkeypatch.delenv("PRILAVOK_OPERATOR_TOKEN_FILE")
    settings = Settings.load(toml(tmp_path, f'operator_token_file = "{secret}"'))
    assert settings.operator_token is not None


def test_secret_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRILAVOK_OPERATOR_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(Refused, match="operator_token cannot be read"):
        Settings.load()


def test_address_of_a_redis_is_a_secret_and_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    file.write_text("redis://me:hunter2@10.0.0.2:6379/0\n")
    monkeypatch.setenv("PRILAVOK_ANSWER_CACHE_REDIS_URL_FILE", str(file))
    settings = Settings.load()
    assert settings.answer_cache_redis_url is not None
    assert settings.answer_cache_redis_url.get_secret_value() == "redis://me:hunter2@10.0.0.2:6379/0"
    assert "hunter2" not in repr(settings)
    file.write_text("me:hunter2@10.0.0.2")
    with pytest.raises(Refused, match="answer_cache_redis_url") as refused:
        Settings.load()
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [("answer_cache_bytes", "10"), ("answer_cache_ttl_s", "1"), ("answer_cache_similarity", "1.2")],
)
def test_bounds_of_kept_answers_are_checked(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PRILAVOK_{name.upper()}", value)
    with pytest.raises(Refused, match=name):
        Settings.load()
