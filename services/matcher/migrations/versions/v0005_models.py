"""Where a model comes from and what it is expected to do; trainings and previews a worker does."""

import sqlalchemy as sa
from alembic import op

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The models there are were shipped."""
    with op.batch_alter_table("model") as table:
        table.add_column(sa.Column("origin", sa.String(12), nullable=False, server_default="shipped"))
        table.add_column(sa.Column("parent", sa.String(80), nullable=True))
        table.add_column(sa.Column("made_by", sa.String(64), nullable=True))
        table.add_column(sa.Column("card", sa.Text(), nullable=True))
    with op.batch_alter_table("model") as table:
        table.alter_column("origin", server_default=None)
    _model_job()


def downgrade() -> None:
    """Models stay, without their cards."""
    op.drop_table("model_job")
    with op.batch_alter_table("model") as table:
        for name in ("card", "made_by", "parent", "origin"):
            table.drop_column(name)


def _model_job() -> None:
    op.create_table(
        "model_job",
        sa.Column("leased_by", sa.String(64), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(40), nullable=True),
        sa.Column("reason", sa.String(300), nullable=True),
        sa.Column("made", sa.String(80), nullable=True),
        sa.Column("basis", sa.String(64), nullable=True),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("sample", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("area", "created_at", "state", "version"):
        op.create_index(f"ix_model_job_{column}", "model_job", [column])
