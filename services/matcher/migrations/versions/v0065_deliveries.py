"""The whole life of a delivery: parts, what is expected, figures of guards, rollback, ended rows, alarms.

What became of the rows moves from a document to columns: the database can refuse an account that does not add up.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "m0065"
down_revision = "m0058"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
OUTCOMES = ("accepted", "accepted_with_warnings", "unchanged", "duplicate_in_batch", "superseded", "rejected")
ROWS = [f"rows_{outcome}" for outcome in OUTCOMES]
ACCOUNTED = (
    f"({' AND '.join(f'{name} IS NULL' for name in ROWS)}) OR "
    f"(rows_total IS NOT NULL AND {' AND '.join(f'{name} IS NOT NULL AND {name} >= 0' for name in ROWS)}"
    f" AND {' + '.join(ROWS)} = rows_total)"
)
CONSTRAINT = "every_row_has_an_outcome"
_batch = sa.table(
    "batch",
    *(sa.column(name) for name in ("id", "state", "outcomes", "rows_total", "sealed_at", "created_at", *ROWS)),
)


def upgrade() -> None:
    """Columns of a batch, and three tables beside it."""
    with op.batch_alter_table("batch") as batch:
        for column in _columns():
            batch.add_column(column)
    _count(op.get_bind())
    with op.batch_alter_table("batch") as batch:
        batch.drop_column("outcomes")
        batch.create_check_constraint(CONSTRAINT, ACCOUNTED)
    _tables()


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("atomicity", sa.String(8), nullable=False, server_default="row"),
        sa.Column("expected_rows", sa.Integer()),
        sa.Column("supersedes", sa.String(36)),
        sa.Column("expires_at", INSTANT),
        sa.Column("sealed_at", INSTANT),
        sa.Column("held_figures", sa.Text()),
        sa.Column("committed_by", sa.String(64)),
        sa.Column("confirmed_by", sa.String(64)),
        sa.Column("rolled_back_by", sa.String(64)),
        sa.Column("rolled_back_at", INSTANT),
        sa.Column("rollback_reason", sa.String(300)),
        sa.Column("read_seconds", sa.Float()),
        *(sa.Column(name, sa.Integer()) for name in ROWS),
    ]


def _tables() -> None:
    op.create_table(
        "batch_part",
        sa.Column("batch_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    op.create_table(
        "ended_row",
        sa.Column("batch_id", sa.String(36), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("ended_by", sa.String(36), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
    )
    op.create_index("ix_ended_row_ended_by", "ended_row", ["ended_by"])
    op.create_table(
        "feed_alert",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("feed", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("last_batch", sa.String(36), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("cleared_at", INSTANT),
        sa.Column("cleared_by", sa.String(36)),
    )
    op.create_index("ix_feed_alert_area", "feed_alert", ["area"])
    still = sa.text("cleared_at IS NULL")
    op.create_index(
        "ix_feed_alert_open", "feed_alert", ["feed", "agency", "area"],
        unique=True, sqlite_where=still, postgresql_where=still,
    )  # fmt: skip


def _count(connection: sa.Connection) -> None:
    """From the document into the columns; a row nobody accounted for would be found here."""
    rows = connection.execute(sa.select(_batch.c.id, _batch.c.outcomes).where(_batch.c.outcomes.is_not(None))).all()
    for batch_id, told in rows:
        counts = json.loads(told)
        values = {name: counts.get(outcome, 0) for outcome, name in zip(OUTCOMES, ROWS, strict=True)}
        mine = _batch.c.id == batch_id
        connection.execute(_batch.update().where(mine).values(rows_total=sum(values.values()), **values))
    connection.execute(_batch.update().values(sealed_at=_batch.c.created_at))


def _tell(connection: sa.Connection) -> None:
    """Back into the document, as it was written then: a repetition names its one outcome."""
    columns = [_batch.c[name] for name in ROWS]
    counted = connection.execute(sa.select(_batch.c.id, _batch.c.state, *columns).where(columns[0].is_not(None))).all()
    for batch_id, state, *counts in counted:
        told = dict(zip(OUTCOMES, counts, strict=True))
        kept = {"unchanged": told["unchanged"]} if state == "unchanged" else told
        text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
        connection.execute(_batch.update().where(_batch.c.id == batch_id).values(outcomes=text))


def downgrade() -> None:
    """Without them. What is open, expired or rolled back has no such state any more: it counts as cancelled."""
    for name in ("feed_alert", "ended_row", "batch_part"):
        op.drop_table(name)
    with op.batch_alter_table("batch") as batch:
        batch.add_column(sa.Column("outcomes", sa.Text()))
        batch.drop_constraint(CONSTRAINT, type_="check")
    gone = _batch.c.state.in_(("open", "expired", "rolled_back"))
    op.get_bind().execute(_batch.update().where(gone).values(state="cancelled"))
    _tell(op.get_bind())
    with op.batch_alter_table("batch") as batch:
        for column in _columns():
            batch.drop_column(column.name)
