"""What the registry derives of people: which files count, and when it was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "m0106"
down_revision = "m0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is kept yet: the next turn asks for all of it."""
    op.add_column("standing", sa.Column("fact_files", sa.Text()))
    op.add_column("standing", sa.Column("facts_on", sa.Date()))
    op.add_column("standing", sa.Column("facts_tried_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Forget it; the files are swept by whoever asks again."""
    for name in ("facts_tried_at", "facts_on", "fact_files"):
        op.drop_column("standing", name)
