"""The matcher's tables as they began."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _batch()
    _finding()
    _idempotency()
    _journal()
    _lead()
    _link()
    _model()
    _place()
    _review()
    _standing()
    _subject()


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("leased_by", sa.String(64), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("feed", sa.String(64), nullable=False),
        sa.Column("feed_version", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("load", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("period", sa.String(32), nullable=True),
        sa.Column("extracted_at", sa.Date(), nullable=True),
        sa.Column("media_type", sa.String(100), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("held_for", sa.Text(), nullable=True),
        sa.Column("same_as", sa.String(36), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=True),
        sa.Column("reading", sa.Text(), nullable=True),
        sa.Column("linked", sa.Text(), nullable=True),
        sa.Column("model_version", sa.String(80), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_batch_agency", "batch", ["agency"], unique=False)
    op.create_index("ix_batch_area", "batch", ["area"], unique=False)
    op.create_index("ix_batch_created_at", "batch", ["created_at"], unique=False)
    op.create_index("ix_batch_feed", "batch", ["feed"], unique=False)
    op.create_index("ix_batch_state", "batch", ["state"], unique=False)
    op.create_index("ix_batch_superseded_by", "batch", ["superseded_by"], unique=False)


def _finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("screen", sa.String(64), nullable=False),
        sa.Column("screen_version", sa.String(16), nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_finding_lead_id", "finding", ["lead_id"], unique=False)
    op.create_index("ix_finding_screen", "finding", ["screen"], unique=False)
    op.create_index("ix_finding_until_version", "finding", ["until_version"], unique=False)


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(100), nullable=True),
        sa.Column("location", sa.String(500), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=True),
        sa.Column("purpose", sa.String(64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("chain", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_journal_action", "journal", ["action"], unique=False)
    op.create_index("ix_journal_actor", "journal", ["actor"], unique=False)
    op.create_index("ix_journal_subject", "journal", ["subject"], unique=False)


def _lead() -> None:
    op.create_table(
        "lead",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("household_key", sa.String(100), nullable=True),
        sa.Column("card", sa.String(32), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("residence", sa.String(12), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("grade", sa.String(16), nullable=False),
        sa.Column("screens", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("doubts", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=False),
        sa.Column("publish_attempts", sa.Integer(), nullable=False),
        sa.Column("publish_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publish_error", sa.String(80), nullable=True),
        sa.Column("case_id", sa.String(36), nullable=True),
        sa.Column("case_state", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject_id"),
    )
    op.create_index("ix_lead_area", "lead", ["area"], unique=False)
    op.create_index("ix_lead_card", "lead", ["card"], unique=False)
    op.create_index("ix_lead_state", "lead", ["state"], unique=False)


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("grade", sa.String(16), nullable=False),
        sa.Column("pattern", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("model_version", sa.String(80), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "line"),
    )
    op.create_index("ix_link_area", "link", ["area"], unique=False)
    op.create_index("ix_link_subject_id", "link", ["subject_id"], unique=False)


def _model() -> None:
    op.create_table(
        "model",
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version"),
    )


def _place() -> None:
    op.create_table(
        "place",
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("parent", sa.String(12), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successors", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )


def _review() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.String(36), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("pattern", sa.BigInteger(), nullable=True),
        sa.Column("model_version", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "line", "candidate_id"),
    )
    op.create_index("ix_review_area", "review", ["area"], unique=False)
    op.create_index("ix_review_candidate_id", "review", ["candidate_id"], unique=False)
    op.create_index("ix_review_state", "review", ["state"], unique=False)
    op.create_index("ix_review_subject_id", "review", ["subject_id"], unique=False)


def _standing() -> None:
    op.create_table(
        "standing",
        sa.Column("leased_by", sa.String(64), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("files", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identities", sa.Integer(), nullable=False),
        sa.Column("linked", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.Integer(), nullable=False),
        sa.Column("screened", sa.Integer(), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _subject() -> None:
    op.create_table(
        "subject",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("survivor_id", sa.String(36), nullable=True),
        sa.Column("survivor_registered", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(24), nullable=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_subject_area", "subject", ["area"], unique=False)
    op.create_index("ix_subject_survivor_id", "subject", ["survivor_id"], unique=False)
