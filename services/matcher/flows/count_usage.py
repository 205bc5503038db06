"""What each agency's deliveries of a period came to: leads, links, what is still kept of them and what was deleted."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import within
from kit.usage import Period, SupplyOut
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.leads.tables import Lead

EMPTY = {"linked": 0, "unregistered": 0, "leads": 0}


def supplies(session: Session, caller: Caller, asked: Period) -> list[SupplyOut]:
    """By agency and feed, of the caller's area."""
    # One sent to be checked only was never used.
    span = (col(Batch.created_at) >= asked.begin, col(Batch.created_at) < asked.end, col(Batch.mode) == "commit")
    batches = list(session.exec(select(Batch).where(within(caller, col(Batch.area)), *span).order_by(col(Batch.id))))
    leads = _leads_by_batch(session, {batch.id for batch in batches})
    found: dict[tuple[str, str], SupplyOut] = {}
    people: dict[tuple[str, str], set[str]] = {}
    for batch in batches:
        key = (batch.agency, batch.feed)
        one = found.setdefault(key, _begun(session, batch))
        _add(one, batch)
        people.setdefault(key, set()).update(leads.get(batch.id, ()))
        one.effect["leads"] = len(people[key])
    return [found[key] for key in sorted(found)]


def _begun(session: Session, batch: Batch) -> SupplyOut:
    feed = feeds.load(session, batch.feed, batch.feed_version)
    return SupplyOut(
        agency=batch.agency, feed=batch.feed, title=feed.title, legal_basis=feed.legal_basis, purpose=feed.purpose,
        deliveries=0, rows=0, effect=dict(EMPTY), stored=0, deleted=0, files_deleted=0, last_deleted_at=None,
    )  # fmt: skip


def _add(one: SupplyOut, batch: Batch) -> None:
    linked = batch.linked or {}
    one.deliveries += 1
    one.rows += batch.rows_total or 0
    one.effect["unregistered"] += linked.get("unregistered", 0)
    one.effect["linked"] += sum(linked.get(grade, 0) for grade in ("certain", "probable"))
    never = batch.file_deleted_at is not None and not batch.linked
    came = 0 if batch.same_as else (batch.rows_total or 0)
    one.deleted += came if never else batch.rows_deleted
    one.stored += 0 if never else came - batch.rows_deleted
    one.files_deleted += batch.file_deleted_at is not None
    moments = (one.last_deleted_at, batch.rows_deleted_at, batch.file_deleted_at)
    one.last_deleted_at = max((at for at in moments if at is not None), default=None)


def _leads_by_batch(session: Session, wanted: Iterable[str]) -> dict[str, set[str]]:
    """The leads that rest on each of these batches, wherever they lie: what the caller's deliveries came to."""
    known = set(wanted)
    found: dict[str, set[str]] = {}
    for lead_id, sources in session.execute(select(Lead.id, Lead.sources)):
        for source in sources:
            batch_id = source.partition(":")[0]
            if batch_id in known:
                found.setdefault(batch_id, set()).add(lead_id)
    return found
