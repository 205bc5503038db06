"""`doudi dedupe FILE --out PAIRS`: which rows of one file are one person, by a general model."""

from pathlib import Path

from doudi.frame_files import check_ending, read_frame, write_frame
from doudi.identity_files import LinkRefused
from doudi.link_general import REFUSALS, general_model, write_found
from matcher.linkage.general.chain import Linked, dedupe
from matcher.linkage.general.model import SHIPPED


def dedupe_files(
    file: Path, out: Path, model: Path, clusters: Path | None = None, report: Path | None = None
) -> Linked:
    """Pairs to `out`, as `link` writes them (`assigned` marks all pairs of one person, each once), and id with
    cluster, one line a row, to `clusters`. Raises LinkRefused."""
    for path in (out, clusters):
        if path is not None:
            check_ending(path)
    try:
        used = general_model(model)
        if used is None:
            raise LinkRefused(f"model {model.name}: no general model; shipped by name: {', '.join(SHIPPED)}")
        found = dedupe(read_frame(file, "file"), used)
    except REFUSALS as error:
        raise LinkRefused(str(error)) from error
    write_found(found, out, report)
    if clusters is not None and found.clusters is not None:
        write_frame(found.clusters, clusters)
    return found
