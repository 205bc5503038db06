"""The first version of every table of the registry."""

import sqlalchemy as sa
from alembic import op

from kit.columns import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_CURRENT = sa.text("superseded_at IS NULL AND valid_to IS NULL")
_BELIEVED = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    """Make the tables, noun by noun, each after those it points to."""
    _access()
    _areas()
    _persons()
    _households()
    _coverage()
    _imports()
    _ledger()


def _access() -> None:
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("secret_hash", sa.String(200), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("purposes", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
    )
    op.create_index("ix_client_area", "client", ["area"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("public", Json(), nullable=False),
        sa.Column("private_sealed", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(100), nullable=True),
        sa.Column("location", sa.String(500), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=True),
        sa.Column("purpose", sa.String(64), nullable=True),
        sa.Column("detail", Json(), nullable=False),
        sa.Column("chain", sa.String(32), nullable=False),
    )
    op.create_index("ix_journal_entry_action", "journal_entry", ["action"], unique=False)
    op.create_index("ix_journal_entry_actor", "journal_entry", ["actor"], unique=False)
    op.create_index("ix_journal_entry_subject", "journal_entry", ["subject"], unique=False)
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
    )
    op.create_index("ix_change_area", "change", ["area"], unique=False)
    op.create_index("ix_change_recorded_at", "change", ["recorded_at"], unique=False)
    op.create_index("ix_change_subject", "change", ["subject"], unique=False)


def _areas() -> None:
    op.create_table(
        "area",
        sa.Column("code", sa.String(12), primary_key=True),
        sa.Column("valid_from", sa.Date(), primary_key=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("parent", sa.String(12), nullable=True),
    )
    op.create_index("ix_area_parent", "area", ["parent"], unique=False)
    op.create_table(
        "area_succession",
        sa.Column("code", sa.String(12), primary_key=True),
        sa.Column("successor", sa.String(12), primary_key=True),
    )


def _persons() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(36), primary_key=True),
        sa.Column("subject_id", sa.String(36), nullable=True),
        sa.Column("survivor_id", sa.String(36), sa.ForeignKey("person.person_id"), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
    )
    op.create_index("ix_person_subject_id", "person", ["subject_id"], unique=False)
    op.create_index("ix_person_survivor_id", "person", ["survivor_id"], unique=False)
    op.create_table(
        "person_version",
        sa.Column("version_id", sa.String(36), primary_key=True),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.person_id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("id_number_sealed", sa.String(), nullable=True),
        sa.Column("id_number_blind", sa.String(64), nullable=True),
        sa.Column("sex", sa.String(1), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("ethnic", sa.String(20), nullable=True),
        sa.Column("division", sa.String(12), nullable=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("address", sa.String(300), nullable=True),
        sa.Column("phone_sealed", sa.String(), nullable=True),
        sa.Column("phone_blind", sa.String(64), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("superseded_at", Instant(), nullable=True),
        sa.Column("source_import", sa.String(36), nullable=True),
        sa.Column("source_line", sa.Integer(), nullable=True),
    )
    op.create_index("ix_person_version_area", "person_version", ["area"], unique=False)
    op.create_index("ix_person_version_id_number_blind", "person_version", ["id_number_blind"], unique=False)
    op.create_index("ix_person_version_name", "person_version", ["name"], unique=False)
    op.create_index(
        "ix_person_version_one_current",
        "person_version",
        ["person_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.create_index("ix_person_version_person_id", "person_version", ["person_id"], unique=False)
    op.create_index("ix_person_version_phone_blind", "person_version", ["phone_blind"], unique=False)


def _households() -> None:
    op.create_table(
        "household",
        sa.Column("household_id", sa.String(36), primary_key=True),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.UniqueConstraint("county", "number"),
    )
    op.create_index("ix_household_area", "household", ["area"], unique=False)
    op.create_table(
        "membership",
        sa.Column("membership_id", sa.String(36), primary_key=True),
        sa.Column("household_id", sa.String(36), sa.ForeignKey("household.household_id"), nullable=False),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.person_id"), nullable=False),
        sa.Column("relation", sa.String(20), nullable=True),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("superseded_at", Instant(), nullable=True),
    )
    op.create_index("ix_membership_household_id", "membership", ["household_id"], unique=False)
    op.create_index(
        "ix_membership_one_current",
        "membership",
        ["household_id", "person_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"], unique=False)


def _coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("coverage_id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.person_id"), nullable=False),
        sa.Column("household_id", sa.String(36), sa.ForeignKey("household.household_id"), nullable=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("programme", sa.String(20), nullable=False),
        sa.Column("form", sa.String(10), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("household_size", sa.Integer(), nullable=True),
        sa.Column("covered_count", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.Integer(), nullable=True),
        sa.Column("payee", sa.String(100), nullable=True),
        sa.Column("account_sealed", sa.String(), nullable=True),
        sa.Column("account_blind", sa.String(64), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("superseded_at", Instant(), nullable=True),
        sa.Column("source_import", sa.String(36), nullable=True),
        sa.Column("source_line", sa.Integer(), nullable=True),
    )
    op.create_index("ix_coverage_account_blind", "coverage", ["account_blind"], unique=False)
    op.create_index("ix_coverage_area", "coverage", ["area"], unique=False)
    op.create_index("ix_coverage_household_id", "coverage", ["household_id"], unique=False)
    op.create_index(
        "ix_coverage_one_current",
        "coverage",
        ["coverage_id"],
        unique=True,
        sqlite_where=_BELIEVED,
        postgresql_where=_BELIEVED,
    )
    op.create_index("ix_coverage_person_id", "coverage", ["person_id"], unique=False)


def _imports() -> None:
    op.create_table(
        "import",
        sa.Column("import_id", sa.String(36), primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("phase", sa.String(12), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("counts", Json(), nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("skipped", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("touched_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
    )
    op.create_index("ix_import_area", "import", ["area"], unique=False)
    op.create_index("ix_import_digest", "import", ["digest"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.String(36), sa.ForeignKey("import.import_id"), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("household", sa.String(64), nullable=True),
        sa.Column("person_id", sa.String(36), nullable=True),
        sa.Column("issues", Json(), nullable=False),
    )


def _ledger() -> None:
    op.create_table(
        "ledger_case",
        sa.Column("case_id", sa.String(36), primary_key=True),
        sa.Column("subject_key", sa.String(120), nullable=False),
        sa.Column("household_key", sa.String(100), nullable=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tier", sa.String(20), nullable=True),
        sa.Column("flag", sa.String(20), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("responsible_unit", sa.String(100), nullable=True),
        sa.Column("responsible_person", sa.String(50), nullable=True),
        sa.Column("measure", sa.String(500), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_reason", sa.String(50), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_ledger_case_area", "ledger_case", ["area"], unique=False)
    op.create_index("ix_ledger_case_due_on", "ledger_case", ["due_on"], unique=False)
    op.create_index("ix_ledger_case_state", "ledger_case", ["state"], unique=False)
    op.create_index("ix_ledger_case_subject_key", "ledger_case", ["subject_key"], unique=False)
    op.create_table(
        "ledger_item",
        sa.Column("item_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("ledger_case.case_id"), nullable=False),
        sa.Column("lead_id", sa.String(64), nullable=False),
        sa.Column("lead_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=True),
        sa.Column("subject_id", sa.String(36), nullable=True),
        sa.Column("tier", sa.String(20), nullable=True),
        sa.Column("screens", Json(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("snapshot_sealed", sa.String(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.UniqueConstraint("lead_id"),
    )
    op.create_index("ix_ledger_item_case_id", "ledger_item", ["case_id"], unique=False)
    op.create_index("ix_ledger_item_person_id", "ledger_item", ["person_id"], unique=False)
    op.create_index("ix_ledger_item_subject_id", "ledger_item", ["subject_id"], unique=False)
    op.create_table(
        "ledger_event",
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), sa.ForeignKey("ledger_case.case_id"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("action", sa.String(30), nullable=False),
        sa.Column("state_before", sa.String(20), nullable=True),
        sa.Column("state_after", sa.String(20), nullable=False),
        sa.Column("lead_id", sa.String(64), nullable=True),
    )
    op.create_index("ix_ledger_event_case_id", "ledger_event", ["case_id"], unique=False)
