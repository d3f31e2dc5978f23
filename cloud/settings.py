"""The hub's settings: defaults < TOML file < `PRILAVOK_HUB_*` environment < command-line flags.

A secret may be given as `PRILAVOK_HUB_<FIELD>_FILE` (or `<field>_file` in the TOML): the file's text,
stripped. A bad value refuses to start, naming field, value and rule. What tenants set for themselves is in
the database.
"""

import ipaddress
import os
from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from sync.errors import Refused

PREFIX = "PRILAVOK_HUB_"
SYSTEM_FILE = Path("/etc/prilavok/hub.toml")
SYSTEM_DATA = Path("/var/lib/prilavok-hub")
SEE = "cloud/README.md lists every setting."
ROLES = ("owner", "app", "ingest", "projector", "delivery")
Role = Literal["owner", "app", "ingest", "projector", "delivery"]
SECRETS = (
    "database_url",
    "database_admin_url",
    *(f"database_{role}_url" for role in ROLES),
    "broker_password",
    "redis_url",
)


def _data_dir() -> Path:
    own = platformdirs.user_data_path("prilavok-hub", appauthor=False)
    return SYSTEM_DATA if os.geteuid() == 0 else own


def _models_dir() -> Path:
    own = platformdirs.user_cache_path("prilavok", appauthor=False) / "models"
    return SYSTEM_DATA / "models" if os.geteuid() == 0 and "INVOCATION_ID" in os.environ else own


class Settings(BaseSettings):
    """Everything a hub can be told. Sizes in bytes, times in seconds, as the names say.

    `public_url` is where nodes reach the hub, as it stands in provisioning files; nothing given: host and
    port. `broker_url` is the broker as the hub reaches it, `broker_public_url` as nodes do; nothing given:
    the same. `broker_accounts` "none": nodes' accounts are made by whoever runs the broker. Without a
    `database_url` an embedded PostgreSQL runs in the data folder. Each role's process
    needs its own `database_{role}_url` only; nothing given: `database_url` with the role `prilavok_{role}` as
    its user. `database_admin_url` is for `prilavok hub migrate` alone, to make roles. Private keys are in
    `keys_dir`; those that open records in `log_keys_dir`, those that open contacts in `lead_keys_dir`, so
    that a process can be given one and not the others. `embedding` is the model of catalogues' vectors: a
    registry name, "auto" (the registry's default, where its files are in `models_dir`) or "none".
    `trusted_proxies` are networks whose word on where a request comes from is taken.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65535)
    public_url: str | None = None
    data_dir: Path = Field(default_factory=_data_dir)
    keys_dir: Path | None = None
    log_keys_dir: Path | None = None
    lead_keys_dir: Path | None = None

    database_url: SecretStr | None = None
    database_admin_url: SecretStr | None = None
    database_owner_url: SecretStr | None = None
    database_app_url: SecretStr | None = None
    database_ingest_url: SecretStr | None = None
    database_projector_url: SecretStr | None = None
    database_delivery_url: SecretStr | None = None
    database_connections: int = Field(default=8, ge=1, le=200)
    database_wait_s: float = Field(default=10, gt=0, le=300)

    broker_url: str = "mqtt://127.0.0.1:1883"
    broker_public_url: str | None = None
    broker_username: str | None = None
    broker_password: SecretStr | None = None
    broker_ca: Path | None = None
    broker_accounts: Literal["dynamic_security", "none"] = "dynamic_security"
    redis_url: SecretStr | None = None

    wrong_tries_a_minute: int = Field(default=20, ge=1, le=10_000)
    open_requests_a_minute: int = Field(default=120, ge=1, le=100_000)
    trusted_proxies: tuple[str, ...] = ()

    ingest_workers: int = Field(default=1, ge=0, le=64)
    models_dir: Path = Field(default_factory=_models_dir)
    registry: Path | None = None
    embedding: str = Field(default="auto", min_length=1)

    body_limit_bytes: int = Field(default=64 * 1024 * 1024, ge=1024, le=1024**3)
    stop_timeout_s: float = Field(default=5, ge=0, le=300)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("public_url")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("not an address such as https://hub.example")
        return value.rstrip("/") if value else value

    @field_validator("broker_url", "broker_public_url")
    @classmethod
    def _broker(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mqtt://", "mqtts://")):
            raise ValueError("not an address such as mqtts://broker.example:8883")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ipaddress.ip_network(each)
        return value

    def at(self, port: int) -> Self:
        """The same, on that port."""
        return self.model_copy(update={"port": port})

    @property
    def keys(self) -> Path:
        """Where the keys are that sign."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def log_keys(self) -> Path:
        """Where the keys are that open records; the projector's."""
        return self.log_keys_dir or self.keys / "log"

    @property
    def lead_keys(self) -> Path:
        """Where the keys are that open contacts; the delivery worker's."""
        return self.lead_keys_dir or self.keys / "lead"

    def role_url(self, role: Role) -> str | None:
        """The database's address for a role, where one is set for it alone."""
        found: SecretStr | None = getattr(self, f"database_{role}_url")
        return found.get_secret_value() if found else None

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
        """The settings in force. `file` (or `PRILAVOK_HUB_SETTINGS`) must exist; the system's own may not.

        Flags that are None were not given. Raises Refused naming the first bad field.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        try:
            return cls(**{**_below(cls, _file(file)), **EnvSettingsSource(cls)(), **given})
        except ValidationError as error:
            raise _refusal(error) from None
        except SettingsError as error:
            raise Refused(f"{error}.", code="setting_invalid", hint=SEE) from None


def _file(file: Path | None) -> Path | None:
    told = os.environ.get(f"{PREFIX}SETTINGS")
    named = file or (Path(told) if told else None)
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
        path = os.environ.get(f"{PREFIX}{name.upper()}_FILE") or values.pop(f"{name}_file", None)
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
            hint="Check the path and its rights.",
        ) from None


def _refusal(error: ValidationError) -> Refused:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        return Refused(f"There is no setting {field!r}.", code="setting_unknown", hint=SEE)
    shown = "(hidden)" if field in SECRETS else repr(first["input"])
    rule = first["msg"].removeprefix("Value error, ")
    return Refused(
        f"Setting {field} = {shown}: {rule}.", code="setting_invalid", hint="Correct it and start again."
    )
