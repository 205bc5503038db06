"""A delivery that counts is taken back: what counted before it counts again, and everybody is linked and screened anew.

Only the newest of a line can be: what came after rests on it. The batch stays with its report and says that it was
rolled back; the next push begins from what counts then.
"""

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.problems import Conflict
from matcher.batches import ends, store
from matcher.batches.states import LINKED, move_if_asked
from matcher.batches.tables import Batch
from matcher.people import store as people


def roll_back(session: Session, caller: Caller, batch: Batch, reason: str) -> list[str]:
    """Take `batch` back, which the caller may; the deliveries that count again. Raises Conflict.

    Within the one transaction nothing is ever without a snapshot: no screening can see the line empty.
    """
    before = store.replaced_by(session, batch)
    _check(session, batch, before)
    move_if_asked(batch, "rolled_back", *LINKED)
    at = now()
    batch.rolled_back_by, batch.rolled_back_at, batch.rollback_reason = caller.client_id, at, reason
    batch.superseded_at = at  # since then its rows count no more, and have their time
    for one in before:
        one.superseded_by, one.superseded_at = None, None
        session.add(one)
    ends.undo(session, batch.id)
    people.link_anew(session)
    session.add(batch)
    return [one.id for one in before]


def _check(session: Session, batch: Batch, before: list[Batch]) -> None:
    if batch.superseded_by is not None:
        raise Conflict(reason=f"已被 {batch.superseded_by} 取代，请回退后者 (superseded: roll that one back)")
    counting = store.counting_of_line(session, batch)
    later = [one for one in counting if one.id > batch.id]
    if later:
        raise Conflict(reason=f"其后的 {later[-1].id} 已生效，请先回退它 (a later one counts: roll it back first)")
    if (coming := store.on_its_way(session, batch)) is not None:
        raise Conflict(reason=f"{coming.id} 正在处理，请等待或先撤回 (another is on its way: wait, or cancel)")
    if batch.load == "snapshot" and not any(one.load == "snapshot" for one in before):
        raise Conflict(reason="没有可恢复的上一快照，请推送正确的文件 (no snapshot before it: push the right one)")
    ended = session.exec(select(Batch).where(col(Batch.id).in_(ends.touched_by(batch.id)))).all()
    if any(one.rows_deleted for one in (*before, *ended)):
        raise Conflict(
            reason="上一快照的数据行已到期删除，请推送正确的文件 (the one before had its time: push the right one)"
        )
