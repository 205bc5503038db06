"""What every service can be told: frozen, described, from the environment or from keyword arguments."""

from datetime import date
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings both services share; a service subclasses with its own prefix. Nothing is read at import."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    database_url: str = Field("sqlite:///data/doudi.db", description="Database: sqlite:///… or postgresql://…")
    data_dir: Path = Field(Path("data"), description="Folder for spooled files and snapshots (encrypted)")
    keys_file: Path = Field(Path("keys.json"), description="Key ring, mode 600, outside data_dir")
    public_url: str = Field("http://127.0.0.1:8700", description="Address under which callers reach this service")
    issuer: str = Field("doudi-registry", description="The `iss` of tokens this installation accepts")
    production: bool = Field(False, description="Refuse to start without key ring and database of its own")
    max_body_bytes: int = Field(200 * 1024 * 1024, ge=1024, description="Largest request body accepted, in bytes")
    as_of: date | None = Field(None, description="Look at this day instead of today (trials and rehearsals)")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
