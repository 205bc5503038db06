"""The county on disk: the agencies' layouts with their rims and encodings, truth that perfect linkage meets exactly."""

import hashlib
import re
from pathlib import Path

import polars as pl
import pytest

from doudi.county import CountySummary, make_county, make_linkage_set
from doudi.evaluation.county_folder import CountyFolder, read_county
from kit.tables_in import read_table
from matcher.frames import IDENTITY
from tests.conftest import shared_county

PEOPLE = 2_000
HEADERS = {
    "registry.xlsx": "户号 救助类别 保障方式 家庭人口 保障人数 户主姓名 姓名 身份证号 性别 出生日期 民族 与户主关系 "
    "区划代码 户籍地址 联系电话 起保年月 停保年月 月保障金 开户姓名 银行账号",
    "payments.csv": "发放年月 户号 户主姓名 户主身份证号 开户姓名 银行账号 发放金额",
    "disability.xlsx": "姓名 残疾人证号 性别 民族 残疾类别 残疾等级 乡镇 户籍地址 联系电话 发证日期 状态",
    "health.csv": "姓名 证件号码 性别 出生日期 现住址 联系电话 诊断名称 病种编码 确诊日期 总费用 个人自付",
    "deaths.csv": "姓名 证件号码 性别 出生日期 户籍地址 死亡日期",
    "rural.xlsx": "省 市 县 乡 村 户编号 人口编号 姓名 证件号码 性别 民族 与户主关系 健康状况 劳动技能 是否享受低保 "
    "人均纯收入 户联系电话 户类型 监测对象类别 风险是否消除",
}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def table(folder: Path, name: str) -> pl.DataFrame:
    return read_table((folder / name).read_bytes(), HEADERS[name].split()).frame


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CountySummary:
    return make_county(tmp_path_factory.mktemp("county"), PEOPLE, "typical", 3)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_county(
    made: CountySummary, tmp_path: Path
) -> None:
    make_county(tmp_path / "again", PEOPLE, "typical", 3)
    make_county(tmp_path / "other", PEOPLE, "typical", 4)
    assert digests(tmp_path / "again") == digests(made.folder)
    differing = {name for name, digest in digests(tmp_path / "other").items() if digest != digests(made.folder)[name]}
    assert differing == set(digests(made.folder)) - {"areas.csv"}


def test_the_level_changes_the_clerks_and_not_the_people(made: CountySummary, tmp_path: Path) -> None:
    make_county(tmp_path, PEOPLE, "brutal", 3)
    truths = [
        pl.read_csv(folder / "truth_people.csv", infer_schema=False).filter(pl.col("dead") == "1")
        for folder in (made.folder, tmp_path)
    ]
    stable = ["person", "id_number", "name", "township", "covered", "programme", "severe_disability"]
    assert truths[0].select(stable).equals(truths[1].select(stable))
    names = [set(table(folder, "rural.xlsx")["姓名"]) for folder in (made.folder, tmp_path)]
    assert len(names[0] & names[1]) < 0.8 * len(names[0])


@pytest.mark.parametrize("name", HEADERS)
def test_each_file_has_the_layout_of_its_agency(made: CountySummary, name: str) -> None:
    found = read_table((made.folder / name).read_bytes(), HEADERS[name].split())
    assert list(found.headers) == HEADERS[name].split()
    assert found.frame.height == made.rows[name]
    assert found.skipped.title == (1 if name in ("registry.xlsx", "rural.xlsx") else 0)
    assert found.skipped.closing == (1 if name == "registry.xlsx" else 0)
    expected = {"payments.csv": "utf-8", "health.csv": "gb18030", "deaths.csv": "gb18030"}.get(name)
    assert (found.encoding or "").lower().replace("_", "-").startswith(expected or "")
    assert {name for name, cells in found.numeric.items() if cells.any()} <= {"月保障金", "人均纯收入"}


def test_payments_are_utf8_with_a_mark_and_hospitals_write_gb18030(made: CountySummary) -> None:
    assert (made.folder / "payments.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for name in ("health.csv", "deaths.csv"):
        content = (made.folder / name).read_bytes()
        with pytest.raises(UnicodeDecodeError):
            content.decode()
        assert "姓名" in content.decode("gb18030")


def test_every_sound_number_in_every_file_is_of_the_never_issued_county(made: CountySummary) -> None:
    for path in made.folder.iterdir():
        if path.suffix != ".csv":
            continue
        text = path.read_bytes().decode("gb18030" if path.stem in ("health", "deaths") else "utf-8-sig")
        for number in re.findall(r"(?<!\d)[1-9]\d{16}[\dX](?!\d)", text):
            weighted = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(number[:17]))
            if "10X98765432"[weighted % 11] == number[17]:
                assert number.startswith("640499")


def test_the_summary_counts_what_was_written(made: CountySummary) -> None:
    truth = pl.read_csv(made.folder / "truth_people.csv", infer_schema=False)
    for kind, count in made.expected.items():
        assert (truth["expected"] == kind).sum() == count
    assert made.expected["uncovered-at-risk"] > 30
    assert pl.read_parquet(made.folder / "feed.parquet").height == made.linkage_records


def _perfect(county: CountyFolder) -> None:
    covered, dead = (set(county.of_kind(kind)["person"]) for kind in ("covered", "dead"))
    expected = {
        "uncovered-at-risk": set(county.at_risk()["person"]) - covered - dead,
        "covered-but-dead": covered & dead,
    }
    for kind, people in expected.items():
        assert set(county.people.filter(pl.col("expected") == kind)["person"]) == people
    for column, kind in (("covered", "covered"), ("dead", "dead"), ("severe_disability", "severe")):
        stated = set(county.people.filter(pl.col(column) == "1")["person"])
        assert stated == set(county.of_kind(kind)["person"])


def test_the_rules_applied_with_perfect_linkage_give_the_truth(made: CountySummary) -> None:
    _perfect(read_county(made.folder))


@pytest.mark.skipif(shared_county() is None, reason="no shared county beside this clone: its truth was not checked")
def test_the_same_rules_give_the_truth_of_the_shared_county() -> None:
    folder = shared_county()
    assert folder is not None
    _perfect(read_county(folder))
    for name, headers in HEADERS.items():
        assert list(read_table((folder / name).read_bytes(), headers.split()).headers) == headers.split()


def test_a_single_person_roll_lists_only_its_members_and_counts_the_household(tmp_path: Path) -> None:
    make_county(tmp_path, 12_000, "clean", 1)
    registry = table(tmp_path, "registry.xlsx")
    single = (
        registry.filter(pl.col("保障方式") == "单人保")
        .group_by("户号")
        .agg(pl.len().alias("rows"), pl.col("保障人数", "家庭人口").first().cast(pl.Int64))
    )
    assert single.height > 5
    assert (single["rows"] == single["保障人数"]).all()
    assert (single["家庭人口"] > 1).all()
    ended = registry.filter(pl.col("停保年月").is_not_null())
    assert ended.height > 50
    assert (ended["停保年月"] < "202106").all()
    assert (ended["起保年月"] < ended["停保年月"]).all()
    assert (ended["保障人数"] == "0").all()


def test_payouts_are_the_sum_of_what_the_members_get(made: CountySummary) -> None:
    registry = table(made.folder, "registry.xlsx").with_columns(pl.col("月保障金").cast(pl.Float64))
    due = registry.group_by("户号").agg(pl.col("月保障金").sum()).filter(pl.col("月保障金") > 0)
    paid = table(made.folder, "payments.csv").with_columns(pl.col("发放金额").cast(pl.Float64))
    assert set(paid["发放年月"]) == {"202101", "202102", "202103", "202104", "202105"}
    joined = paid.join(due, on="户号", how="full", coalesce=True)
    assert (joined["发放金额"] == joined["月保障金"]).all()
    assert joined["发放金额"].null_count() == 0


def test_who_stands_twice_in_the_rural_list_stands_in_two_households(tmp_path: Path) -> None:
    make_county(tmp_path, 6_000, "brutal", 2)
    owners = pl.read_csv(tmp_path / "truth_rows.csv").filter(pl.col("file") == "rural.xlsx")
    rows = table(tmp_path, "rural.xlsx").join(owners.with_columns(pl.col("line").cast(pl.Int32)), on="line")
    twice = rows.filter(pl.col("person").is_duplicated()).group_by("person").agg(pl.col("户编号").n_unique())
    assert twice.height > 10
    assert (twice["户编号"] == 2).all()


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    make_county(tmp_path, 300, "clean", 1, lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert any("rural.xlsx" in what for what, _ in told)


def test_an_unknown_level_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="spotless"):
        make_county(tmp_path / "county", 300, "spotless", 1)
    assert not (tmp_path / "county").exists()


def test_the_linkage_set_has_the_shapes_of_the_command(made: CountySummary) -> None:
    frames = {name: pl.read_parquet(made.folder / f"{name}.parquet") for name in ("people", "feed", "truth")}
    for name in ("people", "feed"):
        assert dict(frames[name].schema) == {column: pl.String() for column in IDENTITY}
        assert frames[name]["id"].is_unique().all()
        assert not any((frames[name][column] == "").any() for column in frames[name].columns)
    truth = frames["truth"]
    assert truth["feed_id"].to_list() == frames["feed"]["id"].to_list()
    assert set(truth["person_id"].drop_nulls()) <= set(frames["people"]["id"])
    assert 0.45 < int(truth["person_id"].is_not_null().sum()) / truth.height < 0.7


def test_household_numbers_of_two_agencies_say_nothing_about_each_other() -> None:
    made = make_linkage_set(4_000, "clean", 1)
    linked = made.feed.join(made.truth, left_on="id", right_on="feed_id").join(
        made.people, left_on="person_id", right_on="id", suffix="_known"
    )
    numbers = linked.drop_nulls("household").select("household", "household_known").unique()
    assert numbers.height > 100
    assert numbers.filter(pl.col("household").str.slice(2) == pl.col("household_known").str.slice(2)).height < 10
    assert set(linked["source"]) == {"rural", "disability", "health", "deaths"}


def test_at_the_clean_level_nearly_every_record_equals_its_person_by_number() -> None:
    made = make_linkage_set(4_000, "clean", 1)
    linked = made.truth.join(made.feed, left_on="feed_id", right_on="id").join(
        made.people, left_on="person_id", right_on="id", suffix="_known"
    )
    equal = linked["id_number"].str.slice(0, 18) == linked["id_number_known"]
    assert float(equal.fill_null(False).sum()) / linked.height > 0.97
