"""What the registry can be told beyond what every service can."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from china.workdays import read_calendar
from kit.settings import ServiceSettings

# Business days are counted by the county's clock, whatever zone the server keeps.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class RegistrySettings(ServiceSettings):
    """Settings of the registry; environment names begin with DOUDI_REGISTRY_."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="DOUDI_REGISTRY_")

    token_seconds: int = Field(900, ge=60, le=3600, description="Life of an access token in seconds")
    changes_kept_days: int = Field(90, ge=1, description="Days a change can be followed before followers must resync")
    import_max_rows: int = Field(200_000, ge=1, description="Largest number of rows one import may carry")
    import_chunk_rows: int = Field(4_000, ge=1, description="Rows written in one transaction; progress moves by these")
    export_chunk_rows: int = Field(2_000, ge=1, description="Persons read at once while an export streams")
    accept_working_days: int = Field(3, ge=1, description="Working days a township has to take a case over")
    verify_working_days: int = Field(10, ge=1, description="Working days to verify and report; none for the tier 观察")
    decision_working_days: int = Field(30, ge=1, description="Working days from 02-05 or 17 until an import shows it")
    stop_working_days: int = Field(10, ge=1, description="Working days from W1 or W2 until support has stopped")
    holidays_file: Path | None = Field(None, description="CSV date,kind (休 or 班): holidays and make-up working days")

    @field_validator("holidays_file")
    @classmethod
    def can_be_read(cls, path: Path | None) -> Path | None:
        """A calendar that cannot be read stops the service at its start, not the first case of the day."""
        if path is not None:
            try:
                read_calendar(path.read_text(encoding="utf-8"))
            except OSError:
                raise ValueError("the file of holidays is not there or cannot be read") from None
        return path


def today(settings: ServiceSettings) -> date:
    """The business day: `as_of` in trials and rehearsals, else the date in China."""
    return settings.as_of or datetime.now(UTC).astimezone(CHINA).date()
