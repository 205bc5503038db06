"""Every check of an installation: both services' tables and files, their journals, and what each says of the other.

Asked of a running installation (`doudi check`), of a backup restored to a scratch place, and of one restored for good.
"""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from doudi.backup.databases import is_intact
from doudi.backup.installation import Installation
from kit.database import reading
from kit.office import Office
from kit.paging import decode_cursor
from kit.problems import CursorInvalid
from kit.proof import TOLD
from kit.soundness import Check, cells_open, found
from matcher.flows.soundness import checks as of_matcher
from matcher.leads.tables import Lead
from matcher.people.tables import STANDING, Standing
from matcher.sealed import Vault
from registry.changes.store import position
from registry.ledger.tables import CaseItem
from registry.oversight.soundness import checks as of_registry


def check(installation: Installation) -> list[Check]:
    """All of them; nothing is altered. What does not hold is looked at once more: services that run may have moved
    between two looks, and what is broken stays so."""
    made = _look(installation)
    return made if all(one.holds for one in made) else _look(installation)


def _look(installation: Installation) -> list[Check]:
    made = []
    for name, settings in installation.services().items():
        faults = is_intact(settings.database_url)
        made.append(found(f"{name}: 数据库页完好 · the database's own pages", 1, faults))
    with installation.offices() as (registry, matcher):
        for office in (registry, matcher):
            with reading(office.database) as session:
                made += [_named(office, one) for one in _of_service(office, session, installation)]
        made += _between(registry, matcher)
    return made


def _of_service(office: Office, session: Session, installation: Installation) -> Iterator[Check]:
    yield _journal(office, session)
    yield cells_open(session, office.ring, office.job.cells)
    if office.chain.name == "registry":
        yield from of_registry(session, office.ring)
    else:
        yield from of_matcher(session, Vault(installation.matcher.data_dir, office.ring))


def _named(office: Office, one: Check) -> Check:
    return Check(f"{office.chain.name}: {one.name}", one.looked_at, one.wrong)


def _journal(office: Office, session: Session) -> Check:
    """Every entry, by both chains and against every signed checkpoint."""
    verdict = office.notary().verify(session)
    wrong = [] if verdict.reason is None else [f"{verdict.broken_at}: {TOLD[verdict.reason]}"]
    return found(f"审计日志链完好（{verdict.checkpoints} 个检查点）· the journal is whole", verdict.entries, wrong)


def _between(registry: Office, matcher: Office) -> list[Check]:
    """What one service has heard, the other has said. The matcher is looked at first, as a backup is taken: what it
    says meanwhile the registry may know already."""
    with reading(matcher.database) as session:
        leads: dict[str, str | None] = dict(session.exec(select(Lead.id, Lead.case_id)).all())
        standing = session.get(Standing, STANDING)
        cursor = standing.cursor if standing is not None else None
    with reading(registry.database) as session:
        mine = select(CaseItem.lead_id, CaseItem.case_id).where(col(CaseItem.lead_id).is_not(None))
        items = dict(session.exec(mine).all())
        end = position(session)
    with reading(matcher.database) as session:
        later = set(session.exec(select(Lead.id)))
    lost = (lead for lead, case in leads.items() if case is not None and lead not in items)
    strange = (str(lead) for lead in items if lead not in later)
    ahead = [] if cursor is None or _place(registry, cursor) <= end else [f"{_place(registry, cursor)} > {end}"]
    return [
        found("两库：清单上的线索在台账中有事项 · every published lead is an item of the ledger", len(leads), lost),
        found("两库：台账事项的线索都有来处 · every item's lead is known to the matcher", len(items), strange),
        found("两库：跟随位置不超前 · the matcher has heard no change the registry has not", end, ahead),
    ]


def _place(registry: Office, cursor: str) -> int:
    """The number a cursor of the changefeed stands at; one of another ring is ahead of everything."""
    try:
        return int(decode_cursor(registry.ring, cursor)["seq"])
    except CursorInvalid:
        return 1 << 62
