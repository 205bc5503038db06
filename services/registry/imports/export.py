"""The registry's people and their support in the layout of the civil affairs export: what is read back is unchanged."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from china.masks import mask_account, mask_name, mask_number, mask_phone
from kit.crypto import KeyRing
from kit.sheets_out import Column
from registry.coverage.codes import END_REASONS, GROUNDS, MODES, SELF_CARE, UPLIFTS, word_of
from registry.coverage.rules import MODES as MODE_OF
from registry.coverage.rules import TITLES
from registry.imports.headers import HEADERS
from registry.imports.present import Present
from registry.imports.write import ACCOUNT
from registry.persons.sealed import ID_NUMBER, PHONE, unseal

COLUMNS = tuple(
    Column(names[0], 20 if names[0] in {"身份证号", "银行账号", "户籍地址"} else 12) for names in HEADERS.values()
)
FORMS = {"household": "整户保", "single": "单人保"}
SEXES = {"1": "男", "2": "女"}
Row = Mapping[str, Any]


def rows_of(present: Present, area: str) -> pl.DataFrame:
    """A row per period, and one for every member who is not supported; `area`: the beginning of the codes wanted."""
    heads = present.memberships.filter("is_head").join(
        present.persons.select("person_id", head_name="name"), on="person_id"
    )
    heads = heads.unique("household_id", keep="first", maintain_order=True).select("household_id", "head_name")
    homes = present.households.select("household_id", "number").join(heads, on="household_id", how="left")
    places = present.memberships.select("person_id", "household_id", "relation", "is_head")
    held = present.coverage.join(places, on=["person_id", "household_id"], how="left", nulls_equal=True)
    others = places.join(present.coverage, on="person_id", how="anti").with_columns(pl.lit(None).alias("programme"))
    people = present.persons.rename({"area": "home"}).drop("version", "source_import", "source_line")
    rows = pl.concat([held, others], how="diagonal_relaxed").join(people, on="person_id")
    rows = rows.filter(pl.coalesce("area", "home").str.starts_with(area))
    rows = rows.join(homes, on="household_id", how="left")
    return rows.sort("number", pl.col("is_head").not_(), "person_id", "start", nulls_last=True)


def lines(rows: pl.DataFrame, ring: KeyRing, *, full: bool) -> Iterator[list[str | None]]:
    """The cells of each row, in the order of the columns; numbers, names and telephones masked unless `full`."""

    def shown(mask: Callable[[str | None], str | None], text: str | None) -> str | None:
        return text if full else mask(text)

    for row in rows.iter_rows(named=True):
        cells = {
            **_plain(row),
            "head_name": shown(mask_name, row["head_name"]),
            "name": shown(mask_name, row["name"]),
            "id_number": shown(mask_number, unseal(ring, row["id_number_sealed"], ID_NUMBER)),
            "phone": shown(mask_phone, unseal(ring, row["phone_sealed"], PHONE)),
            "address": row["address"] if full else None,
            "payee": shown(mask_name, row["payee"]),
            "account": shown(mask_account, unseal(ring, row["account_sealed"], ACCOUNT)),
        }
        yield [cells.get(name) for name in HEADERS]


def _plain(row: Row) -> dict[str, str | None]:
    grounds = row["uplift_grounds"].split(",") if row["uplift_grounds"] else []
    return {
        "household": row["number"],
        "programme": TITLES.get(row["programme"] or ""),
        "form": FORMS.get(row["form"] or ""),
        "household_size": _count(row["household_size"]),
        "covered_count": _count(row["covered_count"]),
        "sex": SEXES.get(row["sex"] or ""),
        "birth_date": _day(row, "birth_date", "%Y%m%d"),
        "ethnic": row["ethnic"],
        "relation": row["relation"],
        "division": row["division"],
        "start": _day(row, "start", "%Y%m"),
        "end": _day(row, "end", "%Y%m"),
        "amount": _yuan(row["amount_fen"]),
        "own_amount": _yuan(row["own_amount_fen"]),
        "uplift_grounds": "、".join(UPLIFTS[one][0] for one in grounds) or None,
        "uplift": _yuan(row["uplift_fen"]),
        "ground": word_of(GROUNDS, row["ground"]),
        "basis": row["basis"],
        "mode": word_of(MODES, MODE_OF.get(row["programme"] or "")),
        "self_care": word_of(SELF_CARE, row["self_care"]),
        "phase_out": "是" if row["phase_out_from"] else None,
        "phase_out_from": _day(row, "phase_out_from", "%Y%m"),
        "phase_out_until": _day(row, "phase_out_until", "%Y%m"),
        "end_reason": word_of(END_REASONS, row["end_reason"]),
        "covered": "否" if row["programme"] is None else "是",
    }


def _count(value: int | None) -> str | None:
    return None if value is None else str(value)


def _day(row: Row, name: str, pattern: str) -> str | None:
    return None if row[name] is None else row[name].strftime(pattern)


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else f"{fen // 100}.{fen % 100:02d}"
