"""What the ledger answers, what people decided, what readers of the list are told, and a row for every screening."""

import sqlalchemy as sa
from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the new tables and widen the list."""
    _lead()
    _standing()
    _settlement()
    _decision()
    _shield()
    _told_death()
    _label()
    _lead_change()
    _screening()


def _lead() -> None:
    with op.batch_alter_table("lead") as table:
        table.add_column(sa.Column("suppressed_for", sa.String(8), nullable=True))
        table.add_column(sa.Column("suppressed_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("candidates", sa.Text(), nullable=True))
        table.add_column(sa.Column("basis", sa.Text(), nullable=True))
        table.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("offered_version", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("knows_outcome", sa.String(36), nullable=True))
        table.add_column(sa.Column("return_reason", sa.String(16), nullable=True))
        table.add_column(sa.Column("told_area", sa.String(12), nullable=True))
        table.add_column(sa.Column("told_version", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("told_case", sa.String(24), nullable=True))
    op.execute("UPDATE lead SET offered_version = version")  # whichever the registry may have heard of


def _standing() -> None:
    with op.batch_alter_table("standing") as table:
        table.add_column(sa.Column("change_seq", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("change_floor", sa.Integer(), nullable=False, server_default="0"))


def _settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("item_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("case_state", sa.String(24), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("lead_version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(8), nullable=True),
        sa.Column("outcome_id", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("suppress_until", sa.Date(), nullable=True),
        sa.Column("closed_reason", sa.String(50), nullable=True),
        sa.Column("person_id", sa.String(36), nullable=True),
        sa.Column("duplicate_of", sa.String(64), nullable=True),
        sa.Column("stated", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("decided", sa.String(36), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lead_id"),
    )
    _index("settlement", "area", "case_id", "person_id", "standing")


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.String(36), nullable=False),
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
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("record_print", "person_id"),
    )
    _index("decision", "area", "lead_id", "person_id")


def _shield() -> None:
    op.create_table(
        "shield",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(36), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    _index("shield", "area")


def _told_death() -> None:
    op.create_table(
        "told_death",
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("died_on", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(36), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id"),
    )
    _index("told_death", "area", "lead_id")


def _label() -> None:
    op.create_table(
        "label",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(36), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("feed", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_print", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("pattern", sa.BigInteger(), nullable=True),
        sa.Column("model_version", sa.String(80), nullable=True),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "batch_id", "line", "person_id"),
    )
    _index("label", "area", "batch_id", "code", "lead_id", "source", "verdict")


def _lead_change() -> None:
    op.create_table(
        "lead_change",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lead_id", sa.String(36), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("change", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    _index("lead_change", "area", "lead_id", "made_at")


def _screening() -> None:
    counts = ("created", "changed", "gone", "suppressed", "returned", "unchanged", "open")
    op.create_table(
        "screening",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("screening", "as_of")


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
