"""What must hold in the matcher's tables and files at any moment: asked of a running matcher, and of a restored one."""

from collections.abc import Iterator

from sqlalchemy import and_, not_
from sqlmodel import Session, col, select

from kit.crypto import KeyProblem
from kit.soundness import Check, found
from matcher.batches.states import LIVE
from matcher.batches.tables import Batch
from matcher.leads.tables import Lead
from matcher.people.tables import STANDING, Standing
from matcher.sealed import FileMissing, Vault

READ = frozenset({*LIVE, "validated", "needs_confirmation"})  # states in which a delivery's rows have been read


def checks(session: Session, vault: Vault) -> list[Check]:
    """Every check of the matcher's tables and files but of what is sealed in tables (kit/soundness.cells_open)."""
    return [
        _files_open(vault),
        _deliveries_are_there(session, vault),
        _snapshot_is_there(session, vault),
        _rows_are_accounted_for(session),
        _households_share_a_case(session),
        _silence_has_its_reason(session),
    ]


def _files_open(vault: Vault) -> Check:
    """Every sealed file opens under its name. One a running service dropped meanwhile is not missing."""
    looked_at, wrong = 0, []
    for name, _ in vault.every():
        looked_at += 1
        try:
            vault.get(name)
        except FileMissing:
            continue
        except KeyProblem:
            wrong.append(name)
    return found("数据文件可解 · sealed files open", looked_at, wrong)


def _deliveries_are_there(session: Session, vault: Vault) -> Check:
    """Of each delivery that was read, its records, rows and facts, and, until it is deleted by time, the file."""
    gone = and_(
        col(Batch.state) == "validated", col(Batch.file_deleted_at).is_not(None)
    )  # never counted, deleted whole
    rows = session.exec(select(Batch).where(col(Batch.state).in_(READ), not_(gone))).all()
    wrong = [f"{row.id}/{name}" for row in rows for name in _lacking(vault, row)]
    return found("批次文件齐全 · what deliveries carried is there", len(rows), wrong)


def _lacking(vault: Vault, batch: Batch) -> Iterator[str]:
    have = {name.rpartition("/")[2] for name in vault.names(f"batches/{batch.id}")}
    yield from sorted({"rows", "facts", *(f"records-{number:05d}" for number in range(batch.chunks))} - have)
    if batch.file_deleted_at is None and not have & {"delivery", "delivery-parts"}:
        yield "delivery"


def _snapshot_is_there(session: Session, vault: Vault) -> Check:
    """The registry's people and facts, as the standing row names their files."""
    standing = session.get(Standing, STANDING)
    facts = (standing.fact_files or {}) if standing is not None else {}
    named = [*((standing.files or ()) if standing is not None else ()), *(one["file"] for one in facts.values())]
    have = {*vault.names("people"), *vault.names("facts")}
    return found(
        "登记库快照齐全 · the copy of the registry is there", len(named), (one for one in named if one not in have)
    )


def _rows_are_accounted_for(session: Session) -> Check:
    rows = session.exec(select(Batch).where(col(Batch.state).in_(LIVE))).all()
    wrong = [row.id for row in rows if row.outcomes is None or sum(row.outcomes.values()) != row.rows_total]
    return found("批次：每行都有去向 · rows in = sum of outcomes", len(rows), wrong)


def _households_share_a_case(session: Session) -> Check:
    """The open leads of a household are items of one case."""
    homes: dict[str, set[str]] = {}
    listed = select(Lead.household_key, Lead.case_id).where(Lead.state == "open", col(Lead.case_id).is_not(None))
    for household, case in session.exec(listed):
        if household is not None:
            homes.setdefault(household, set()).add(str(case))
    apart = (
        ", ".join(sorted(cases)) for cases in homes.values() if len(cases) > 1
    )  # a household's number is a person's
    return found("一户一事项 · a household's leads share one case", len(homes), apart)


def _silence_has_its_reason(session: Session) -> Check:
    rows = session.exec(select(Lead.id, Lead.suppressed_for).where(Lead.state == "suppressed")).all()
    return found("消音有因 · what an answer silences says by which", len(rows), (one for one, why in rows if not why))
