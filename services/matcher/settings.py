"""What the matcher can be told; the settings page of the documentation is generated from these descriptions."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from kit.settings import WebhookSettings


class MatcherSettings(WebhookSettings):
    """Settings of the matcher's web process and of its worker."""

    model_config = SettingsConfigDict(env_prefix="DOUDI_MATCHER_", frozen=True, extra="forbid")

    database_url: str = Field("sqlite:///data/matcher.db", description="The matcher's own database")
    registry_url: str = Field("http://127.0.0.1:8700", description="Where the registry answers (without /registry/v1)")
    client_id: str = Field("", description="The matcher's own client at the registry")
    client_secret: SecretStr = Field(SecretStr(""), description="Its secret")
    registry_timeout_seconds: float = Field(60.0, gt=0, description="Longest wait for one answer of the registry")
    facts_timeout_seconds: float = Field(
        1800.0, gt=0, description="Longest wait for one kind of fact: the registry adds up all payments since 2018"
    )
    revocation_seconds: float = Field(10.0, ge=0, le=60, description="How old the list of ended sessions may be")
    worker_metrics_listen: str = Field(
        "",
        pattern=r"^([^/\s]+:\d{1,5})?$",
        description="The same as METRICS_LISTEN of the worker, which is a process of its own",
    )
    engine: str = Field(
        "embedded",
        pattern="^(embedded|spark)$",
        description="Where a worker holds a delivery against the registry's people: `embedded`, in its own process, or "
        "`spark` (same links; needs the extra of that name)",
    )
    spark_master: str = Field("", description="Of engine spark: sc://HOST:PORT, or spark://HOST:PORT with Spark itself")
    spark_folder: Path | None = Field(
        None,
        description="Of engine spark: a folder on an encrypted disk that worker and executors see under one path; what "
        "is compared lies there unsealed while it is compared",
    )
    spark_most_pairs: int = Field(2_000_000_000, ge=1, description="Pairs Spark may compare for one delivery at most")
    worker_poll_seconds: float = Field(1.0, gt=0, description="Pause of the worker when nothing is to be done")
    worker_idle_seconds: float = Field(
        1.0, gt=0, description="What that pause grows to while nothing is to be done; at least the pause itself"
    )
    lease_seconds: int = Field(300, ge=5, description="How long a worker holds a step before another may take it")
    max_attempts: int = Field(5, ge=1, description="Failures of one step before a batch is set to failed")
    chunk_rows: int = Field(100_000, ge=1, description="Rows of one encrypted chunk of a batch")
    follow_page: int = Field(1000, ge=1, le=5000, description="Changes asked of the registry at once")
    snapshot_deltas: int = Field(20, ge=1, description="Change files beside the people snapshot before it is rewritten")
    publish_page: int = Field(200, ge=1, description="Leads sent to the registry between two checkpoints")
    keep_unregistered: int = Field(
        400_000,
        ge=0,
        description="Records in no registry that a worker keeps in memory from one linking to the next (about 1 GB for "
        "a million); of more, each linking gathers all anew",
    )
    keep_screened: int = Field(
        1_000_000,
        ge=0,
        description="People a worker keeps in memory from one screening to the next, so that it looks only at what "
        "changed (about 0.5 GB for a million); of more, and at 0, each screening looks at everybody",
    )
    changes_keep_days: int = Field(90, ge=1, description="Days a reader of the list may sleep without starting anew")
    part_most: int = Field(1000, ge=1, le=100_000, description="Parts of one file at most; each within max_body_bytes")
    delivery_max_bytes: int = Field(
        1024**3, ge=1024, description="Largest file that may come in parts, in bytes; it is read in memory"
    )
    open_keep_hours: int = Field(72, ge=1, description="Hours after its last part at which an open upload expires")
    agency_deliveries_per_day: int = Field(500, ge=1, description="Deliveries an agency may send a day (of China)")
    agency_bytes_per_day: int = Field(20 * 1024**3, ge=1024, description="Bytes an agency may send a day (of China)")
    agency_waiting: int = Field(50, ge=1, description="Deliveries of one agency that may wait to be read")
    deliveries_waiting: int = Field(200, ge=1, description="The same of all agencies together")
    guard_identifiers: float = Field(
        0.05, gt=0, le=1, description="Share of known people whose number a snapshot may change unconfirmed"
    )
    guard_blanks: float = Field(
        0.20, gt=0, le=1, description="Points by which an important column may become emptier unconfirmed"
    )
    guard_match_rate: float = Field(
        0.20, gt=0, le=1, description="Points by which the share of linked records may move unconfirmed"
    )
    guard_row_loss: float = Field(0.20, gt=0, le=1, description="Share of rows a snapshot may lose unconfirmed")
    holidays_file: Path | None = Field(None, description="CSV date,kind (休 or 班): holidays and make-up working days")
    review_lease_minutes: int = Field(30, ge=1, le=480, description="How long a reviewer holds a review they claimed")
    review_second_share: float = Field(0.1, ge=0, le=1, description="Share of reviews read blindly by a second person")
    review_sample_certain: float = Field(0.002, ge=0, le=1, description="Share of certain links drawn for review")
    review_sample_probable: float = Field(0.02, ge=0, le=1, description="Share of probable links drawn for review")
    guard_rejects: float = Field(0.05, gt=0, le=1, description="Share of rejected rows a snapshot may have unconfirmed")
    preview_keep_hours: int = Field(
        24,
        ge=1,
        description="Age at which a preview or a simulation no longer lets a model or a profile be put in force",
    )
    profile_backdate_days: int = Field(
        31, ge=0, le=366, description="Days back from today on which a profile of the screens may begin"
    )
    unmatched_keep_days: int = Field(
        90, ge=1, description="Days rows in no registry and on no list are kept once their snapshot is superseded"
    )
    superseded_keep_days: int = Field(
        365, ge=1, description="The same of rows that are in the registry; what a lead rests on stays with the lead"
    )
    lead_keep_days: int = Field(
        365, ge=1, description="Days the rows of a lead are kept once it and its case are closed"
    )
    delivery_keep_days: int = Field(
        90, ge=1, description="Days a file is kept as it came; one that never counted goes with all that was read of it"
    )

    @model_validator(mode="after")
    def knows_its_cluster(self) -> Self:
        """An engine nobody can reach would be found out by the first delivery."""
        if self.engine == "spark" and not (self.spark_master and self.spark_folder):
            raise ValueError("engine spark: spark_master and spark_folder say where")
        return self
