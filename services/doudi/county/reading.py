"""A written county read back, cell by cell as it stands: what the month after is made of."""

import csv
import io
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from python_calamine import CalamineWorkbook

from doudi.county.exports import Export

FILES = ("registry.xlsx", "disability.xlsx", "health.csv", "deaths.csv", "rural.xlsx")
NUMERIC = {
    "registry.xlsx": ("月保障金",),
    "rural.xlsx": ("人均纯收入",),
}  # cells the agencies' programs write as numbers
TITLED = {"registry.xlsx", "rural.xlsx"}
TOTALLED = {"registry.xlsx"}
MADE_OF = "county.json"


@dataclass(frozen=True)
class MadeOf:
    """What a county was made of, so that its people can be invented again."""

    people: int
    level: str
    seed: int
    as_of: date

    def write(self, folder: Path) -> None:
        """Write county.json."""
        content = {**asdict(self), "as_of": self.as_of.isoformat()}
        (folder / MADE_OF).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "MadeOf":
        """Read county.json. Raises ValueError where there is none: nobody knows that county's people."""
        try:
            content = json.loads((folder / MADE_OF).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(f"{folder.name} has no {MADE_OF}: only a county made here has a next month") from None
        return cls(**{**content, "as_of": date.fromisoformat(content["as_of"])})


def read_exports(folder: Path) -> dict[str, Export]:
    """The exports of a county with whose row each is; every cell word for word.

    Raises FileNotFoundError for a missing file, ValueError where a row has no truth.
    """
    owners = pl.read_csv(folder / "truth_rows.csv", infer_schema=False).cast({"line": pl.Int64, "person": pl.Int64})
    return {name: _read_export(folder, name, owners.filter(pl.col("file") == name)) for name in FILES}


def _read_export(folder: Path, name: str, owners: pl.DataFrame) -> Export:
    title, header, rows, total = _cells(folder, name)
    above = 1 if title is None else 2
    lines = pl.DataFrame({"line": np.arange(len(rows)) + above + 1})
    person = lines.join(owners, on="line", how="left", maintain_order="left")["person"]
    if person.null_count():
        raise ValueError(f"{person.null_count()} rows of {name} are not in truth_rows.csv")
    kinds = {column: pl.Float64 if column in NUMERIC.get(name, ()) else pl.String for column in header}
    return Export(name, pl.DataFrame(rows, kinds, orient="row"), person.to_numpy() - 1, above, title, total)


def _cells(folder: Path, name: str) -> tuple[str | None, list[str], list[list[object]], str | None]:
    """Title, header, rows and the total line of one file."""
    if name.endswith(".csv"):
        text = (folder / name).read_bytes().decode("gb18030")
        header, *found = csv.reader(io.StringIO(text, newline=""))
        return None, header, [list(row) for row in found], None
    sheet = CalamineWorkbook.from_path(folder / name).get_sheet_by_index(0)
    grid: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    title = str(grid.pop(0)[0]) if name in TITLED else None
    header = [str(cell) for cell in grid.pop(0)]
    total = str(grid.pop()[0]) if name in TOTALLED else None
    return title, header, grid, total
