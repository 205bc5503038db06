"""Which frozen model links: the one in force in the database, at first start the one that is shipped."""

import tempfile
from pathlib import Path

from kit.database import Database, reading, transaction
from matcher.linkage.model import Model
from matcher.models import store as models


def model_in_force(database: Database) -> Model:
    """The model to link with; the first time ever, the shipped one is installed."""
    with reading(database) as session:
        row = models.active(session)
    if row is not None:
        return Model.parse(row.document)
    install_default(database)
    return Model.default()


def install_default(database: Database) -> str:
    """Install the shipped model; it is put in force only where none is. Gives its version."""
    model = Model.default()
    with transaction(database) as session:
        models.install(session, model.version, document_of(model))
    return model.version


def document_of(model: Model) -> str:
    """The model as the JSON text `Model.parse` reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save(path)
        return path.read_text(encoding="utf-8")
