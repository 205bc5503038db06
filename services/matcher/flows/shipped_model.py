"""The model that is shipped, put into the database: all a migration needs of the linkage."""

from kit.database import Database, transaction
from matcher.linkage.model import Model
from matcher.models import store as models


def install_default(database: Database) -> str:
    """Install the shipped model; it is put in force only where none is. Gives its version."""
    model = Model.default()
    with transaction(database) as session:
        models.install(session, model.version, model.text)
    return model.version
