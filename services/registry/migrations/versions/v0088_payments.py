"""The payout ledger: payments, the accounts and numbers they name, and the lists they came in."""

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0086"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Five tables."""
    op.create_table(
        "payment_account",
        sa.Column("account_id", sa.String(36), primary_key=True),
        sa.Column("account_sealed", sa.String(), nullable=False),
        sa.Column("account_blind", sa.String(64), nullable=False),
    )
    op.create_index("ix_payment_account_account_blind", "payment_account", ["account_blind"])
    op.create_table(
        "payment_party",
        sa.Column("party_id", sa.String(36), primary_key=True),
        sa.Column("number_sealed", sa.String(), nullable=False),
        sa.Column("number_blind", sa.String(64), nullable=False),
    )
    op.create_index("ix_payment_party_number_blind", "payment_party", ["number_blind"])
    _imports()
    _payment()


def _imports() -> None:
    op.create_table(
        "payment_import",
        sa.Column("import_id", sa.String(36), primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("holder", sa.String(64)),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("fen", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
    )
    for name in ("state", "digest", "area"):
        op.create_index(f"ix_payment_import_{name}", "payment_import", [name])
    op.create_table(
        "payment_import_row",
        sa.Column("import_id", sa.String(36), sa.ForeignKey("payment_import.import_id"), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("amount_fen", sa.BigInteger()),
        sa.Column("issues", sa.Text(), nullable=False),
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("payment_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("programme", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.person_id")),
        sa.Column("household_id", sa.String(36), sa.ForeignKey("household.household_id")),
        sa.Column("household_number", sa.String(64)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("party_id", sa.String(36), sa.ForeignKey("payment_party.party_id")),
        sa.Column("payee", sa.String(100)),
        sa.Column("account_id", sa.String(36), sa.ForeignKey("payment_account.account_id")),
        sa.Column("bank", sa.String(100)),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date()),
        sa.Column("serial", sa.String(64)),
        sa.Column("bank_return", sa.String(8), nullable=False),
        sa.Column("return_reason", sa.String(100)),
        sa.Column("returned_on", sa.Date()),
        sa.Column("source_import", sa.String(36), nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT),
    )
    op.create_index("ix_payment_area_month", "payment", ["area", "month"])
    for name in ("person_id", "household_id", "account_id", "source_import"):
        op.create_index(f"ix_payment_{name}", "payment", [name])


def downgrade() -> None:
    """Without them: what was paid is known to the lists alone."""
    for name in ("payment", "payment_import_row", "payment_import", "payment_party", "payment_account"):
        op.drop_table(name)
