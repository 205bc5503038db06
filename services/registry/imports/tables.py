"""An import and its rows' report."""

from datetime import date

from sqlmodel import Field

from registry.intake.tables import FileImport, FileImportRow


class Import(FileImport, table=True):
    """One civil affairs export taken in."""

    __tablename__ = "import"

    phase: str = Field(max_length=12)  # reading | writing | done
    agency: str = Field(max_length=64)
    as_of: date


class ImportRow(FileImportRow, table=True):
    """What became of one line."""

    __tablename__ = "import_row"

    import_id: str = Field(primary_key=True, max_length=36, foreign_key="import.import_id")
    household: str | None = Field(default=None, max_length=64)
    person_id: str | None = Field(default=None, max_length=36)
