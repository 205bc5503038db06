"""What must hold in the registry's tables at any moment: asked of a running registry, and of one that was restored."""

from collections.abc import Iterator

from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.crypto import KeyRing
from kit.soundness import Check, found
from registry.changes import store as changes
from registry.changes.tables import Change, PastChange
from registry.imports.tables import Import
from registry.ledger import states
from registry.ledger.listing import standings_of
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.payments.tables import Payment, PaymentImport
from registry.snapshots import store as snapshots
from registry.snapshots.tables import Snapshot

BULK = 1000
WRITTEN = ("accepted", "updated")  # outcomes of a payout list's lines that are payments


def checks(session: Session, ring: KeyRing) -> list[Check]:
    """Every check of the registry's tables but of what is sealed in them (kit/soundness.cells_open)."""
    return [
        _ledger_adds_up(session),
        _items_stand_as_their_cases_say(session),
        _answers_are_there(session),
        _imports_account_for_every_line(session),
        _payments_add_up(session),
        _frozen_ledgers_hold(session, ring),
        _feed_tells_once(session),
    ]


def _ledger_adds_up(session: Session) -> Check:
    """Opened = closed + open: each case stands in one of the states there are, and is closed if and only if it says
    when."""
    known = tuple(states.LABELS)
    strange = select(Case.case_id).where(col(Case.state).not_in(known))
    half = select(Case.case_id).where((col(Case.state) == states.CLOSED) != col(Case.closed_at).is_not(None))
    opened = session.exec(select(func.count()).select_from(Case)).one()
    wrong = [*session.exec(strange), *session.exec(half)]
    return found("台账：立项＝办结＋在办 · opened = closed + open", opened, wrong)


def _items_stand_as_their_cases_say(session: Session) -> Check:
    looked_at, wrong = 0, []
    for cases in _in_parts(session):
        looked_at += len(cases)
        items: dict[str, list[CaseItem]] = {case.case_id: [] for case in cases}
        for item in session.exec(select(CaseItem).where(col(CaseItem.case_id).in_(items))):
            items[item.case_id].append(item)
        wrong += [case.case_id for case in cases if case.standings != standings_of(items[case.case_id])]
    return found("事项与其条目一致 · a case says how its items stand", looked_at, wrong)


def _in_parts(session: Session) -> Iterator[list[Case]]:
    last = ""
    while rows := list(session.exec(select(Case).where(col(Case.case_id) > last).order_by(Case.case_id).limit(BULK))):
        yield rows
        last = rows[-1].case_id


def _answers_are_there(session: Session) -> Check:
    """An item that bears a code has the outcome that stated it, of its own."""
    coded = (col(CaseItem.code).is_not(None), col(CaseItem.outcome_id).is_not(None))
    stated = select(CaseItem.item_id).join(Outcome, col(Outcome.outcome_id) == col(CaseItem.outcome_id))
    sound = set(session.exec(stated.where(*coded, col(Outcome.item_id) == col(CaseItem.item_id))))
    every = session.exec(select(CaseItem.item_id).where(*coded)).all()
    return found(
        "核查结果俱在 · every answer that counts is there", len(every), (one for one in every if one not in sound)
    )


def _imports_account_for_every_line(session: Session) -> Check:
    wrong, looked_at = [], 0
    for table in (Import, PaymentImport):
        for row in session.exec(select(table).where(col(table.state) == "done")):
            looked_at += 1
            if sum(row.counts.values()) != row.rows_total:
                wrong.append(row.import_id)
    return found("导入：每行都有去向 · rows in = sum of outcomes", looked_at, wrong)


def _payments_add_up(session: Session) -> Check:
    """What a payout list wrote is there to the fen, whatever was restated since: versions are never taken out."""
    sums = select(Payment.source_import, func.count(), func.sum(Payment.amount_fen)).group_by(Payment.source_import)
    kept = {name: (int(count), int(fen)) for name, count, fen in session.exec(sums)}
    lists = session.exec(select(PaymentImport).where(PaymentImport.state == "done", ~col(PaymentImport.dry_run))).all()
    wrong = [row.import_id for row in lists if kept.get(row.import_id, (0, 0)) != _written(row)]
    return found("发放清单：笔数、金额逐分相符 · payout lists add up to the fen", len(lists), wrong)


def _written(row: PaymentImport) -> tuple[int, int]:
    """How many payments a list wrote, and their sum in fen."""
    return sum(row.counts.get(one, 0) for one in WRITTEN), sum(row.fen.get(one) or 0 for one in WRITTEN)


def _frozen_ledgers_hold(session: Session, ring: KeyRing) -> Check:
    rows = session.exec(select(Snapshot)).all()
    return found(
        "冻结台账：摘要与计数重算相符 · frozen ledgers are what was frozen",
        len(rows),
        (row.number for row in rows if not snapshots.verify(session, ring, row).holds),
    )


def _feed_tells_once(session: Session) -> Check:
    """No number is in the feed and put away as well."""
    twice = session.exec(select(Change.seq).join(PastChange, col(PastChange.seq) == col(Change.seq))).all()
    return found("变更流无重号 · the feed tells a number once", changes.position(session), map(str, twice))
