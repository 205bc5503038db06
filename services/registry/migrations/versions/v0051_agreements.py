"""Agreements with other agencies, which nobody alters; protected people; cases assigned to third parties."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the triggers that keep them as they were written."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "agreement_version",
        sa.Column("version_id", sa.String(36), primary_key=True),
        sa.Column("agreement_id", sa.String(36), nullable=False, index=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False, index=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("legal_basis", sa.String(300), nullable=False),
        sa.Column("catalogue_number", sa.String(100), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("area", sa.String(12), nullable=False, index=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("agreement_id", "number"),
    )
    op.create_table(
        "agreement_step",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column(
            "version_id", sa.String(36), sa.ForeignKey("agreement_version.version_id"), nullable=False, index=True
        ),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("reason", sa.String(300)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("version_id", "action"),
    )
    op.create_table(
        "protection",
        sa.Column("protection_id", sa.String(36), primary_key=True),
        sa.Column("who", sa.String(36), nullable=False, index=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(24)),
        sa.Column("area", sa.String(12), nullable=False, index=True),
        sa.Column("word_sealed", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(64), nullable=False),
        sa.Column("set_at", moment, nullable=False),
    )
    op.add_column("ledger_case", sa.Column("assigned_agency", sa.String(64)))
    op.add_column("ledger_case", sa.Column("assigned_from", sa.Date()))
    op.add_column("ledger_case", sa.Column("assigned_until", sa.Date()))
    op.create_index("ix_ledger_case_assigned_agency", "ledger_case", ["assigned_agency"])
    _keep_as_written()


def _keep_as_written() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'written once: %', TG_TABLE_NAME; END $$"
        )
    for table in ("agreement_version", "agreement_step"):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION written_once()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION written_once()"
            )
            continue
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'written once: {table}'); END"
            )


def downgrade() -> None:
    """Forget agreements, protections and assignments."""
    op.drop_index("ix_ledger_case_assigned_agency", "ledger_case")
    for column in ("assigned_until", "assigned_from", "assigned_agency"):
        op.drop_column("ledger_case", column)
    op.drop_table("agreement_step")
    op.drop_table("protection")
    op.drop_table("agreement_version")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION written_once()")
