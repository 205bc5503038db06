"""The review bench: doubts as a queue, what reviewers answered, the history of decisions, how a label was selected."""

import sqlalchemy as sa
from alembic import op

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None

GIVEN = sa.text("verdict = 'confirm'")


def upgrade() -> None:
    """Make the bench. The queue itself is made by the next screening, which is due at once."""
    _doubt()
    _reading()
    _decision()
    _label()
    op.execute("UPDATE standing SET inputs = inputs + 1")


def downgrade() -> None:
    """Take the bench away; decisions stay as they stand, without their history."""
    with op.batch_alter_table("label") as table:
        table.drop_column("inclusion")
        table.drop_column("selection")
    op.drop_index("uq_decision_given", "decision")
    op.drop_table("decision_entry")
    op.drop_table("reading")
    op.drop_table("doubt")


def _doubt() -> None:
    op.create_table(
        "doubt",
        sa.Column("leased_by", sa.String(64), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("record_print", sa.String(32), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("feed", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("closed_reason", sa.String(24), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.String(16), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("sides", sa.Text(), nullable=False),
        sa.Column("selection", sa.String(40), nullable=False),
        sa.Column("inclusion", sa.Float(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("area", "record_print"),
    )
    _index("doubt", "leased_by", "record_print", "selection")
    op.create_index("ix_doubt_queue", "doubt", ["state", "value"], unique=False)


def _reading() -> None:
    op.create_table(
        "reading",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("doubt_id", sa.String(36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("reviewer", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=True),
        sa.Column("revokes", sa.String(36), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("record_print", sa.String(32), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("revokes"),
    )
    _index("reading", "area", "doubt_id", "reviewer")


def _decision() -> None:
    op.create_table(
        "decision_entry",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("record_print", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("source", sa.String(36), nullable=False),
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    _index("decision_entry", "area", "record_print", "source")
    columns = "record_print, person_id, verdict, code, source, lead_id, batch_id, line, area, made_at"
    op.execute(f"INSERT INTO decision_entry ({columns}) SELECT {columns} FROM decision ORDER BY made_at, id")  # noqa: S608 - the names of columns, written above
    op.create_index(
        "uq_decision_given", "decision", ["record_print"], unique=True, sqlite_where=GIVEN, postgresql_where=GIVEN
    )


def _label() -> None:
    with op.batch_alter_table("label") as table:
        table.add_column(sa.Column("selection", sa.String(40), nullable=False, server_default="visit"))
        table.add_column(sa.Column("inclusion", sa.Float(), nullable=True))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
