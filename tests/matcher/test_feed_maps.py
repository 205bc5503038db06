"""Feeds are data: a map is put in force through the API, seen by every process at once, never behind anybody's back."""

import io
import json
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from kit.columns import new_id
from kit.database import reading, transaction
from matcher.feeds import store as feeds
from matcher.feeds.feed import FeedUnknown, feed_ids, load_feed
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.feeds.layouts import book, feed, number
from tests.matcher.test_batches import problem

KEEPER = "feeds:read feeds:write"
DEATHS = "health-deaths"


def content_of(matcher: Matcher, feed_id: str) -> dict[str, Any]:
    """The map in force, as somebody would alter it."""
    return dict(matcher.get(f"/feeds/{feed_id}", matcher.headers(KEEPER))["content"])


def put(matcher: Matcher, feed_id: str, document: dict[str, Any], seen: str = '"v1"', **more: Any) -> httpx.Response:
    """Alter a feed as the administrator, of the version seen."""
    headers = {**matcher.headers(KEEPER, agency="data-bureau"), "If-Match": seen, "Idempotency-Key": new_id()}
    body = {"reason": "表头更名", "map": document, **more}
    return matcher.http.put(f"/feeds/{feed_id}", json=body, headers=headers)


def onboard(matcher: Matcher, feed_id: str, document: dict[str, Any]) -> httpx.Response:
    """A feed that is not there yet."""
    headers = {**matcher.headers(KEEPER), "If-None-Match": "*", "Idempotency-Key": new_id()}
    return matcher.http.put(f"/feeds/{feed_id}", json={"reason": "新增", "map": document}, headers=headers)


FUND: dict[str, Any] = {
    "agency": "housing-fund", "agency_zh": "住房公积金中心", "title": "公积金是否超限", "load": "delta",
    "freshness_days": 40, "legal_basis": "《社会救助暂行办法》第五十八条", "purpose": "家庭经济状况核对",
    "id_number_from": ["id_number"],
    "columns": [
        {"name": "id_number", "title": "查询身份证号", "headers": ["查询身份证号", "@id-number"], "kind": "id_number",
         "required": True},
        {"name": "over", "title": "是否超限", "headers": ["是否超限"], "kind": "yes-no", "required": True},
        {"name": "month", "title": "所属期", "headers": ["所属期"], "kind": "period"},
    ],
    "facts": [{"kind": "housing-fund-over-limit", "text": "over:sent", "code": "over", "valid_from": "month"}],
}  # fmt: skip


def test_a_feed_that_answers_for_each_number_asked_is_onboarded_pushed_and_linked_without_code(
    matcher: Matcher,
) -> None:
    """No names: yes or no for each number. The worker is a process of its own and was there before the feed."""
    matcher.work()
    answer = onboard(matcher, "housing-fund", FUND)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"].startswith('"v1')
    assert answer.json()["unread_facts"] == ["housing-fund-over-limit"]
    pusher = matcher.headers("feeds:read feeds:push batches:read", sub="fund", agency="housing-fund")
    rows = [
        ["查询身份证号", "是否超限", "所属期"],
        [number(1), "是", "202005"],
        [number(2), "0", "202005"],
        ["无", "是", ""],
    ]
    pushed = matcher.http.post("/feeds/housing-fund/batches", content=book({"结果": rows}), headers=pusher)
    assert pushed.status_code == 202, pushed.text
    matcher.work()
    batch = matcher.get(f"/batches/{pushed.json()['batch_id']}", pusher)
    assert batch["state"] in {"linked", "screened", "published"}, batch
    assert batch["outcomes"]["rejected"] == 1
    with reading(matcher.database) as session:
        agreed = feeds.load(session, "housing-fund")
    stated = matcher.app.state.files.facts(batch["batch_id"])
    assert stated.select("line", "code").rows() == [(2, "yes"), (3, "no")]
    assert agreed.version == batch["feed_version"] == 1


def test_a_change_is_a_new_version_that_says_what_it_changed_and_batches_keep_theirs(matcher: Matcher) -> None:
    people = county.numbered(3)
    first = matcher.deliver(DEATHS, [county.death(*one) for one in people])
    matcher.work()
    document = content_of(matcher, DEATHS)
    died = next(column for column in document["columns"] if column["name"] == "died")
    died["headers"].append("往生日期")
    document["columns"].append({"name": "place", "title": "死亡地点", "headers": ["死亡地点"], "kind": "text"})
    answer = put(matcher, DEATHS, document)
    assert answer.status_code == 200, answer.text
    told = {(one["what"], one["where"]): one for one in answer.json()["changes"]}
    assert set(told) == {("headers-added", "died"), ("column-added", "place")}
    assert told["headers-added", "died"]["words"] == ["往生日期"]
    assert not any(one["meaning"] for one in told.values())
    versions = matcher.get(f"/feeds/{DEATHS}/versions", matcher.agency(DEATHS))["versions"]
    assert [(one["version"], one["reason"]) for one in versions] == [(2, "表头更名"), (1, None)]
    assert versions[0]["made_by"]
    assert versions[0]["made_at"]
    assert matcher.get(f"/feeds/{DEATHS}", matcher.agency(DEATHS), version=1)["version"] == 1
    rows = [["姓名", "证件号码", "往生日期"], ["马一", number(1), "2021-01-01"]]
    pushed = matcher.push(DEATHS, book({"a": rows}))
    assert pushed.status_code == 202, pushed.text
    assert pushed.json()["feed_version"] == 2
    matcher.work()
    assert matcher.get(f"/batches/{first}")["feed_version"] == 1
    with reading(matcher.database) as session:
        assert feeds.load(session, DEATHS, 1) == load_feed(DEATHS, 1)


def test_what_would_make_the_same_file_say_something_else_must_be_meant(matcher: Matcher) -> None:
    document = content_of(matcher, "rural-monitoring")
    removed = next(column for column in document["columns"] if column["name"] == "removed")
    removed["values"] = {"removed": ["否"], "active": ["是"]}
    body = problem(put(matcher, "rural-monitoring", document), 409, "feed-meaning-changes")
    assert {(one["pointer"], one["code"]) for one in body["errors"]} >= {("removed", "words-moved")}
    with reading(matcher.database) as session:
        assert feeds.load(session, "rural-monitoring").version == 1
    answer = put(matcher, "rural-monitoring", document, accepts_meaning=True)
    assert answer.status_code == 200, answer.text
    assert any(one["meaning"] for one in answer.json()["changes"])


def test_a_map_is_refused_with_all_its_mistakes_and_nothing_is_stored(matcher: Matcher) -> None:
    document = {**content_of(matcher, DEATHS), "id_number_from": ["passport"], "freshness_days": "soon", "more": 1}
    body = problem(put(matcher, DEATHS, document), 422, "feed-map-wrong")
    assert [one["pointer"] for one in body["errors"]] == ["/freshness_days", "/id_number_from/0", "/more"]
    assert body["args"]["count"] == 3
    another = {**content_of(matcher, DEATHS), "agency": "tax"}
    body = problem(put(matcher, DEATHS, another), 422, "feed-map-wrong")
    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [("/agency", "fixed")]
    assert len(matcher.get(f"/feeds/{DEATHS}/versions", matcher.headers(KEEPER))["versions"]) == 1


def test_the_version_seen_must_be_named_and_be_the_one_in_force(matcher: Matcher) -> None:
    document = content_of(matcher, DEATHS)
    headers = matcher.headers(KEEPER)
    body = {"reason": "改", "map": document}
    problem(
        matcher.http.put(f"/feeds/{DEATHS}", json={**body, "reason": "改正"}, headers=headers), 428, "version-missing"
    )
    problem(put(matcher, DEATHS, document, seen='"v7"'), 412, "version-mismatch")
    problem(onboard(matcher, DEATHS, document), 412, "version-mismatch")
    problem(put(matcher, "no-such-feed", document), 404, "feed-unknown")
    problem(onboard(matcher, "No Such Feed", document), 422, "feed-map-wrong")
    problem(put(matcher, DEATHS, document, reason="改\0正"), 422, "body-invalid")
    for unheard in ("%00", "x" * 300):
        problem(put(matcher, unheard, document), 404, "feed-unknown")
        problem(matcher.http.get(f"/feeds/{unheard}/versions", headers=headers), 404, "feed-unknown")
        problem(onboard(matcher, unheard, document), 422, "feed-map-wrong")
    same = put(matcher, DEATHS, {**document, "title": document["title"]})
    assert (same.status_code, same.json()["version"], same.json()["changes"]) == (200, 1, [])
    shown = matcher.http.get(f"/feeds/{DEATHS}", headers=headers).headers["etag"]
    died = next(column for column in document["columns"] if column["name"] == "died")
    died["headers"].append("往生日期")
    assert put(matcher, DEATHS, document, seen=shown).json()["version"] == 2
    problem(put(matcher, DEATHS, document), 412, "version-mismatch")


def test_of_two_who_alter_a_feed_at_once_one_is_told(matcher: Matcher) -> None:
    new = load_feed(DEATHS).model_copy(update={"version": 2})
    with transaction(matcher.database) as session:
        assert feeds.add(session, new, feeds.Change("a", "一", []))
    with transaction(matcher.database) as session:
        assert not feeds.add(session, new, feeds.Change("b", "二", []))
        assert feeds.versions(session, DEATHS)[0].made_by == "a"


def test_who_may_alter_and_who_may_read(matcher: Matcher) -> None:
    """An agency reads its own; the county office and whoever keeps the feeds read all; nobody else alters."""
    document = content_of(matcher, DEATHS)
    answer = matcher.http.put(
        f"/feeds/{DEATHS}", json={"reason": "改正", "map": document}, headers=matcher.agency(DEATHS)
    )
    problem(answer, 403, "scope-missing")
    every = list(feed_ids())
    county_office = matcher.headers("feeds:read links:read", agency="civil-affairs")
    assert [one["feed"] for one in matcher.get("/feeds", county_office)["feeds"]] == every
    assert matcher.get("/feeds/disability-cards", county_office)["content"]["columns"]
    assert [one["feed"] for one in matcher.get("/feeds", matcher.headers(KEEPER))["feeds"]] == every
    assert [one["feed"] for one in matcher.get("/feeds", matcher.agency(DEATHS))["feeds"]] == [DEATHS, "health-illness"]
    refused = matcher.http.get("/feeds/disability-cards/versions", headers=matcher.agency(DEATHS))
    problem(refused, 403, "feed-not-yours")
    pushed = matcher.http.post(
        f"/feeds/{DEATHS}/batches", content=b"x", headers=matcher.headers("feeds:push links:read")
    )
    problem(pushed, 403, "feed-not-yours")


def test_a_map_that_counts_everywhere_is_not_altered_from_below(matcher: Matcher) -> None:
    matcher.deliver(DEATHS, [county.death(*one) for one in county.numbered(2)])
    matcher.work()
    document = content_of(matcher, DEATHS)
    headers = {**matcher.headers(KEEPER, area="640499101000"), "If-Match": '"v1"'}
    answer = matcher.http.put(f"/feeds/{DEATHS}", json={"reason": "改正", "map": document}, headers=headers)
    problem(answer, 403, "feed-area-too-small")


def test_a_feed_about_nobody_is_read_and_reported_and_links_nobody(matcher: Matcher) -> None:
    told = feed("低保统计").model_dump(mode="json", exclude={"id", "version"})
    assert onboard(matcher, "dibao-figures", told).status_code == 201
    pusher = matcher.headers("feeds:read feeds:push batches:read", sub="ca", agency="civil-affairs")
    rows = [
        ["行政区划", "低保类别", "户数", "统计月份"],
        ["640499100000", "02", "12", "202006"],
        ["640499101000", "某", "1", ""],
    ]
    pushed = matcher.http.post("/feeds/dibao-figures/batches", content=book({"统计": rows}), headers=pusher)
    matcher.work()
    batch = matcher.get(f"/batches/{pushed.json()['batch_id']}", pusher)
    assert batch["state"] in {"linked", "screened", "published"}, batch
    assert sum(batch["outcomes"].values()) == 2
    assert matcher.get(f"/batches/{batch['batch_id']}/quality", pusher)["rows"] == 2
    assert matcher.get("/links", matcher.headers())["links"] == []


def test_a_wide_list_is_linked_person_by_person_and_each_row_says_where_it_stands(matcher: Matcher) -> None:
    told = feed("农村低保").model_dump(mode="json", exclude={"id", "version"})
    assert onboard(matcher, "dibao-wide", told).status_code == 201
    pusher = matcher.headers("feeds:read feeds:push batches:read", sub="ca", agency="civil-affairs")
    heads = ["乡镇街", "户主姓名", "户主身份证", "成员1姓名", "成员1身份证"]
    sheets = {
        "甲镇": [heads, ["甲镇", "马一", number(1), "马二", number(2)]],
        "乙镇": [heads, ["乙镇", "马三", number(3), "马四", "12"]],
    }
    pushed = matcher.http.post("/feeds/dibao-wide/batches", content=book(sheets), headers=pusher)
    assert pushed.status_code == 202, pushed.text
    matcher.work()
    batch_id = pushed.json()["batch_id"]
    rows = matcher.get(f"/batches/{batch_id}/rows", pusher)["rows"]
    assert [(one["line"], one["sheet"], one["row"], one["part"]) for one in rows] == [
        (201, "甲镇", 2, 1), (202, "甲镇", 2, 2), (401, "乙镇", 2, 1), (402, "乙镇", 2, 2)
    ]  # fmt: skip
    assert any(issue["pointer"] == "/成员1身份证" for issue in rows[3]["issues"])
    batch = matcher.get(f"/batches/{batch_id}", pusher)
    assert sum(batch["outcomes"].values()) == 4
    assert [one["name"] for one in batch["reading"]["sheets"]] == ["甲镇", "乙镇"]


def test_a_template_of_a_wide_list_passes_its_own_reader(matcher: Matcher) -> None:
    told = feed("农村低保").model_dump(mode="json", exclude={"id", "version"})
    assert onboard(matcher, "dibao-wide", told).status_code == 201
    headers = matcher.headers("feeds:read feeds:push", agency="civil-affairs")
    template = matcher.http.get("/feeds/dibao-wide/template.xlsx", headers=headers)
    book = load_workbook(io.BytesIO(template.content))
    for cell in book.worksheets[0][1]:
        book.worksheets[0].cell(2, cell.column).value = "马一" if "姓名" in cell.value else None
    filled = io.BytesIO()
    book.save(filled)
    pushed = matcher.http.post("/feeds/dibao-wide/batches", content=filled.getvalue(), headers=headers)
    assert pushed.status_code == 202, pushed.text
    columns = matcher.http.post("/feeds/dibao-wide/trial", content=template.content, headers=headers).json()["columns"]
    assert [one["column"] for one in columns][-14:] == ["name", "id_number"] * 7


# ---- the trial


def tried(matcher: Matcher, feed_id: str, content: bytes, **form: str) -> dict[str, Any]:
    """A trial as the feed's agency; by a form where a draft is given."""
    headers = matcher.agency(feed_id)
    if form:
        sent: dict[str, Any] = {"files": {"file": ("a.xlsx", content)}, "data": form}
    else:
        sent = {"content": content}
    answer = matcher.http.post(f"/feeds/{feed_id}/trial", headers=headers, **sent)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_trial_shows_how_each_column_was_understood_and_stores_nothing(matcher: Matcher) -> None:
    rows = [
        ["某县残疾人名单"],
        ["姓名", "残疾人证号", "残疾等级", "状态", "金额(万元)", "电话号码"],
        ["欧阳一", number(1) + "41", "一级", "有效", 1, "13800000000"],
        ["马二", number(2) + "42", "五级", "冻結", 2, "13800000001"],
        ["马三", "123", "王小明", "王小明", 3, ""],
        ["合计", 3],
    ]
    told = tried(matcher, "disability-cards", book({"名单": rows, "说明": [["怎样填"]]}, hidden=["说明"]))
    by_header = {one["header"]: one for one in told["columns"]}
    assert by_header["残疾人证号"]["column"] == "card"
    assert (by_header["残疾人证号"]["place"], by_header["残疾人证号"]["filled"]) == ("B", 3)
    assert (by_header["残疾人证号"]["readable"], by_header["残疾人证号"]["unreadable"]) == (2, 1)
    assert by_header["残疾等级"]["codes"] == {"1": 1}
    assert by_header["残疾等级"]["unknown_words"] == [{"text": "五级", "cells": 1}, {"text": None, "cells": 1}]
    assert by_header["状态"]["codes"] == {"valid": 1}
    assert by_header["状态"]["unknown_words"] == [{"text": "冻結", "cells": 1}, {"text": None, "cells": 1}]
    assert by_header["金额(万元)"]["column"] is None
    proposed = by_header["电话号码"]["proposals"]
    assert proposed[0]["column"] == "phone"
    assert proposed[0]["likeness"] >= 50
    assert (told["sheets"][0]["title"], told["sheets"][0]["closing"], told["sheets"][0]["rows"]) == (1, 1, 3)
    assert told["sheets_hidden"] == ["说明"]
    assert told["rows"] == sum(told["outcomes"].values()) == 3
    assert told["issues"]["value-unknown"] == 4
    for cell in ("欧阳一", "马二", "王小明", number(1), "13800000000"):
        assert cell not in json.dumps(told, ensure_ascii=False)
    assert matcher.get("/batches", matcher.agency("disability-cards"))["batches"] == []


def test_a_trial_of_columns_nobody_agreed_on_proposes_what_they_may_mean(matcher: Matcher) -> None:
    rows = [["死者名字", "公民身份证号", "去世时间"], ["马一", number(1), "2021-01-01"]]
    told = tried(matcher, DEATHS, book({"a": rows}))
    missing = [one["column"] for group in told["missing"] for one in group]
    assert {"name", "died"} <= set(missing)
    assert told["rows"] is None
    proposals = {one["header"]: [each["column"] for each in one["proposals"]] for one in told["columns"]}
    assert proposals["死者名字"][0] == "name"
    assert proposals["公民身份证号"][0] == "id_number"
    assert proposals["去世时间"][0] == "died"
    assert "马一" not in json.dumps(told, ensure_ascii=False)


def test_a_trial_of_a_list_without_a_header_repeats_none_of_its_cells(matcher: Matcher) -> None:
    told = tried(matcher, DEATHS, book({"a": [["马建国", number(1), "甲镇乙村"], ["马二", number(2), "x"]]}))
    assert told["columns"] == [] or all(one["header"] is None for one in told["columns"])
    assert "马建国" not in json.dumps(told, ensure_ascii=False)


def test_a_draft_is_tried_before_it_is_put_in_force(matcher: Matcher) -> None:
    draft = content_of(matcher, DEATHS)
    for column in draft["columns"]:
        if column["name"] == "died":
            column["headers"] = ["往生日期"]
            column["title"] = "往生日期"
    rows = [["姓名", "证件号码", "往生日期"], ["马一", number(1), "2021-01-01"]]
    content = book({"a": rows})
    assert tried(matcher, DEATHS, content)["missing"]
    told = tried(matcher, DEATHS, content, map=json.dumps(draft))
    assert (told["missing"], told["version"], told["rows"]) == ([], None, 1)
    headers = matcher.agency(DEATHS)
    wrong = {"files": {"file": ("a.xlsx", content)}, "data": {"map": json.dumps({**draft, "load": "x"})}}
    problem(matcher.http.post(f"/feeds/{DEATHS}/trial", headers=headers, **wrong), 422, "feed-map-wrong")
    new = {"files": {"file": ("a.xlsx", content)}, "data": {"map": json.dumps(draft)}}
    keeper = matcher.http.post("/feeds/some-feed/trial", headers=matcher.headers(KEEPER), **new)
    assert keeper.json()["rows"] == 1
    problem(matcher.http.post("/feeds/some-feed/trial", headers=headers, **new), 404, "feed-unknown")
    with reading(matcher.database) as session, pytest.raises(FeedUnknown):
        feeds.load(session, "some-feed")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"content": b""}, 422, "delivery-empty"),
        ({"content": b"PK\x03\x04torn"}, 422, "file-unreadable"),
        ({"data": {"map": "{}"}, "files": {"other": ("a", b"x")}}, 422, "delivery-empty"),
        ({"data": {"map": "no"}, "files": {"file": ("a", b"x")}}, 400, "body-unreadable"),
        ({"data": {"map": "[]"}, "files": {"file": ("a", b"x")}}, 400, "body-unreadable"),
        ({"content": b"--", "headers": {"Content-Type": "multipart/form-data"}}, 400, "body-unreadable"),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}}, 400, "body-unreadable"),
    ],
)
def test_what_is_no_sample_is_refused(matcher: Matcher, sent: dict[str, Any], status: int, code: str) -> None:
    headers = {**matcher.agency(DEATHS), **sent.get("headers", {})}
    answer = matcher.http.post(f"/feeds/{DEATHS}/trial", **{**sent, "headers": headers})
    problem(answer, status, code)
