"""Answers in the database: the ledger's last word on each lead, and what people decided."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import orjson
import polars as pl
from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from kit.columns import new_id, now
from kit.crypto import KeyRing
from matcher.settlements import history
from matcher.settlements.rule import CONFIRM, REJECT, Ruling
from matcher.settlements.tables import Decision, Label, Settlement, Shield, ToldDeath

STATED = "settlement.stated"
DIED_ON = "told_death.died_on"
ANSWERED = ("in-progress", "settled")  # approved where approval is needed: what was answered holds
ENTERED = "registry"  # code of a decision that is the registry's own word and no outcome's
CHUNK = 5000
DECIDED: dict[str, pl.DataType | type[pl.DataType]] = {
    "record_print": pl.String,
    "person_id": pl.String,
    "verdict": pl.String,
}

SAID: dict[str, pl.DataType | type[pl.DataType]] = {
    **DECIDED,
    "verdict_code": pl.String,
    "verdict_at": pl.Datetime("us", "UTC"),
    "batch_id": pl.String,
    "line": pl.Int32,
}


def of_leads(session: Session, lead_ids: Collection[str]) -> dict[str, Settlement]:
    """What the ledger last said of these leads."""
    found: dict[str, Settlement] = {}
    for part in _parts(lead_ids):
        found |= {row.lead_id: row for row in session.exec(select(Settlement).where(col(Settlement.lead_id).in_(part)))}
    return found


def answered(session: Session) -> list[Settlement]:
    """Every settlement whose answer holds, settled or in process."""
    holds = (col(Settlement.standing).in_(ANSWERED), col(Settlement.outcome_id).is_not(None))
    return list(session.exec(select(Settlement).where(*holds).order_by(Settlement.lead_id)))


def seal(ring: KeyRing, stated: dict[str, Any]) -> str | None:
    """What an answer completed of an identity; None when it completed nothing."""
    if not any(stated.values()):
        return None
    return ring.encrypt(orjson.dumps(stated).decode(), STATED)


def stated(ring: KeyRing, settlement: Settlement) -> dict[str, Any]:
    """died_on, name, id_number as the answer completed them."""
    return dict(orjson.loads(ring.decrypt(settlement.stated, STATED))) if settlement.stated is not None else {}


def decisions(session: Session) -> pl.DataFrame:
    """All decisions (DECIDED)."""
    query = select(Decision.record_print, Decision.person_id, Decision.verdict).order_by(Decision.id)
    found = session.execute(query).all()
    return pl.DataFrame([tuple(row) for row in found], schema=DECIDED, orient="row")


def said(session: Session) -> pl.DataFrame:
    """All decisions with their source and day (SAID), the latest first."""
    query = select(
        Decision.record_print,
        Decision.person_id,
        Decision.verdict,
        Decision.code,
        Decision.made_at,
        Decision.batch_id,
        Decision.line,
    ).order_by(col(Decision.made_at).desc(), Decision.id)  # type: ignore[call-overload]  # more columns than SQLModel types
    found = session.execute(query).all()
    return pl.DataFrame([tuple(row) for row in found], schema=SAID, orient="row")


def refused(session: Session) -> list[Decision]:
    """Every pair somebody told apart."""
    return list(session.exec(select(Decision).where(col(Decision.verdict) == REJECT).order_by(Decision.id)))


def shielded(session: Session) -> list[str]:
    """Everybody who was seen alive."""
    return list(session.exec(select(Shield.person_id).order_by(Shield.person_id)))


def told_deaths(session: Session, ring: KeyRing) -> list[tuple[str, date | None]]:
    """Subject and day of everybody found to have died, at the door."""
    rows = session.exec(select(ToldDeath).order_by(ToldDeath.subject_id))
    return [
        (row.subject_id, date.fromisoformat(ring.decrypt(row.died_on, DIED_ON)) if row.died_on is not None else None)
        for row in rows
    ]


def keep(session: Session, ring: KeyRing, rulings: Sequence[Ruling]) -> bool:
    """Write down what answers decide, in order. True when a pair stands otherwise than before."""
    alive = [ruling.answer.lead_id for ruling in rulings if ruling.alive]
    for part in _parts(alive):
        session.execute(delete(ToldDeath).where(col(ToldDeath.lead_id).in_(part)))
    changed = False
    for ruling in rulings:
        changed |= history.decide(session, ruling.decisions)
        _keep_lives(session, ring, ruling)
        teach(session, ruling.source, ruling.labels)
    session.flush()
    return changed


def _keep_lives(session: Session, ring: KeyRing, ruling: Ruling) -> None:
    """Who was seen alive, and who was found to have died."""
    answer = ruling.answer
    if ruling.unshielded:
        session.execute(delete(Shield).where(col(Shield.person_id).in_(ruling.unshielded)))
    seen = [shield["person_id"] for shield in ruling.shields]
    if seen:
        session.execute(delete(ToldDeath).where(col(ToldDeath.subject_id).in_(seen)))
    for shield in ruling.shields:
        session.merge(Shield(**shield, made_at=now()))
    day = ring.encrypt(answer.died_on, DIED_ON) if answer.died_on is not None else None
    for subject in ruling.died:
        told = {"lead_id": answer.lead_id, "source": answer.outcome_id, "area": answer.area}
        session.merge(ToldDeath(subject_id=subject, died_on=day, made_at=now(), **told))


def teach(session: Session, source: str, labels: Sequence[dict[str, Any]]) -> None:
    """Write down what `source` teaches (a Label's columns); its first word on a row and a person is kept."""
    if not labels:
        return
    of_it = col(Label.source) == source
    known = session.execute(select(Label.batch_id, Label.line, Label.person_id).where(of_it)).all()
    taught = {tuple(row) for row in known}
    rows = [label for label in labels if (label["batch_id"], label["line"], label["person_id"]) not in taught]
    if rows:
        session.execute(insert(Label), [{**row, "id": new_id(), "made_at": now()} for row in rows])


def unteach(session: Session, source: str) -> None:
    """What `source` taught holds no more."""
    session.execute(delete(Label).where(col(Label.source) == source))


def keep_entered(session: Session, entered: pl.DataFrame, area: str) -> None:
    """What the registry itself said of rows (record_print, person_id, batch_id, line): the same row in next month's
    delivery is the same person's, though nothing in it may tell so. A human's word on the pair stands."""
    for row in entered.iter_rows(named=True):
        known = session.exec(select(Decision.id).where(col(Decision.record_print) == row["record_print"])).first()
        if known is None:
            columns = ("record_print", "person_id", "batch_id", "line")
            told: dict[str, Any] = {name: row[name] for name in columns}
            told |= {"verdict": CONFIRM, "code": ENTERED, "source": ENTERED, "lead_id": "", "area": area}
            history.decide(session, [told])


def put(session: Session, rows: Sequence[Settlement]) -> None:
    """Replace what was known of these leads."""
    for part in _parts([row.lead_id for row in rows]):
        session.execute(delete(Settlement).where(col(Settlement.lead_id).in_(part)))
    if rows:
        session.execute(insert(Settlement), [row.model_dump() for row in rows])


def _parts(ids: Collection[str]) -> Iterator[Sequence[str]]:
    every = sorted(ids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
