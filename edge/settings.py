"""The node's settings: defaults < TOML file < `PRILAVOK_*` environment < command-line flags.

A secret may be given as `PRILAVOK_<FIELD>_FILE` (or `<field>_file` in the TOML): the file's text, stripped.
A bad value refuses to start, naming field, value and rule; nothing is reset to a default in silence. What the
hub wishes stands between the file and the environment (edge/uplink/desired.py), and never stops a start.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import platformdirs
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from edge.uplink import desired
from edge.uplink.pace import hours
from models.registry import Mode
from models.runtime.remote_server import Flavour, check_url
from sync.errors import Refused

SYSTEM_FILE = Path("/etc/prilavok/edge.toml")
SYSTEM_DATA = Path("/var/lib/prilavok")
SEE = "edge/README.md lists every setting."
LANGUAGE = re.compile(r"[a-z]{2,3}")
CHECK = "Check the path and its rights."
NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-)){0,10}\Z")
SECRETS = ("operator_token", "answer_cache_redis_url", "generator_key")


def _data_dir() -> Path:
    return SYSTEM_DATA if os.geteuid() == 0 else platformdirs.user_data_path("prilavok", appauthor=False)


def _models_dir() -> Path:
    """Beside the data for a system service; a person's own cache otherwise, shared by their checkouts."""
    if os.geteuid() == 0 and ("INVOCATION_ID" in os.environ or SYSTEM_FILE.parent.is_dir()):
        return SYSTEM_DATA / "models"
    return platformdirs.user_cache_path("prilavok", appauthor=False) / "models"


S = TypeVar("S", bound=BaseSettings)


class Settings(BaseSettings):
    """Everything a node can be told. Sizes in bytes or characters, times in seconds, as the names say.

    `generator` and `embedding` are registry names, "auto" (the registry's default) or "none".
    `origins` are web origins whose pages may embed the widget. `lead_key` is the tenant's public key
    (X25519, base64) that visitors' contacts are sealed to; without it no contact is taken. `engine_…` are the
    model's: answers at once, memory for keys and values (0: a quarter of the box, 1.5 GiB at most), how much
    of them outlives a restart (0: nothing), and after how long without a sign of life it is started again.
    `record_kv` reuses what was computed for a record wherever it stands; "auto" is as the registry says.
    `answer_cache_similarity` is the least cosine of two questions that count as the same; 1 is none but the
    very same.
    `generator_url` and its like name a model server that speaks before `generator` does: see
    models/runtime/README.md. `generator_modes` says how it may speak, by language; nothing given: as the
    registry lets `generator`.
    """

    model_config = SettingsConfigDict(
        env_prefix="PRILAVOK_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    https: bool = True
    https_port: int | None = Field(default=None, ge=0, le=65535)
    names: Annotated[tuple[str, ...], NoDecode] = ()
    data_dir: Path = Field(default_factory=_data_dir)
    models_dir: Path = Field(default_factory=_models_dir)
    registry: Path | None = None
    generator: str = Field(default="auto", min_length=1)
    embedding: str = Field(default="auto", min_length=1)
    threads: int = Field(default=0, ge=0, le=256)
    engine_running: int = Field(default=8, ge=1, le=64)
    engine_memory_bytes: int = Field(default=0, ge=0)
    engine_state_bytes: int = Field(default=128 * 1024 * 1024, ge=0)
    engine_stall_s: float = Field(default=30, ge=1, le=3600)
    record_kv: Literal["auto", "on", "off"] = "auto"
    offline: bool = False
    generator_model: str | None = Field(default=None, min_length=1, max_length=256)
    generator_key: SecretStr | None = Field(default=None, min_length=1)
    generator_url: str | None = Field(default=None, validate_default=True)  # after what it is checked with
    generator_flavour: Flavour = "openai"
    generator_system_role: bool = True
    generator_modes: Annotated[dict[str, Mode], NoDecode] = Field(default_factory=dict)
    generator_connect_s: float = Field(default=1, gt=0, le=60)
    generator_first_s: float = Field(default=3, gt=0, le=600)
    generator_pause_s: float = Field(default=5, gt=0, le=600)
    generator_total_s: float = Field(default=60, gt=0, le=3600)
    generator_concurrency: int = Field(default=4, ge=1, le=256)
    generator_queue_limit: int = Field(default=8, ge=0, le=10_000)
    generator_attempts: int = Field(default=2, ge=1, le=10)
    generator_failures: int = Field(default=3, ge=1, le=100)
    generator_rest_s: float = Field(default=5, gt=0, le=3600)
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    operator_token: SecretStr | None = None
    lead_key: str | None = None
    lead_consent: Path | None = None

    body_limit_bytes: int = Field(default=256 * 1024, ge=1024, le=64 * 1024 * 1024)
    message_limit_chars: int = Field(default=4000, ge=100, le=100_000)
    messages_limit: int = Field(default=200, ge=1, le=10_000)
    session_ttl_s: float = Field(default=1800, ge=1, le=86_400)
    sessions_limit: int = Field(default=10_000, ge=1, le=1_000_000)
    session_per_minute: int = Field(default=30, ge=1, le=100_000)
    session_per_day: int = Field(default=300, ge=1, le=1_000_000)
    origin_per_day: int = Field(default=5000, ge=1, le=10_000_000)
    node_per_minute: int = Field(default=6000, ge=1, le=1_000_000)
    queue_limit: int = Field(default=32, ge=1, le=10_000)
    stop_timeout_s: float = Field(default=5, ge=0, le=300)
    disk_free_bytes: int = Field(default=64 * 1024 * 1024, ge=0)
    answer_cache: bool = True
    answer_cache_bytes: int = Field(default=16 * 1024 * 1024, ge=256 * 1024, le=16 * 1024**3)
    answer_cache_ttl_s: int = Field(default=7 * 86_400, ge=3600, le=366 * 86_400)
    answer_cache_similarity: float = Field(default=0.6, ge=0.5, le=1.0)
    answer_cache_redis_url: SecretStr | None = None
    provisioning: Annotated[tuple[Path, ...], NoDecode] = ()
    outbox_bytes: int = Field(default=64 * 1024 * 1024, ge=1024 * 1024, le=1024**4)
    outbox_settled_share: float = Field(default=0.25, ge=0, le=0.9)
    outbox_settled_hours: int = Field(default=72, ge=0, le=24 * 366)
    sync_up_bytes_s: int = Field(default=0, ge=0, le=10**9)
    sync_down_bytes_s: int = Field(default=0, ge=0, le=10**9)
    sync_quiet_hours: str = ""
    sync_metered: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("answer_cache_redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("not an address such as redis://host:6379/0, rediss://… or unix:///path")
        return value

    @field_validator("sync_quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        try:
            hours(value)
        except Refused as refused:
            raise ValueError(f"{refused.message} {refused.hint}".removesuffix(".")) from None
        return value

    @field_validator("origins", "names", "provisioning", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("names")
    @classmethod
    def _name(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not NAME.match(name):
                raise ValueError(f"{name!r} is not a host name such as counter.shop.example")
        return tuple(name.lower() for name in value)

    @field_validator("origins")
    @classmethod
    def _origin(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise ValueError(f"{origin!r} is not an origin such as https://shop.example")
        return value

    @field_validator("generator_modes", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return {language.strip(): mode.strip() for language, _, mode in pairs}

    @field_validator("generator_modes")
    @classmethod
    def _languages(cls, value: dict[str, Mode]) -> dict[str, Mode]:
        for language in value:
            if not LANGUAGE.fullmatch(language):
                raise ValueError(f"{language!r} is not a language such as en: write en=phrase,ru=prose")
        return value

    @field_validator("generator_url")
    @classmethod
    def _server(cls, value: str | None, info: ValidationInfo) -> str | None:
        model = info.data.get("generator_model")
        if value is None:
            if model is not None:
                raise ValueError("generator_model is a model on a server: name the server too")
            return None
        try:
            check_url(value, with_key=info.data.get("generator_key") is not None)
        except Refused as refused:
            raise ValueError(refused.message.removesuffix(".")) from None
        if model is None:
            raise ValueError("name the model on that server in generator_model")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` passes: it puts the sources in order itself."""
        return (init_settings,)

    @classmethod
    def load(cls, file: Path | None = None, **flags: object) -> Self:
        """The settings in force. `file` (or `PRILAVOK_SETTINGS`) must exist; the system's own file may not.

        Flags that are None were not given. Raises Refused naming the first bad field.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        try:
            below, above = _below(cls, _file(file)), {**EnvSettingsSource(cls)(), **given}
            own = cls(**{**below, **above})
            return _wished(own, {**below, **desired.layer(own.data_dir), **above})
        except ValidationError as error:
            raise _refusal(error) from None
        except SettingsError as error:
            raise Refused(f"{error}.", code="setting_invalid", hint=SEE) from None


def _wished(own: S, values: dict[str, Any]) -> S:
    """With what the hub wishes; without, where that does not go together with the node's own."""
    try:
        return type(own)(**values)
    except ValidationError:
        return own


def _file(file: Path | None) -> Path | None:
    named = file or (Path(os.environ["PRILAVOK_SETTINGS"]) if os.environ.get("PRILAVOK_SETTINGS") else None)
    if named is None:
        return SYSTEM_FILE if SYSTEM_FILE.is_file() else None
    if not named.is_file():
        raise Refused(f"There is no settings file {named}.", code="settings_missing", hint="Check the path.")
    return named


def _below(cls: type[Settings], file: Path | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = dict(TomlConfigSettingsSource(cls, file)())
        except ValueError as error:
            raise Refused(
                f"{file} is not TOML: {error}.", code="settings_malformed", hint="Correct the line it names."
            ) from None
    for name in SECRETS:
        path = os.environ.get(f"PRILAVOK_{name.upper()}_FILE") or values.pop(f"{name}_file", None)
        if path:
            values[name] = _secret(name, Path(str(path)))
    return values


def _secret(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"{name} cannot be read from {path}: {error}.",
            code="secret_unreadable",
            hint=CHECK,
        ) from None


def _refusal(error: ValidationError) -> Refused:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        return Refused(
            f"There is no setting {field!r}.",
            code="setting_unknown",
            hint=SEE,
        )
    secret = field in SECRETS or (field == "generator_url" and "@" in str(first["input"]))
    shown = "(hidden)" if secret else repr(first["input"])
    rule = first["msg"].removeprefix("Value error, ")
    return Refused(
        f"Setting {field} = {shown}: {rule}.", code="setting_invalid", hint="Correct it and start again."
    )
