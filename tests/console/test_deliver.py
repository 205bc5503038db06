"""An agency's deliveries by the pages, without any script: sent with mistakes, seen at each cell, repaired, sent again;
held and confirmed by another; nothing twice, and nobody sees another's."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.console.agency_office import CARDS_FEED, PEOPLE, Office, cards, opened
from tests.console.browser import Browser, Page
from tests.matcher.county import CARDS, card, csv, xlsx
from tests.old_workbooks import old_workbook
from tests.registry.staff import PASSWORD
from tests.workbooks import workbook

MOST = 512 * 1024
WRONG = [
    ["", "", "男", "回族", "肢体", "一级", "青石镇", "青石镇柳树村1组", "", "2016-05-01", "有效"],  # nobody
    card("马志强", "640499196102030131"),  # its check digit is another
]


@pytest.fixture(scope="module")
def office(databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("agency"), max_upload_bytes=MOST) as made:
        yield made


@pytest.fixture(scope="module")
def sender(office: Office) -> Browser:
    return office.at("canlian")


def batch_of(page: Page) -> str:
    assert re.fullmatch(r"/deliver/batches/[0-9a-f-]{36}", page.path), (page.path, page.text[:2000])
    return page.path.rpartition("/")[2]


def test_where_an_agency_begins(office: Office, sender: Browser) -> None:
    page = sender.open("/")
    assert page.path == "/deliver"
    assert "残疾人证持证人员" in page.text
    assert "从未送达" in page.text
    assert "重病" not in page.text, "another agency's feed"
    template = sender.client.get(page.link("取模板"))
    assert [cell.value for cell in load_workbook(io.BytesIO(template.content)).active[1]][:2] == ["姓名", "残疾人证号"]


def test_from_a_file_with_mistakes_to_one_without(office: Office, sender: Browser) -> None:
    page = office.send("canlian", cards(PEOPLE[:30], WRONG), "validate")
    batch = batch_of(page)
    assert "正在" in page.text or "等待校验" in page.text
    assert "刷新看进度" in page.text
    office.work()
    page = sender.follow(page, "刷新看进度")
    assert "试校验做完了，还没有入库" in page.text
    assert "有 1 行不会接收" in page.text
    assert "第 32 行" in page.text, "the row of the sheet"
    assert "姓名" in page.text
    assert page.answer.text.count("<polyline") == 0
    warned = sender.open(f"/deliver/batches/{batch}?show=accepted_with_warnings")
    assert "第 33 行" in warned.text
    assert "残疾人证号" in warned.text
    marked = sender.client.get(page.link("错误标在原表（Excel）"))
    sheet = load_workbook(io.BytesIO(marked.content)).active
    assert sheet is not None
    assert sheet["A32"].comment or sheet["B32"].comment, "the faulty cell bears a comment"
    assert "错误标注" in marked.headers["content-disposition"] or "%E9%94%99" in marked.headers["content-disposition"]
    repaired = cards(PEOPLE[:32])
    done = office.send("canlian", repaired)
    office.work()
    page = sender.open(done.path)
    assert "已入库" in page.text
    assert "未接收 1" not in page.text
    assert "第 32 行" in page.text, "the area of invented numbers is told as unknown"
    again = office.send("canlian", repaired)
    assert "重复，未再入库" in again.text
    office.work()
    counted = sender.open("/deliver")
    assert "按期" in counted.text
    listed = office.desks.stage.call("GET", "/matcher/v1/batches?state=published", _county(office)).json()["batches"]
    (counting,) = [one["outcomes"] for one in listed if one["superseded_by"] is None]
    assert {name: count for name, count in counting.items() if count} == {"accepted_with_warnings": 32}


def _county(office: Office) -> dict[str, str]:
    return office.desks.stage.token("civil-affairs", "batches:read", "links:read")


def test_a_rehearsal_is_let_count_without_sending_it_again(office: Office, sender: Browser) -> None:
    page = office.send("canlian", cards(PEOPLE[:33]), "validate", extracted_at="2021-05-31", period="2021-05")
    office.work()
    page = sender.open(page.path)
    assert "没有不能接收的行" in page.text
    page = sender.submit(page, "正式入库")
    office.work()
    page = sender.open(page.path)
    assert "已入库" in page.text
    assert "2021年5月31日" in page.text
    receipt = sender.follow(page, "回执")
    assert "数据报送回执" in receipt.text
    assert "33" in receipt.text
    assert sender.client.get(receipt.link("下载签名文件")).text.count(".") == 2


def test_a_truncated_file_is_held_and_another_confirms_it(office: Office, sender: Browser) -> None:
    sent = office.send("canlian", cards(PEOPLE[:40]))
    office.work()
    held = office.send("canlian", cards(PEOPLE[:20]))
    office.work()
    page = sender.open(held.path)
    assert "先不入库，等人确认" in page.text
    assert "上一批 40 行，这一批 20 行" in page.text
    assert "不再计入" in page.text
    assert "确认入库" not in page.text, "whoever sent it is shown no button that would be refused"
    assert "确认入库" in office.at("canlian.er").open(held.path).text
    typed = dict(page.form("撤回这一批").fields)
    own = sender.client.post(f"{held.path}/confirm", data=typed)
    assert own.status_code == 403
    assert "自己报送的不能由自己确认" in own.text
    overseer = office.at("fuze", "review-overseer", "civil-affairs")
    feeds = overseer.open("/feeds")
    assert "等待确认的批次" in feeds.text
    seen = overseer.open(held.path)
    assert "撤回这一批" not in seen.text
    differs = overseer.follow(seen, "看与上一批差在哪里")
    assert "不再有 20" in differs.text
    done = overseer.submit(seen, "确认入库")
    assert done.status == 200
    assert "等待关联" in done.text
    late = overseer.submit(seen, "确认入库")
    assert late.status == 412
    assert "已有变化" in late.text
    office.work()
    assert "已入库" in overseer.open(held.path).text
    assert "已被 后一批 取代" in sender.open(sent.path).text

    page = overseer.follow(overseer.open(held.path), "回退…")
    assert "上一批重新生效" in page.text
    short = overseer.submit(page, "确认回退", reason="错")
    assert short.status == 422
    assert "请写明回退的原因" in short.text
    back = overseer.submit(short, "确认回退", reason="文件导出不完整，少了一半")
    office.work()
    page = overseer.open(back.path)
    assert "已回退" in page.text
    assert "文件导出不完整" in page.text
    assert "取代" not in sender.open(sent.path).text


def test_what_is_held_is_withdrawn_by_whoever_sent_it(office: Office, sender: Browser) -> None:
    page = office.send("canlian", cards(PEOPLE[1:40]), expected_rows="40")
    office.work()
    page = sender.open(page.path)
    assert "填报说有" in page.text
    assert "已撤回" in sender.submit(page, "撤回这一批").text


def test_another_agencys_delivery_is_not_found(office: Office, sender: Browser) -> None:
    batch = office.send("canlian", cards(PEOPLE[5:40])).path
    health = office.at("weijian", agency="health")
    for path in (
        batch,
        f"{batch}/diff",
        f"{batch}/receipt",
        f"{batch}/files/report.xlsx",
        f"{batch}/files/quality.xlsx",
    ):
        page = health.open(path)
        assert page.status == 404, path
        assert "没有找到" in page.text
    elsewhere = health.open(f"/deliver/{CARDS_FEED}")
    assert elsewhere.status == 403
    assert "不归本部门" in elsewhere.text
    page = health.open("/deliver/health-illness")
    word = dict(page.form("先试校验").fields)["word"]
    for step in ("cancel", "confirm"):
        answer = health.client.post(f"{batch}/{step}", data={"word": word, "seen": "x"})
        assert answer.status_code == 404
    file = {"file": ("a.csv", csv(CARDS, [card(*PEOPLE[0])]), "text/csv")}
    foreign = health.client.post(f"/deliver/{CARDS_FEED}", data={"word": word, "mode": "commit"}, files=file)
    assert foreign.status_code == 403
    office.work()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.xlsx", b"", "请重新导出"),
        ("信.pdf", b"%PDF-1.7 ...", "不是表格"),
        ("照片.jpg", b"\xff\xd8\xff\xe0" + b"0" * 50, "不是表格"),
        ("坏.xlsx", b"PK\x03\x04" + b"0" * 50, "另存为"),
        ("密.xls", old_workbook([["姓名"]], password=True), "打开密码"),
        ("只有表头.csv", csv(CARDS, []), "表头下面没有数据"),
    ],
)
def test_what_is_no_table_is_said_with_the_way_out(office: Office, name: str, content: bytes, said: str) -> None:
    page = office.send("canlian", content, name=name, period="2021-06")
    assert page.status == 422, page.text
    assert said in page.text
    assert "errors" not in page.text
    assert 'value="2021-06"' in page.answer.text, "nothing typed is lost"


def test_a_zip_and_no_file_at_all(office: Office, sender: Browser) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "压缩包" in office.send("canlian", packed.getvalue(), name="a.zip").text
    page = sender.open(f"/deliver/{CARDS_FEED}")
    none = sender.submit(page, "先试校验", mode="commit")
    assert none.status == 422
    assert "请先选择要报送的文件" in none.text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("expected_rows", "约四十", "行数只写整数"),
        ("period", "二月", "所属期只写数字和横线"),
        ("extracted_at", "昨天", "请填写日期"),
    ],
)
def test_what_is_typed_wrong_is_said_beside_its_field(office: Office, field: str, typed: str, said: str) -> None:
    page = office.send("canlian", cards(PEOPLE[:40]), **{field: typed})
    assert page.status in {400, 422}
    assert said in page.text
    assert f'value="{typed}"' in page.answer.text
    assert f'aria-describedby="wrong-{field}"' in page.answer.text


def test_a_session_that_ends_while_a_file_is_sent(office: Office) -> None:
    browser = office.at("canlian.san")
    page = browser.open(f"/deliver/{CARDS_FEED}")
    browser.client.cookies.clear()
    file = {"file": ("cards.xlsx", cards(PEOPLE[:40]), "application/octet-stream")}
    late = browser.submit(page, "先试校验", files=file, mode="commit", period="2021-08")
    assert late.status == 401
    again = browser.submit(late, "登录", login="canlian.san", password=PASSWORD)
    page = office.desks.second_step(browser, again, "canlian.san")
    page = browser.submit(page, "继续提交")
    assert page.status == 422
    assert "请先选择要报送的文件" in page.text
    assert 'value="2021-08"' in page.answer.text


def test_a_file_beyond_the_bound_is_refused_in_words(office: Office) -> None:
    page = office.send("canlian", b"x" * (MOST + 2_000_000))
    assert page.status == 413
    assert "文件太大" in page.text
    assert "最多接收 0.5 MB" in page.text


def test_another_layout_is_told_column_by_column(office: Office) -> None:
    foreign = workbook([["企业名称", "统一社会信用代码", "姓名"], ["某公司", "91640000MA75X", "马建国"]])
    page = office.send("canlian", foreign, name="qiye.xlsx")
    assert page.status == 422
    assert "表头对不上" in page.text
    assert "残疾人证号" in page.text
    assert "各列怎样理解" in page.text
    assert "没有约定这一列" in page.text
    look = office.send("canlian", xlsx([*CARDS, "备注栏"], [[*card(*PEOPLE[0]), "x"]]), "look")
    assert look.status == 200
    assert "只是试看" in look.text
    assert "如果现在报送：已接收" in look.text


def test_a_long_file_goes_in_parts(office: Office, sender: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.delivering.PART_BYTES", 1000)
    people = PEOPLE[2:40]
    content = csv(CARDS, [card(*one) for one in people])
    assert len(content) > 3000
    page = office.send("canlian", content, name="cards.csv", period="2021-07")
    office.work()
    assert "38" in sender.open(page.path).text
    assert "已入库" in sender.open(page.path).text
    again = office.send("canlian", content, name="cards.csv", period="2021-07")
    assert "重复，未再入库" in again.text


def test_the_county_sees_all_feeds_and_down_to_a_batch(office: Office, sender: Browser) -> None:
    overseer = office.at("fuze", "review-overseer", "civil-affairs")
    page = overseer.open("/feeds")
    assert "从未送达" in page.text
    assert "<polyline" in page.answer.text
    feed = overseer.follow(page, "残疾人证持证人员")
    assert "历次质量" in feed.text
    assert "各批" in feed.text
    batch = overseer.open(next(there for there, _ in feed.links if there.startswith("/deliver/batches/")))
    assert batch.status == 200
    assert "错误标在原表" not in batch.text, "the file goes to nobody but the agency"
    assert overseer.open("/feeds/nothing").status == 404
    assert overseer.open("/deliver/batches/nothing").status == 404


def test_no_page_of_deliveries_brings_script_or_style_of_its_own(office: Office, sender: Browser) -> None:
    batch = next(there for there, _ in sender.open(f"/deliver/{CARDS_FEED}").links if "/batches/" in there)
    for path in ("/deliver", f"/deliver/{CARDS_FEED}", batch, "/corrections"):
        text = sender.open(path).answer.text
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=\"/static/)", text), path
        assert len(text.encode()) < 500_000


def test_with_the_matcher_away_it_says_so(office: Office, sender: Browser) -> None:
    office.desks.inside.away.add("matcher")
    try:
        for path in ("/deliver", f"/deliver/{CARDS_FEED}", "/corrections"):
            page = sender.open(path)
            assert page.status == 503
            assert "比对服务没有应答" in page.text
    finally:
        office.desks.inside.away.clear()


def test_who_sends_nothing_is_shown_no_way_there(office: Office) -> None:
    reviewer = office.at("fuhe", "reviewer", "civil-affairs")
    told: Any = reviewer.open("/deliver")
    assert told.status == 403
    assert not [there for there, _ in told.links if there in {"/deliver", "/feeds"}]
