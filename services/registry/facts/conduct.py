"""Custodians of cards, who fetched what, and relatives of staff (A6, A7, A9)."""

from collections import Counter

import polars as pl

from registry.facts.entries import Said, every, live, of_somebody
from registry.facts.ground import Ground, facts
from registry.registers.due import who_is

OFFICES = {"village-cadre": "cadre", "programme-staff": "staff", "official": "staff"}
# What a relation is written with: kin by blood or marriage, and people of the village.
KIN = (
    "父", "母", "子", "女", "夫", "妻", "配偶", "爱人", "兄", "弟", "姐", "妹", "哥", "孙", "外甥", "侄", "叔", "伯",
    "姑", "姨", "舅", "婶", "嫂", "媳", "婿", "岳", "公婆", "亲属", "亲戚", "堂", "表",
)  # fmt: skip
VILLAGERS = ("村民", "邻居", "邻里", "同村", "乡邻")


def relation_of(post: str, relation: str) -> str:
    """cadre, staff, relative, villager or other: an office comes before kinship."""
    if post in OFFICES:
        return OFFICES[post]
    if any(word in relation for word in VILLAGERS):
        return "villager"
    return "relative" if any(word in relation for word in KIN) else "other"


def custodian(ground: Ground) -> pl.DataFrame:
    """Live entries of 卡折委托代管, with how many cards the custodian holds in all."""
    said = live(ground, "custodian")
    cards = Counter(who_is(one.values, "custodian") for one in said)  # also of people the registry does not know
    return facts("custodian", (_custodian(ground, one, cards) for one in said if one.subject_id is not None))


def _custodian(ground: Ground, one: Said, cards: Counter[str | None]) -> dict[str, object]:
    who = who_is(one.values, "custodian")
    return one.fact(
        text=one.values["custodian"]["name"],
        code=relation_of(one.values["post"], one.values["relation"]),
        count=cards[who],
        about=ground.token("person", who),
        valid_from=one.day("begins_on"),
        valid_to=one.day("ends_on"),
    )


def custodians_since(ground: Ground) -> pl.DataFrame:
    """Who ever kept whose card, ended entries too: subject_id, keeper, since, until (an ended one until its end)."""
    rows = [
        {
            "subject_id": one.subject_id,
            "keeper": one.values["custodian"]["name"],
            "since": one.day("begins_on"),
            "until": min(
                filter(None, (one.day("ends_on"), one.row.valid_from if one.row.ended else None)), default=None
            ),
        }
        for one in every(ground, "custodian")
        if one.subject_id is not None
    ]
    shape = {"subject_id": pl.String, "keeper": pl.String, "since": pl.Date, "until": pl.Date}
    return pl.DataFrame(rows, schema=shape, orient="row")


def proxy_pickup(ground: Ground) -> pl.DataFrame:
    """代领登记."""
    return facts(
        "proxy-pickup",
        (
            one.fact(text=one.values["proxy"]["name"], valid_from=one.day("picked_on"))
            for one in of_somebody(ground, "proxy-pickup")
        ),
    )


def staff_relative(ground: Ground) -> pl.DataFrame:
    """近亲属备案: the supported relative is the subject."""
    return facts(
        "staff-relative",
        (
            one.fact(
                text=one.values["staff"]["name"],
                code=one.values["relation"],
                about=ground.token("person", who_is(one.values, "staff")),
                valid_from=one.day("filed_on"),
            )
            for one in of_somebody(ground, "staff-relative")
        ),
    )
