"""`doudi link PEOPLE FEED --out LINKS`: the linkage alone, on files, without any service running.

With a model file it scores with that frozen version; without one it trains on the two files first (starting from the
shipped model) and scores in one go. People and feed may be Parquet, CSV or NDJSON with any of the identity columns, or
with the columns a general model file names.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from doudi.defects import Stop
from doudi.file_model import Scoring
from doudi.frame_files import check_ending, read_frame, write_frame
from matcher.frames import IDENTITY
from matcher.linkage.chain import Linked, link_encoded
from matcher.linkage.clean import clean
from matcher.linkage.encode import between
from matcher.linkage.index import PeopleIndex
from matcher.linkage.rows import Side, side_of
from matcher.linkage.train import TrainingFailed, train_on

if TYPE_CHECKING:
    from matcher.linkage.general.chain import Linked as GenerallyLinked

COLUMNS: Final = ("feed_id", "person_id", "probability", "grade", "assigned")
IN_CHINESE: Final = {
    "姓名": "name",
    "身份证号": "id_number",
    "身份证号码": "id_number",
    "证件号码": "id_number",
    "公民身份号码": "id_number",
    "性别": "sex",
    "出生日期": "birth_date",
    "民族": "ethnic",
    "区划代码": "division",
    "地址": "address",
    "户籍地址": "address",
    "联系电话": "phone",
    "户编号": "household",
    "户号": "household",
}
NEAR: Final = 0.8  # how alike a column name must be to count as a misspelling


class LinkRefused(Stop):
    """The files cannot be linked as they are; the message says what to change. The command line exits with 2."""


@dataclass(frozen=True)
class Options:
    """What `link` may be given beside the files: a frozen model, a file for the report, a folder to keep the encoded
    people in, what a false link costs (see `file_model`)."""

    model: Path | None = None
    report: Path | None = None
    index: Path | None = None
    false_cost: float | None = None


def link_files(people: Path, feed: Path, out: Path, options: Options | None = None) -> "Linked | GenerallyLinked":
    """Link the records of `feed` to `people` and write LINKS (COLUMNS) to `out`, in the format of its suffix.

    The report is a JSON with the model's version, counts, doubts, warnings, the certificate (false and missed links to
    expect) and the yield of each blocking key.
    Raises LinkRefused for unreadable files, missing or repeated columns and ids, and models that do not fit.
    """
    chosen = options or Options()
    scoring = Scoring(chosen.model, chosen.false_cost)
    check_ending(out)
    scoring.check()
    if chosen.model is not None and (general := _linked_generally(people, feed, out, chosen)) is not None:
        return general
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(_records, feed)
        known = _people(people, chosen.index)
        records, asking = running.result()
    encoded = between(known, asking)
    model, failed = scoring.made(lambda start: train_on(encoded, start))
    linked = link_encoded(encoded, model)
    linked.report["warnings"] += _untrained(failed)
    for warning in linked.report["warnings"]:
        print(f"{warning['code']}: {warning['message']}", file=sys.stderr)
    write_frame(linked.links.rename({"record_id": "feed_id"}).select(COLUMNS), out)
    if chosen.report is not None:
        _write_report(linked, records, chosen.report)
    return linked


def _linked_generally(people: Path, feed: Path, out: Path, chosen: Options) -> "GenerallyLinked | None":
    """Files linked by a general model; null where the model is none."""
    from doudi.link_general import REFUSALS, general_model, link_general  # noqa: PLC0415 - half a second

    try:
        general = general_model(chosen.model)
        if general is not None and chosen.index is not None:
            raise LinkRefused("--index keeps people with the identity columns; leave it out with a general model")
        return None if general is None else link_general(people, feed, out, general, chosen.report)
    except REFUSALS as error:
        raise LinkRefused(str(error)) from error


def _write_report(linked: Linked, records: pl.DataFrame, file: Path) -> None:
    from matcher.linkage.certify import Grounds, certify  # noqa: PLC0415 - only a report has a certificate

    certificate = certify(linked.links, records, Grounds()).as_json()
    content = {**linked.report, "certificate": certificate, "keys": linked.yields.to_dicts()}
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")


def _records(feed: Path) -> tuple[pl.DataFrame, Side]:
    """The records as they stand in the file, and laid out."""
    records = _identities(feed, "feed")
    if records["id"].is_duplicated().any():
        raise LinkRefused(f"feed {feed.name}: column id must be unique, one id per record")
    return records, side_of(clean(records))


def _people(file: Path, folder: Path | None) -> PeopleIndex:
    if folder is None:
        cleaned = clean(_identities(file, "people"))  # the text is gone before the index needs room
        return PeopleIndex.made(cleaned)
    from doudi.warm_people import people_index  # noqa: PLC0415 - what seals and opens takes a fifth of a second

    return people_index(file, folder, lambda: _identities(file, "people"))


def _untrained(failed: TrainingFailed | None) -> list[dict[str, str]]:
    """What is to be said where the files taught nothing."""
    if failed is None:
        return []
    text = f"这两份文件不足以训练模型（{failed}），改用随产品提供的模型；可用 --model 指定其他模型"
    return [{"code": "not-trained", "message": text}]


def _identities(path: Path, side: str) -> pl.DataFrame:
    """A file's identity columns as text. Others are passed over and named, but one that looks like a misspelt identity
    column is refused, lest evidence be lost silently."""
    frame = read_frame(path, side)
    other = [name for name in frame.columns if name not in IDENTITY]
    misspelt = {name: near for name in other if (near := _meant(name))}
    missing = {wanted for wanted in misspelt.values() if wanted not in frame.columns}
    if "id" not in frame.columns or len(frame.columns) - len(other) < 2 or missing:
        hints = [f"{name} looks like {wanted}" for name, wanted in misspelt.items() if wanted in missing]
        raise LinkRefused(
            f"{side} {path.name}: columns must be id and any of {', '.join(list(IDENTITY)[1:])}; "
            f"found {', '.join(frame.columns) or 'none'}" + (f" ({'; '.join(hints)}: rename it)" if hints else "")
        )
    if other:
        print(f"{side} {path.name}: passed over {', '.join(other)}", file=sys.stderr)
    nested = [name for name in frame.columns if name in IDENTITY and frame[name].dtype.is_nested()]
    if nested:
        raise LinkRefused(f"{side} {path.name}: column {nested[0]} holds lists or records; one value per cell, please")
    frame = frame.select(pl.col(name).cast(pl.String) for name in frame.columns if name in IDENTITY)
    if frame["id"].null_count() or (frame["id"] == "").any():
        raise LinkRefused(f"{side} {path.name}: column id must be filled in every row")
    return frame


def _meant(name: str) -> str | None:
    """The identity column a header stands for in all likelihood."""
    near = get_close_matches(name.lower(), IDENTITY, 1, NEAR)
    return IN_CHINESE.get(name) or (near[0] if near else None)
