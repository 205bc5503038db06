"""Which frozen model links: the one in force in the database, at first start the one that is shipped."""

from sqlmodel import Session

from kit.database import Database, reading
from matcher.batches import store as batches
from matcher.flows.desk import Hold
from matcher.flows.shipped_model import install_default
from matcher.linkage.model import Model
from matcher.models import store as models
from matcher.people import store as people


def model_in_force(database: Database) -> Model:
    """The model to link with; the first time ever, the shipped one is installed."""
    with reading(database) as session:
        row = models.active(session)
    if row is not None:
        return Model.parse(row.document)
    install_default(database)
    return Model.default()


def every_model(session: Session) -> dict[str, Model]:
    """All versions that were ever installed."""
    return {row.version: Model.parse(row.document) for row in models.every(session)}


def follow_model(hold: Hold) -> bool:
    """Ask for everything to be linked anew where a delivery that counts was linked by another model than the one in
    force. True when it was due.

    Read off the deliveries themselves and not off a flag: a linking that began under the former model and ended after
    the change is found as well.
    """
    with reading(hold.desk.database) as session:
        row, standing = models.active(session), people.standing(session)
        counting = [batch for batch in batches.linked(session) if batch.superseded_by is None]
        due = standing.identities > standing.linked
        current = row is None or all(batch.model_version == row.version for batch in counting)
    if current or due:
        return False
    with hold.writing() as session:
        standing = people.standing(session)
        standing.identities += 1
        session.add(standing)
    return True
