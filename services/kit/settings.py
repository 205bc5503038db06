"""What every service can be told: frozen, described, from the environment or from keyword arguments."""

import os
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.logs import LogFile
from kit.outbound import Guard
from kit.peers import Network, networks, own_or_secure
from kit.shapes import AreaCode
from kit.webhooks import Schedule

# Where secrets are mounted as files: named by the operator (containers), or by systemd's LoadCredential.
SECRETS_FOLDERS = ("DOUDI_SECRETS_DIR", "CREDENTIALS_DIRECTORY")


class SettingsWrong(Exception):
    """What the service was told cannot be used; the text names the variables, never their values."""


class Told(BaseSettings):
    """Settings read from variables, and from files named like them where secrets are mounted."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls) -> Self:
        """From the environment, and from files named like its variables where secrets are mounted.

        A variable outranks a file. Raises SettingsWrong.
        """
        folder = next((given for name in SECRETS_FOLDERS if (given := os.environ.get(name))), None)
        if folder is not None and not Path(folder).is_dir():
            raise SettingsWrong(f"there is no folder of secrets at {folder}")
        try:
            return cls(_secrets_dir=folder)
        except ValidationError as wrong:
            prefix = cls.model_config.get("env_prefix", "")
            told = [f"{prefix}{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in wrong.errors()]
            raise SettingsWrong("; ".join(told)) from None


class Listening(Told):
    """What every process is told that answers at an address and keeps a log."""

    trusted_proxies: str = Field(
        "", description="Networks of the reverse proxy, by commas: only from there is believed what it says of callers"
    )
    log_dir: Path | None = Field(None, description="Folder for log files kept by ourselves, a file a day")
    log_keep_days: int = Field(200, ge=184, description="Days these files are kept; not less than six months")
    as_of: date | None = Field(None, description="Look at this day instead of today (trials and rehearsals)")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    metrics_listen: str = Field(
        "",
        pattern=r"^([^/\s]+:\d{1,5})?$",
        description="Host and port at which Prometheus is told figures, for the inside alone: nobody has to sign in; "
        "nowhere by default",
    )

    traces_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s?#@]+/[^\s?#]*)?$",
        description="Address of a collector of traces (OTLP over HTTP, as http://127.0.0.1:4318/v1/traces), "
        "for the inside alone; needs the packages of deploy/otel.lock; told to nobody by default",
    )
    traces_share: float = Field(
        1.0, gt=0, le=1, description="Share of the traces that is told; the same in all services"
    )

    @field_validator("traces_url")
    @classmethod
    def has_its_packages(cls, told: str) -> str:
        """Asked for and not there would be a switch that does nothing."""
        if told and not _has_exporter():
            raise ValueError(
                "the packages for traces are not installed: "
                "pip install --require-hashes -r deploy/otel.lock, or leave it empty"
            )
        return told

    @field_validator("trusted_proxies")
    @classmethod
    def are_networks(cls, told: str) -> str:
        """A network nobody can read would let every header through or none."""
        networks(told)
        return told

    def log_file(self, name: str) -> LogFile | None:
        """Where the process of that name keeps its log, if we are to keep it."""
        return None if self.log_dir is None else LogFile(self.log_dir, name, self.log_keep_days)

    @property
    def metrics_place(self) -> tuple[str, int] | None:
        """Host and port at which figures are told, if at all."""
        return place_of(self.metrics_listen) if self.metrics_listen else None

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of the reverse proxy."""
        return networks(self.trusted_proxies)


def _has_exporter() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http.trace_exporter") is not None
    except ModuleNotFoundError:
        return False


def place_of(listen: str) -> tuple[str, int]:
    """Host and port of an address to listen on."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


class ServiceSettings(Listening):
    """Settings both services share; a service subclasses with its own prefix. Nothing is read at import."""

    database_url: str = Field("sqlite:///data/doudi.db", description="Database: sqlite:///… or postgresql://…")
    data_dir: Path = Field(Path("data"), description="Folder for spooled files and snapshots (encrypted)")
    keys_file: Path = Field(Path("keys.json"), description="Key ring, mode 600, outside data_dir")
    crypto_suite: str = Field(
        "international",
        pattern="^(international|guomi)$",
        description="Suite of new keys: international (AES-256-GCM, HMAC-SHA-256) or guomi (SM4-GCM, HMAC-SM3)",
    )
    checkpoints_dir: Path = Field(
        Path("checkpoints"), description="Folder for the journal's signed checkpoints, apart from data_dir"
    )
    checkpoint_seconds: float = Field(60.0, gt=0, description="Longest time a journal entry waits for a checkpoint")
    listen: str = Field("127.0.0.1:8700", pattern=r"^[^/\s]+:\d{1,5}$", description="Host and port to listen on")
    public_url: str = Field("http://127.0.0.1:8700", description="Address under which callers reach this service")
    issuer: str = Field("doudi-registry", description="The `iss` of tokens this installation accepts")
    production: bool = Field(False, description="Refuse to start without key ring and database of its own")
    max_body_bytes: int = Field(200 * 1024 * 1024, ge=1024, description="Largest request body accepted, in bytes")
    external_issuer: str = Field("", description="The `iss` of another issuer whose tokens are taken; none by default")
    external_jwks_url: str = Field(
        "", description="Where that issuer publishes its keys: https, or http on the loopback"
    )
    external_audience: str = Field("doudi", description="The `aud` its tokens must bear")
    external_algorithms: str = Field("ES256", description="How it signs: ES256, RS256, EdDSA, by commas")
    external_claims: str = Field(
        "scope=scope,agency=agency,area=area,purpose=purpose",
        description="Our claims by its own, by commas; a.b is b in a",
    )
    external_scopes: str = Field("", description="The most its tokens may do, by spaces; nothing by default")
    external_area: AreaCode = Field("000000000000", description="Where: the subtree of this area")
    house_agencies: str = Field(
        "civil-affairs,township,doudi",
        description="Agencies of the house, by commas: civil affairs, the townships that work for it, our programs; "
        "any other is told of people by agreement only",
    )
    dear_calls_per_client: int = Field(600, ge=1, description="Searches, exports or files a client may send a minute")
    dear_calls_per_area: int = Field(3000, ge=1, description="The same of all clients of one area together")
    small_cell: int = Field(5, ge=1, description="Counts below it (not 0) are withheld from callers below the county")
    reveals_per_person: int = Field(100, ge=1, description="People a person's account may be told of unmasked a day")
    reveals_per_client: int = Field(1000, ge=1, description="The same of a program's client")
    reveal_warning: float = Field(0.8, gt=0, le=1, description="Share of that budget at which an alert is written")
    alert_townships: int = Field(3, ge=2, description="Townships whose people one account unmasks in an hour: an alert")
    alert_at_night: int = Field(20, ge=1, description="People one account unmasks in a night: an alert")
    night_from: int = Field(22, ge=0, le=23, description="Hour (in China) at which the night begins")
    night_until: int = Field(6, ge=0, le=23, description="Hour at which it ends; the same hour: there is no night")
    dear_calls_per_client_day: int = Field(50_000, ge=1, description="Dear calls of one kind a client may make a day")
    body_seconds: float = Field(600.0, gt=0, description="Longest time a caller may take to send a body")
    body_pause_seconds: float = Field(30.0, gt=0, description="Longest pause between two parts of a body")
    outbound_allowed: str = Field(
        "", description="Hosts and networks, by commas, that addresses told to us may lie in though they are not public"
    )
    records_keep_days: int = Field(
        1100, ge=1096, description="Days records of use, deletion and following are kept; not less than three years"
    )

    @field_validator("outbound_allowed")
    @classmethod
    def are_hosts_or_networks(cls, told: str) -> str:
        """A word that is neither would be allowed by nobody, and nobody would know why."""
        Guard.allowing(told)
        return told

    @model_validator(mode="after")
    def knows_its_issuer(self) -> Self:
        """Half a description of an issuer would be a door that never opens, or one with the wrong lock."""
        if not self.external_issuer:
            return self
        own_or_secure(self.external_jwks_url)
        if self.external_issuer == self.issuer:
            raise ValueError("external_issuer: that is this installation's own")
        named = {pair.split("=", 1)[0].strip() for pair in self.external_claims.split(",") if "=" in pair}
        if named != {"scope", "agency", "area", "purpose"}:
            raise ValueError("external_claims: scope=…,agency=…,area=…,purpose=…")
        if {one.strip() for one in self.external_algorithms.split(",")} - {"ES256", "RS256", "PS256", "EdDSA"}:
            raise ValueError("external_algorithms: ES256, RS256, PS256, EdDSA")
        return self

    @property
    def place(self) -> tuple[str, int]:
        """Host and port to listen on."""
        return place_of(self.listen)


class WebhookSettings(ServiceSettings):
    """Settings of a service that wakes subscribers."""

    webhook_senders: int = Field(4, ge=1, le=64, description="Wake-ups sent side by side")
    webhook_seconds: float = Field(15.0, gt=0, le=60, description="Longest time for one try of a wake-up")
    webhook_backoff: str = Field(
        "5,300,1800,7200,18000,36000,50400,72000,86400",
        description="Seconds between the tries of one wake-up, by commas; after the last it is given up",
    )
    webhook_disable_hours: float = Field(
        72.0, gt=0, description="Hours without one that arrived after which an address is woken no more"
    )
    webhook_rotation_hours: float = Field(24.0, gt=0, description="Hours a former secret signs beside the new one")
    webhook_gather_seconds: float = Field(
        10.0, ge=0, description="How long changes of a list are gathered into one wake-up"
    )
    webhooks_per_client: int = Field(10, ge=1, description="Subscriptions a client may have")
    webhook_loopback: bool = Field(False, description="Wake-ups may go to this machine, over http too (trials)")
    webhook_keep_days: int = Field(30, ge=1, description="Days it is kept what became of a wake-up")

    @field_validator("webhook_backoff")
    @classmethod
    def are_pauses(cls, told: str) -> str:
        """What cannot be read would end the sender long after the start."""
        Schedule.told(told)
        return told
