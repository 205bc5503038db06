"""Why a file was refused after its upload, in words."""

import sqlalchemy as sa
from alembic import op

revision = "m0078"
down_revision = "m0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Earlier refusals keep their code alone."""
    op.add_column("batch", sa.Column("refusal", sa.Text()))


def downgrade() -> None:
    """Back to the code."""
    op.drop_column("batch", "refusal")
