"""What a hold is about, looked up within the caller's area."""

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.holds import Thing
from kit.problems import NotFound
from kit.scope import covers, is_area, within


def thing(session: Session, caller: Caller, kind: str, target: str, columns: list[tuple[object, object]]) -> Thing:
    """The thing of that kind, by the first of `columns` (its id, its area) that knows it. Raises NotFound."""
    if kind == "area":
        if not is_area(target) or not covers(caller.area, target):
            raise NotFound
        return Thing(kind, target, target)
    for own, area in columns:
        query = select(area).where(col(own) == target, within(caller, col(area)))  # type: ignore[call-overload]  # any column
        found = session.exec(query.limit(1)).first()
        if found is not None:
            return Thing(kind, target, str(found))
    raise NotFound
