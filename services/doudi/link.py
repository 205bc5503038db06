"""`doudi link PEOPLE FEED --out LINKS`: the linkage alone, on files, without any service running.

With a model file it scores with that frozen version; without one it trains on the two files first (starting from the
shipped model) and scores in one go. People and feed may be Parquet, CSV or NDJSON with any of the identity columns, or
with the columns a general model file names.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from doudi.file_model import Scoring
from doudi.frame_files import check_ending, write_frame
from doudi.identity_files import LinkRefused, check_unique, identities
from matcher.linkage.chain import Linked, link_encoded
from matcher.linkage.clean import clean
from matcher.linkage.encode import between
from matcher.linkage.index import PeopleIndex
from matcher.linkage.rows import Side, side_of
from matcher.linkage.train import TrainingFailed, train_on

if TYPE_CHECKING:
    from matcher.linkage.general.chain import Linked as GenerallyLinked

COLUMNS: Final = ("feed_id", "person_id", "probability", "grade", "assigned")


@dataclass(frozen=True)
class Cluster:
    """Where Spark is, a folder that driver and executors see under one path (None = beside the links), and how many
    pairs may be compared at most (None = two thousand million)."""

    master: str
    work: Path | None = None
    most_pairs: int | None = None


@dataclass(frozen=True)
class Options:
    """What `link` may be given beside the files: a frozen model, a file for the report, a folder to keep the encoded
    people in, what a false link costs (see `file_model`), a Spark cluster to work on instead of this process."""

    model: Path | None = None
    report: Path | None = None
    index: Path | None = None
    false_cost: float | None = None
    cluster: Cluster | None = None


def cluster(engine: str, master: str | None, work: Path | None, most_pairs: int | None) -> Cluster | None:
    """The cluster of these words of the command line, null for the engine in this process. Raises LinkRefused where
    they do not go together."""
    if engine == "spark":
        if master is None:
            raise LinkRefused("--engine spark: say where Spark is, --master sc://HOST:PORT or spark://HOST:PORT")
        return Cluster(master, work, most_pairs)
    if (master, work, most_pairs) != (None, None, None):
        raise LinkRefused("--master, --work and --most-pairs are for --engine spark")
    return None


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
    if chosen.cluster is not None:
        from doudi.link_spark import link_on_spark  # noqa: PLC0415 - an extra

        return link_on_spark(people, feed, out, chosen)
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(_records, feed)
        known = _people(people, chosen.index)
        records, asking = running.result()
    encoded = between(known, asking)
    model, failed = scoring.made(lambda start: train_on(encoded, start))
    linked = link_encoded(encoded, model)
    write_linked(linked, out, failed)
    if chosen.report is not None:
        write_report(linked, records, chosen.report)
    return linked


def write_linked(linked: Linked, out: Path, failed: TrainingFailed | None) -> None:
    """LINKS; what a user must know goes to standard error, `failed` being why the files taught nothing."""
    linked.report["warnings"] += _untrained(failed)
    for warning in linked.report["warnings"]:
        print(f"{warning['code']}: {warning['message']}", file=sys.stderr)
    write_frame(linked.links.rename({"record_id": "feed_id"}).select(COLUMNS), out)


def _linked_generally(people: Path, feed: Path, out: Path, chosen: Options) -> "GenerallyLinked | None":
    """Files linked by a general model; null where the model is none."""
    from doudi.link_general import REFUSALS, general_model, link_general  # noqa: PLC0415 - half a second

    try:
        general = general_model(chosen.model)
        if general is not None and chosen.cluster is not None:
            raise LinkRefused("--engine spark links by the identity columns; leave it out with a general model")
        if general is not None and chosen.index is not None:
            raise LinkRefused("--index keeps people with the identity columns; leave it out with a general model")
        return None if general is None else link_general(people, feed, out, general, chosen.report)
    except REFUSALS as error:
        raise LinkRefused(str(error)) from error


def write_report(linked: Linked, records: pl.DataFrame, file: Path) -> None:
    """What was done as JSON; `records` are IDENTITY."""
    from matcher.linkage.certify import Grounds, certify  # noqa: PLC0415 - only a report has a certificate

    certificate = certify(linked.links, records, Grounds()).as_json()
    content = {**linked.report, "certificate": certificate, "keys": linked.yields.to_dicts()}
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")


def _records(feed: Path) -> tuple[pl.DataFrame, Side]:
    """The records as they stand in the file, and laid out."""
    records = identities(feed, "feed")
    check_unique(records.lazy(), feed)
    return records, side_of(clean(records))


def _people(file: Path, folder: Path | None) -> PeopleIndex:
    if folder is None:
        cleaned = clean(identities(file, "people"))  # the text is gone before the index needs room
        return PeopleIndex.made(cleaned)
    from doudi.warm_people import people_index  # noqa: PLC0415 - what seals and opens takes a fifth of a second

    return people_index(file, folder, lambda: identities(file, "people"))


def _untrained(failed: TrainingFailed | None) -> list[dict[str, str]]:
    """What is to be said where the files taught nothing."""
    if failed is None:
        return []
    text = f"这两份文件不足以训练模型（{failed}），改用随产品提供的模型；可用 --model 指定其他模型"
    return [{"code": "not-trained", "message": text}]
