"""`doudi link --model western`: files with other columns, by a model file that names them.

Two files are linked; a file given twice is held against itself.
"""

import json
import sys
from pathlib import Path
from typing import Final

from doudi.frame_files import check_ending, read_frame, write_frame
from matcher.linkage.general.chain import Linked, dedupe, link
from matcher.linkage.general.headers import HeadersRefused
from matcher.linkage.general.model import SHIPPED, GeneralModel, GeneralModelInvalid, is_general
from matcher.linkage.general.train import TrainingFailed

REFUSALS: Final = (GeneralModelInvalid, HeadersRefused, TrainingFailed)  # each text says what to change
LINKS: Final = ("feed_id", "person_id", "probability", "grade", "assigned")


def general_model(path: Path | None) -> GeneralModel | None:
    """The general model of this path, or shipped under this name; null where the file is another kind of model. Raises
    GeneralModelInvalid for one that cannot be read or does not fit together."""
    if path is None:
        return None
    if str(path) in SHIPPED and not path.exists():
        return GeneralModel.shipped(str(path))
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        told = f"model {path}: cannot be read ({error.strerror}); shipped by name: {', '.join(SHIPPED)}"
        raise GeneralModelInvalid(told) from error
    except UnicodeDecodeError:
        raise GeneralModelInvalid(f"model {path.name}: not a text file; a model is JSON") from None
    return GeneralModel.parse(text) if is_general(text) else None


def link_general(people: Path, feed: Path, out: Path, model: GeneralModel, report: Path | None = None) -> Linked:
    """Link the records of `feed` to `people` and write LINKS to `out`; a file given twice is held against itself.

    `report`, if given, receives what was done, and under `trained_model` a model file with the weights used.
    Raises REFUSALS.
    """
    check_ending(out)
    persons, records = read_frame(people, "people"), read_frame(feed, "feed")
    if people.resolve() == feed.resolve() or persons.equals(records):
        print(f"{feed.name} is held against itself: each pair of rows once, none with itself", file=sys.stderr)
        found = dedupe(records, model)
    else:
        found = link(persons, records, model)
    write_found(found, out, report)
    return found


def write_found(found: Linked, out: Path, report: Path | None) -> None:
    """LINKS and the report; what a user must know goes to standard error."""
    for side, names in found.report["passed_over"].items():
        if names:
            print(f"{side}: passed over {', '.join(names)}", file=sys.stderr)
    for warning in found.report["warnings"]:
        print(f"warning: {warning}", file=sys.stderr)
    write_frame(found.links.rename({"record_id": "feed_id"}).select(LINKS), out)
    if report is not None:
        trained = json.loads(found.model.text())
        content = {**found.report, "keys": found.yields.to_dicts(), "trained_model": trained}
        report.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
