"""What the registry can be told beyond what every service can."""

from datetime import UTC, date, datetime, timedelta, timezone

from pydantic import Field
from pydantic_settings import SettingsConfigDict

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


def today(settings: ServiceSettings) -> date:
    """The business day: `as_of` in trials and rehearsals, else the date in China."""
    return settings.as_of or datetime.now(UTC).astimezone(CHINA).date()
