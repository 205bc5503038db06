"""`doudi link` on files: every format, a frozen model, and refusals that say what to change."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from doudi.county.make import make_linkage_set
from doudi.defects import Stop
from doudi.file_model import deciding
from doudi.identity_files import LinkRefused
from doudi.link import COLUMNS, Options, link_files
from doudi.warm_people import keys_beside
from matcher.linkage.model import Model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_linkage_set(1_500, "typical", 8)
    path = tmp_path_factory.mktemp("link")
    for name, frame in (("people", made.people), ("feed", made.feed)):
        frame.write_parquet(path / f"{name}.parquet")
        frame.write_csv(path / f"{name}.csv")
        frame.write_ndjson(path / f"{name}.ndjson")
    Model.default().save(path / "model.json")
    return path


def test_every_format_gives_the_same_links(folder: Path, tmp_path: Path) -> None:
    texts = set()
    for kind in ("parquet", "csv", "ndjson"):
        out = tmp_path / f"links-{kind}.csv"
        link_files(folder / f"people.{kind}", folder / f"feed.{kind}", out, Options(folder / "model.json"))
        texts.add(out.read_bytes())
    assert len(texts) == 1


def test_links_have_the_promised_columns_and_one_assigned_person_at_most(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "links.parquet"
    link_files(folder / "people.parquet", folder / "feed.parquet", out, Options(folder / "model.json"))
    links = pl.read_parquet(out)
    assert tuple(links.columns) == COLUMNS
    assert links.filter("assigned")["feed_id"].is_unique().all()
    assert set(links["grade"].unique()) <= {"certain", "probable", "possible", "certainly-not"}
    assert links["probability"].is_between(0.01, 1).all()


def test_without_a_model_it_trains_and_reports_another_version(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    link_files(folder / "people.parquet", folder / "feed.parquet", tmp_path / "links.parquet", Options(report=report))
    content = json.loads(report.read_text(encoding="utf-8"))
    assert content["model"] != Model.default().version
    assert content["linked"] > 100
    assert {key["key"] for key in content["keys"]} >= {"number", "name-birth"}


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"name": "姓名"}, "姓名 looks like name"),
        ({"id_number": "IdNumber"}, "IdNumber looks like id_number"),
        ({"id": "number"}, "columns must be id"),
    ],
)
def test_wrong_columns_are_refused_by_name(folder: Path, tmp_path: Path, columns: dict[str, str], says: str) -> None:
    pl.read_parquet(folder / "feed.parquet").rename(columns).write_parquet(tmp_path / "feed.parquet")
    with pytest.raises(LinkRefused, match=says):
        link_files(folder / "people.parquet", tmp_path / "feed.parquet", tmp_path / "links.csv")
    assert not (tmp_path / "links.csv").exists()


def test_columns_that_are_none_of_ours_are_passed_over_and_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = pl.read_parquet(folder / "feed.parquet").with_columns(note=pl.lit("x"))
    feed.write_parquet(tmp_path / "feed.parquet")
    model = tmp_path / "model.json"
    Model.default().save(model)
    link_files(folder / "people.parquet", tmp_path / "feed.parquet", tmp_path / "links.csv", Options(model))
    assert "passed over note" in capsys.readouterr().err


def test_repeated_and_missing_feed_ids_are_refused(folder: Path, tmp_path: Path) -> None:
    feed = pl.read_parquet(folder / "feed.parquet")
    pl.concat([feed, feed.head(1)]).write_parquet(tmp_path / "twice.parquet")
    feed.with_columns(id=pl.lit(None, pl.String)).write_parquet(tmp_path / "none.parquet")
    for name, says in (("twice", "unique"), ("none", "filled")):
        with pytest.raises(LinkRefused, match=says):
            link_files(folder / "people.parquet", tmp_path / f"{name}.parquet", tmp_path / "links.csv")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".ndjson", ".xlsx"])
def test_files_that_cannot_be_read_are_refused(folder: Path, tmp_path: Path, suffix: str) -> None:
    bad = tmp_path / f"feed{suffix}"
    bad.write_bytes(b"\xff\xfe\x00nothing\x00\x01")
    with pytest.raises(Stop, match="feed"):
        link_files(folder / "people.parquet", bad, tmp_path / "links.csv")


def test_a_file_that_is_no_model_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"weights": 3}', encoding="utf-8")
    sides = (folder / "people.parquet", folder / "feed.parquet")
    with pytest.raises(Stop, match="model"):
        link_files(*sides, tmp_path / "links.csv", Options(tmp_path / "model.json"))


def test_a_false_link_that_costs_more_is_made_less_often(folder: Path, tmp_path: Path) -> None:
    make_linkage_set(2_000, "brutal", 3).write(tmp_path)
    sides = (tmp_path / "people.parquet", tmp_path / "feed.parquet")
    taken = {
        cost: link_files(*sides, tmp_path / "links.csv", Options(false_cost=cost)).links.filter("assigned")
        for cost in (None, 1.0, 99.0)
    }
    assert taken[None].equals(taken[1.0])
    assert taken[99.0].height < taken[1.0].height
    assert (taken[99.0]["probability"] >= 0.99).all()
    with pytest.raises(Stop, match="false-cost"):
        link_files(*sides, tmp_path / "links.csv", Options(folder / "model.json", false_cost=4.0))
    with pytest.raises(Stop, match="false-cost"):
        link_files(*sides, tmp_path / "links.csv", Options(false_cost=0.0))


def test_an_unknown_output_format_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="out"):
        link_files(
            folder / "people.parquet", folder / "feed.parquet", tmp_path / "links.xlsx", Options(folder / "model.json")
        )


def test_people_kept_in_an_index_give_the_same_links_and_lie_there_sealed(folder: Path, tmp_path: Path) -> None:
    people, index = tmp_path / "people.parquet", tmp_path / "warm"
    shutil.copy(folder / "people.parquet", people)
    written = []
    for name in ("first", "second"):
        out = tmp_path / f"{name}.parquet"
        link_files(people, folder / "feed.parquet", out, Options(folder / "model.json", index=index))
        written.append(pl.read_parquet(out))
    cold = tmp_path / "cold.parquet"
    link_files(people, folder / "feed.parquet", cold, Options(folder / "model.json"))
    assert written[0].equals(written[1])
    assert written[0].equals(pl.read_parquet(cold))
    kept = b"".join(file.read_bytes() for file in index.rglob("*") if file.is_file())
    said = pl.read_parquet(people)
    for value in (said["id"][0], said["name"][0], said["id_number"].drop_nulls()[0], said["phone"].drop_nulls()[0]):
        assert value.encode() not in kept
    before = {file.name for file in index.rglob("*.sealed")}
    said.head(100).write_parquet(people)
    link_files(people, folder / "feed.parquet", out, Options(folder / "model.json", index=index))
    assert set(pl.read_parquet(out)["person_id"]) <= set(said["id"].head(100))
    assert not before & {file.name for file in index.rglob("*.sealed")}
    keys_beside(index).unlink()
    with pytest.raises(Stop, match="remove the folder"):
        link_files(people, folder / "feed.parquet", out, Options(folder / "model.json", index=index))


def test_linking_imports_nothing_it_does_not_need(folder: Path, tmp_path: Path) -> None:
    """Each of these takes as long to import as a county of twenty thousand takes to link."""
    program = (
        "import sys; from doudi.command_line import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "slow = {'httpx', 'pandas', 'scipy.optimize', 'scipy.linalg', 'sqlalchemy'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    files = [folder / "people.parquet", folder / "feed.parquet", "--out", tmp_path / "links.parquet"]
    words = [sys.executable, "-c", program, "link", *files, "--index", tmp_path / "warm"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_files_that_teach_nothing_are_linked_by_the_shipped_model(tmp_path: Path) -> None:
    empty = pl.DataFrame(schema={"id": pl.String, "name": pl.String})
    empty.write_parquet(tmp_path / "people.parquet")
    pl.DataFrame({"id": ["R1"], "name": ["马秀英"]}).write_parquet(tmp_path / "feed.parquet")
    linked = link_files(tmp_path / "people.parquet", tmp_path / "feed.parquet", tmp_path / "links.csv")
    assert {warning["code"] for warning in linked.report["warnings"]} == {"side-empty", "not-trained"}
    assert linked.report["model"] == deciding(Model.default(), 1.0).version


def test_a_column_of_lists_is_refused(folder: Path, tmp_path: Path) -> None:
    feed = pl.DataFrame({"id": ["R1"], "name": [["马秀英", "马氏"]]})
    feed.write_parquet(tmp_path / "feed.parquet")
    with pytest.raises(LinkRefused, match="column name holds lists"):
        link_files(folder / "people.parquet", tmp_path / "feed.parquet", tmp_path / "links.csv")
