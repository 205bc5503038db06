"""What lists of cases are narrowed by stands in columns, and those in the index a township's list is read along."""

import operator
from functools import reduce

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

STANDINGS = ("pending", "revisit", "awaiting-approval", "in-progress", "settled")
INDEX = "ix_ledger_case_town_list"
NARROW = ["town", "case_id", "state", "due_on", "flag"]


def upgrade() -> None:
    """From what every case, its items and the other cases of its household are today."""
    op.add_column("ledger_case", sa.Column("waits_until", sa.Date()))
    op.add_column("ledger_case", sa.Column("standings", sa.String(60), nullable=False, server_default=""))
    op.add_column("ledger_case", sa.Column("relapsed", sa.Boolean(), nullable=False, server_default=sa.false()))
    items = sa.table("ledger_item", sa.column("case_id"), sa.column("standing"))
    cases = sa.table(
        "ledger_case", *(sa.column(name) for name in ("case_id", "state", "standings")),
        *(sa.column(name, sa.Date()) for name in ("waits_until", "accept_due_on", "suspended_until", "due_on")),
    )  # fmt: skip
    waits = sa.case(
        (cases.c.state == "awaiting-acceptance", cases.c.accept_due_on),
        (cases.c.state == "suspended", cases.c.suspended_until),
        (cases.c.state != "closed", cases.c.due_on),
    )
    told = [
        sa.case((sa.exists().where(items.c.case_id == cases.c.case_id, items.c.standing == one), f"{one},"), else_="")
        for one in STANDINGS
    ]
    op.execute(sa.update(cases).values(waits_until=waits, standings=reduce(operator.add, told)))
    op.execute(
        "UPDATE ledger_case SET relapsed = true WHERE reopened > 0 OR EXISTS (SELECT 1 FROM ledger_case AS earlier"
        " WHERE earlier.subject_key = ledger_case.subject_key AND earlier.area = ledger_case.area"
        " AND earlier.case_id < ledger_case.case_id AND earlier.state = 'closed'"
        " AND earlier.closed_reason <> '线索撤回')"
    )
    op.drop_index(INDEX, "ledger_case")
    op.create_index(INDEX, "ledger_case", [*NARROW, "relapsed", "waits_until"])


def downgrade() -> None:
    """The narrower index, and the columns forgotten."""
    op.drop_index(INDEX, "ledger_case")
    op.create_index(INDEX, "ledger_case", NARROW)
    for name in ("relapsed", "standings", "waits_until"):
        op.drop_column("ledger_case", name)
