"""What the provincial platform refused and why, and the packages that went there and came from it."""

import sqlalchemy as sa
from alembic import op

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was refused so far, and no package was numbered."""
    op.add_column("ledger_item", sa.Column("entry_refused_on", sa.Date()))
    op.add_column("ledger_item", sa.Column("entry_refusal_sealed", sa.String()))
    op.create_table(
        "provincial_package",
        sa.Column("package_id", sa.String(36), primary_key=True),
        sa.Column("layout", sa.String(40), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("layout", "direction", "area", "sequence"),
    )
    op.create_index("ix_provincial_package_area", "provincial_package", ["area"])


def downgrade() -> None:
    """Refusals and numbers are forgotten; entries stay."""
    op.drop_table("provincial_package")
    op.drop_column("ledger_item", "entry_refusal_sealed")
    op.drop_column("ledger_item", "entry_refused_on")
