"""`doudi link` and `dedupe` with a general model: files in, LINKS out, refusals that say what to change."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from doudi.dedupe import dedupe_files
from doudi.identity_files import LinkRefused
from doudi.link import COLUMNS, Options, link_files
from matcher.linkage.general.model import GeneralModel
from tests.matcher.linkage.general.builders import two_files

WESTERN = Path("western")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("general")
    ours, theirs = two_files(700, 530)
    renamed = {"id": "rec_id", "given_name": "First Name", "birth_date": "DOB", "suburb": "city"}
    for kind in ("csv", "parquet", "ndjson"):
        for name, side in (("people", ours), ("feed", theirs.rename(renamed))):
            getattr(side, f"write_{kind}")(path / f"{name}.{kind}")
    (path / "model.json").write_text(GeneralModel.shipped("western").text(), encoding="utf-8")
    return path


def test_every_format_and_the_model_by_name_or_file_give_the_same_links(folder: Path, tmp_path: Path) -> None:
    texts = set()
    for kind, model in (("csv", WESTERN), ("parquet", folder / "model.json"), ("ndjson", WESTERN)):
        out = tmp_path / f"{kind}.csv"
        link_files(folder / f"people.{kind}", folder / f"feed.{kind}", out, Options(model))
        texts.add(out.read_bytes())
    assert len(texts) == 1
    links = pl.read_csv(tmp_path / "csv.csv")
    assert tuple(links.columns) == COLUMNS
    assert links.filter("assigned")["feed_id"].is_unique().all()
    assert links.filter("assigned").height > 680


def test_the_report_holds_a_model_that_links_alike(folder: Path, tmp_path: Path) -> None:
    first, again, report = tmp_path / "first.csv", tmp_path / "again.csv", tmp_path / "report.json"
    files = folder / "people.csv", folder / "feed.csv"
    link_files(*files, first, Options(WESTERN, report))
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["columns"]["feed"]["given_name"] == "First Name"
    assert told["keys"]
    (tmp_path / "trained.json").write_text(json.dumps(told["trained_model"]), encoding="utf-8")
    link_files(*files, again, Options(tmp_path / "trained.json"))
    columns = ["feed_id", "person_id", "assigned"]
    taken = [pl.read_csv(out).filter("assigned").select(columns).sort(columns) for out in (first, again)]
    assert taken[0].equals(taken[1])


@pytest.mark.parametrize("copied", [False, True])
def test_a_file_given_twice_is_held_against_itself(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], copied: bool
) -> None:
    file = tmp_path / "copy.csv"
    shutil.copy(folder / "people.csv", file)
    out = tmp_path / "links.csv"
    link_files(folder / "people.csv", file if copied else folder / "people.csv", out, Options(WESTERN))
    assert "held against itself" in capsys.readouterr().err
    links = pl.read_csv(out)
    assert (links["feed_id"] != links["person_id"]).all()


def test_dedupe_writes_pairs_and_clusters(folder: Path, tmp_path: Path) -> None:
    both = pl.concat([pl.read_csv(folder / "people.csv", infer_schema=False), two_files(700, 530)[1].cast(pl.String)])
    both.write_csv(tmp_path / "both.csv")
    out, clusters = tmp_path / "pairs.csv", tmp_path / "clusters.csv"
    dedupe_files(tmp_path / "both.csv", out, WESTERN, clusters, tmp_path / "report.json")
    told = pl.read_csv(clusters)
    assert told.height == both.height
    assert 690 <= told["cluster"].n_unique() <= 720
    assert pl.read_csv(out).filter("assigned").height >= 680


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"kind": "genral"}', "model"),
        ('{"kind": "general", "id": ["id"]}', "columns"),
        ('{"fields": []}', "model"),
    ],
)
def test_models_that_do_not_fit_are_refused(folder: Path, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    out = tmp_path / "links.csv"
    with pytest.raises(LinkRefused, match=says):
        link_files(folder / "people.csv", folder / "feed.csv", out, Options(tmp_path / "bad.json"))
    with pytest.raises(LinkRefused, match=says):
        dedupe_files(folder / "people.csv", out, tmp_path / "bad.json")
    assert not out.exists()


def test_a_model_that_is_no_text_or_not_there_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name in ("bytes.json", "nowhere.json"):
        with pytest.raises(LinkRefused, match="model"):
            dedupe_files(folder / "people.csv", tmp_path / "out.csv", tmp_path / name)
        with pytest.raises(LinkRefused, match="model"):
            link_files(folder / "people.csv", folder / "feed.csv", tmp_path / "out.csv", Options(tmp_path / name))


def test_a_folder_for_encoded_people_is_refused_not_ignored(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LinkRefused, match="--index"):
        link_files(folder / "people.csv", folder / "feed.csv", tmp_path / "out.csv", Options(WESTERN, index=tmp_path))


def test_unknown_columns_are_refused_with_those_there_may_be(folder: Path, tmp_path: Path) -> None:
    pl.DataFrame({"id": ["1"], "colour": ["red"]}).write_csv(tmp_path / "odd.csv")
    with pytest.raises(LinkRefused, match=r"feed: columns must be an id .* found id, colour"):
        link_files(folder / "people.csv", tmp_path / "odd.csv", tmp_path / "out.csv", Options(WESTERN))


def test_columns_passed_over_are_named(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pl.read_csv(folder / "feed.csv").with_columns(note=pl.lit("x")).write_csv(tmp_path / "feed.csv")
    link_files(folder / "people.csv", tmp_path / "feed.csv", tmp_path / "out.csv", Options(WESTERN))
    assert "feed: passed over note" in capsys.readouterr().err
