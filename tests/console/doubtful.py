"""Rows about which a human has to be asked: somebody of the registry under another name, or with a number misspelt."""

import csv
import io
from pathlib import Path

from openpyxl import load_workbook

from tests.journeys.stage import Stage

ENCODING = "gb18030"
EVERY = 9  # how far apart those of the registry are who are taken


def with_doubts(folder: Path, count: int) -> bytes:
    """The health bureau's list of a county in `folder` with `count` such rows more."""
    people = _registered(folder)
    chosen = people[:: max(1, min(EVERY, len(people) // count))][:count]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for place, person in enumerate(chosen):
        writer.writerow(_row(person, chosen[place - 1], place))
    return (folder / "health.csv").read_bytes() + text.getvalue().encode(ENCODING)


def deliver_doubts(stage: Stage, count: int) -> None:
    """That list, delivered, confirmed by somebody else of the bureau (so many who match nobody are held), screened."""
    pusher = stage.token("health", "feeds:push", "batches:read")
    other = stage.token("health", "batches:read", "feeds:push")
    content, kind = with_doubts(stage.data / "county", count), {"Content-Type": "text/csv"}
    batch = stage.call("POST", "/matcher/v1/feeds/health-illness/batches", pusher, content=content, headers=kind)
    stage.work()
    path = f"/matcher/v1/batches/{batch.json()['batch_id']}"
    seen = stage.call("GET", path, other).headers["ETag"]
    done = stage.call("POST", f"{path}/confirm", other, headers={"If-Match": seen})
    assert done.status_code == 200, done.text
    stage.work()


def _registered(folder: Path) -> list[dict[str, str]]:
    book = load_workbook(folder / "registry.xlsx", read_only=True)
    _, head, *rows = book.worksheets[0].iter_rows(values_only=True)
    book.close()
    people = [dict(zip(map(str, head), map(str, row), strict=True)) for row in rows]
    return [one for one in people if len(one["身份证号"]) == 18 and len(one["姓名"]) in (2, 3)]


def _row(person: dict[str, str], other: dict[str, str], place: int) -> list[str]:
    """In turn: under somebody else's name; with one character of the name and two neighbours of the number wrong; with
    neither number nor house."""
    name, number, birth, address = (person[one] for one in ("姓名", "身份证号", "出生日期", "户籍地址"))
    if place % 3 == 0:
        name = other["姓名"]
    elif place % 3 == 1:
        name, number = name[:-1] + "乜", f"{number[:14]}{number[15]}{number[14]}{number[16:]}"
    else:
        number, address = "", address[:6]
    return [name, number, person["性别"], birth, address, "", "终末期肾病", "N18.5", "2021-03-15", "90000", "50000"]
