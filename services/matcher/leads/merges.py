"""Leads by the people they are about, and what becomes of them when two people turn out to be one."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from matcher.leads.tables import Lead

CHUNK = 5000  # of a list of ids in one query


def leads_of(session: Session, subjects: Collection[str] | None = None) -> list[Lead]:
    """The leads of these subjects, or all, by id."""
    query = select(Lead)
    if subjects is None:
        return list(session.exec(query.order_by(Lead.id)))
    ids, found = sorted(subjects), list[Lead]()
    for start in range(0, len(ids), CHUNK):
        found += session.exec(query.where(col(Lead.subject_id).in_(ids[start : start + CHUNK])))
    return sorted(found, key=lambda lead: lead.id)


def follow_merges(
    session: Session, wanted: set[str], survivors: Mapping[str, str], among: Collection[str] | None
) -> None:
    """The lead of a merged subject goes over to the survivor; where that has one that is withdrawn, the two change
    places, so that what the ledger and its people know of stays what they knew. Else it will be withdrawn. `among`:
    the subjects whose leads are looked at, None for all."""
    standing = {lead.subject_id: lead for lead in leads_of(session, among)}
    merged = [lead for subject, lead in standing.items() if survivors.get(subject) in wanted]
    for lead in sorted(merged, key=lambda each: (each.state == "withdrawn", each.id)):
        to = survivors[lead.subject_id]
        other = standing.get(to)
        if other is not None and (other.state != "withdrawn" or lead.state == "withdrawn"):
            continue
        if other is not None:
            # The column is unique: its own place is kept free by an id nobody bears meanwhile.
            former, lead.subject_id = lead.subject_id, lead.id
            session.flush()
            other.subject_id = former
            session.flush()
        lead.subject_id = to
        standing[to] = lead
        session.flush()
