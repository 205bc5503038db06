"""What the registry can be told beyond what every service can."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from china.workdays import read_calendar
from kit.columns import now
from kit.settings import ServiceSettings, WebhookSettings

# Business days are counted by the county's clock, whatever zone the server keeps.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class RegistrySettings(WebhookSettings):
    """Settings of the registry; environment names begin with DOUDI_REGISTRY_."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="DOUDI_REGISTRY_")

    token_seconds: int = Field(900, ge=60, le=3600, description="Life of an access token in seconds")
    person_token_seconds: int = Field(300, ge=60, le=900, description="Life of a person's access token in seconds")
    password_length: int = Field(10, ge=8, le=64, description="Fewest characters of a password")
    password_classes: int = Field(3, ge=1, le=4, description="Kinds of characters it holds: a, A, 1, other")
    password_history: int = Field(5, ge=1, le=24, description="Passwords before the present that are not taken again")
    password_days: int = Field(90, ge=1, le=3650, description="Days after which a new password is asked for")
    activation_hours: int = Field(72, ge=1, le=720, description="Hours a one-time activation secret can be used")
    lock_failures: int = Field(5, ge=1, le=20, description="Failed sign-ins in a row that lock a login")
    lock_minutes: int = Field(20, ge=1, le=1440, description="Minutes a login stays locked")
    address_failures: int = Field(50, ge=1, description="Failed sign-ins that close the door to one address")
    address_minutes: int = Field(15, ge=1, le=1440, description="Minutes it stays closed to that address")
    sign_in_minutes: int = Field(5, ge=1, le=30, description="Minutes from the password to the last step of a sign-in")
    session_idle_minutes: int = Field(
        30, ge=15, le=480, description="Minutes without a call after which a session ends"
    )
    session_hours: int = Field(12, ge=1, le=24, description="Hours after which a session ends in any case")
    sessions_at_once: int = Field(3, ge=1, le=20, description="Open sessions of one account; the oldest gives way")
    second_factor_roles: str = Field(
        "sensitive", description="Roles with a second factor, by commas; sensitive: see people or administer; or all"
    )
    changes_kept_days: int = Field(90, ge=1, description="Days a change can be followed before followers must resync")
    changes_whole_days: int = Field(
        7, ge=0, description="Days after which older changes of a thing give way to its newest in the feed"
    )
    session_keep_days: int = Field(30, ge=1, description="Days an ended session stays on its list")
    import_max_rows: int = Field(1_000_000, ge=1, description="Largest number of rows one import may carry")
    import_chunk_rows: int = Field(20_000, ge=1, description="Rows written in one transaction; progress moves by these")
    payment_max_rows: int = Field(1_000_000, ge=1, description="Largest number of rows of one payout list")
    payment_chunk_rows: int = Field(50_000, ge=1, description="Payments written in one transaction")
    export_chunk_rows: int = Field(10_000, ge=1, description="Persons read at once while an export streams")
    accept_working_days: int = Field(3, ge=1, description="Working days a township has to take a case over")
    verify_working_days: int = Field(10, ge=1, description="Working days to verify and report; none for the tier 观察")
    decision_working_days: int = Field(30, ge=1, description="Working days from 02-05 or 17 until an import shows it")
    stop_working_days: int = Field(10, ge=1, description="Working days from W1 or W2 until support has stopped")
    slip_working_days: int = Field(15, ge=1, le=120, description="Working days a county has to answer a slip (协查函)")
    entry_working_days: int = Field(10, ge=1, description="Working days to enter a recognised person in the platform")
    ledger_report_day: int = Field(
        5, ge=1, le=28, description="Day of the next month by which a month's ledger is reported"
    )
    reassess_working_days: int = Field(
        10, ge=1, description="Working days from a reported change to a new assessment of self-care"
    )
    aid_first_hours: int = Field(24, ge=1, le=240, description="Hours from a clue of an emergency to the first aid")
    aid_papers_working_days: int = Field(
        10, ge=1, le=120, description="Working days from aid given first to its papers being completed"
    )
    exit_assessment_days: int = Field(
        180, ge=1, le=730, description="Days for which an assessment before leaving support holds"
    )
    swing_months: int = Field(6, ge=3, le=24, description="Months before, whose median entries and exits are held to")
    swing_percent: int = Field(
        200, ge=100, le=1000, description="Per cent of the median above which a month stands out"
    )
    swing_least: int = Field(5, ge=1, description="Entries or exits of a township below which no month stands out")
    mass_exits: int = Field(10, ge=2, description="Exits of one village on one day that are told")
    mass_exit_percent: int = Field(30, ge=1, le=100, description="Per cent of a village's people they must come to")
    same_share_villages: int = Field(3, ge=2, description="Villages of a township with the very same share of exits")
    expiry_notice_days: int = Field(30, ge=0, le=365, description="Days before an agreement ends that it is due")
    custodian_cards: int = Field(3, ge=1, description="Cards one custodian may hold before it is doubted")
    petition_times: int = Field(
        2, ge=2, le=100, description="Petitions on one matter from which a case is opened for somebody not registered"
    )
    petition_months: int = Field(36, ge=1, le=240, description="Months within which the last of them was received")
    publication_names: str = Field(
        "masked", pattern="^(masked|full)$", description="Names on the publication list: masked, or full by local rule"
    )
    publication_days: int = Field(7, ge=1, le=90, description="Days a publication list is up; its end stands on it")
    provincial_layouts: Path | None = Field(
        None, description="Folder of JSON files: templates of the province's own system, beside those shipped"
    )
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


def moment(settings: ServiceSettings) -> datetime:
    """This moment by the clock in China, without a zone, on the business day."""
    at = now().astimezone(CHINA).replace(tzinfo=None)
    return at if settings.as_of is None else datetime.combine(settings.as_of, at.time())


def today(settings: ServiceSettings) -> date:
    """The business day: `as_of` in trials and rehearsals, else the date in China."""
    return settings.as_of or datetime.now(UTC).astimezone(CHINA).date()
