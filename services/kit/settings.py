"""What every service can be told: frozen, described, from the environment or from keyword arguments."""

import os
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

# Where secrets are mounted as files: named by the operator (containers), or by systemd's LoadCredential.
SECRETS_FOLDERS = ("DOUDI_SECRETS_DIR", "CREDENTIALS_DIRECTORY")


class SettingsWrong(Exception):
    """What the service was told cannot be used; the text names the variables, never their values."""


class ServiceSettings(BaseSettings):
    """Settings both services share; a service subclasses with its own prefix. Nothing is read at import."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    database_url: str = Field("sqlite:///data/doudi.db", description="Database: sqlite:///… or postgresql://…")
    data_dir: Path = Field(Path("data"), description="Folder for spooled files and snapshots (encrypted)")
    keys_file: Path = Field(Path("keys.json"), description="Key ring, mode 600, outside data_dir")
    listen: str = Field("127.0.0.1:8700", pattern=r"^[^/\s]+:\d{1,5}$", description="Host and port to listen on")
    public_url: str = Field("http://127.0.0.1:8700", description="Address under which callers reach this service")
    issuer: str = Field("doudi-registry", description="The `iss` of tokens this installation accepts")
    production: bool = Field(False, description="Refuse to start without key ring and database of its own")
    max_body_bytes: int = Field(200 * 1024 * 1024, ge=1024, description="Largest request body accepted, in bytes")
    dear_calls_per_client: int = Field(600, ge=1, description="Searches, exports or files a client may send a minute")
    dear_calls_per_area: int = Field(3000, ge=1, description="The same of all clients of one area together")
    small_cell: int = Field(5, ge=1, description="Counts below it (not 0) are withheld from callers below the county")
    as_of: date | None = Field(None, description="Look at this day instead of today (trials and rehearsals)")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

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

    @property
    def place(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)
