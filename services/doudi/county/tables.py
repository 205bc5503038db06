"""The hand-made and public tables the synthetic county is drawn from (data/SOURCES.md says where each comes from)."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.str_]
Floats = NDArray[np.float64]

LEVELS = ("clean", "typical", "dirty", "brutal")


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one CSV in data/, text as it stands."""
    with (files(__package__) / "data" / name).open("r", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def text(name: str) -> str:
    """One file in data/ word for word."""
    return (files(__package__) / "data" / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Places:
    """The never-issued county 640499: its villages, each with its township, and the names above them."""

    village_codes: Texts  # 12 digits
    village_names: Texts  # as in an area table: 杨家湾村委会
    township_codes: Texts  # of each village, 9 digits
    township_names: Texts  # of each village
    province: str
    city: str
    county: str

    def spoken(self) -> Texts:
        """Village names as an address writes them: 杨家湾村, 城关社区."""
        return np.array([name.removesuffix("居委会").removesuffix("委会") for name in self.village_names])


@cache
def places() -> Places:
    """The county of areas.csv."""
    table = rows("areas.csv")
    names = {row["code"]: row["name"] for row in table}
    villages = [row for row in table if row["level"] == "village"]
    above = {row["level"]: row["name"] for row in table[:3]}
    return Places(
        village_codes=np.array([row["code"] for row in villages]),
        village_names=np.array([row["name"] for row in villages]),
        township_codes=np.array([row["parent"][:9] for row in villages]),
        township_names=np.array([names[row["parent"]] for row in villages]),
        province=above["province"],
        city=above["city"],
        county=above["county"],
    )


@cache
def rates(level: str) -> dict[str, float]:
    """Event -> chance, for one error level of levels.csv. Raises ValueError for an unknown level."""
    if level not in LEVELS:
        raise ValueError(f"unknown error level {level!r}: one of {', '.join(LEVELS)}")
    return {row["event"]: float(row[level]) for row in rows("levels.csv")}


@cache
def surnames(table: str) -> tuple[Texts, Floats]:
    """Surnames and their shares (sum 1) from han_surnames.csv or hui_surnames.csv."""
    content = rows(table)
    weight = np.array([float(row["weight"]) for row in content])
    return np.array([row["surname"] for row in content]), weight / weight.sum()


@cache
def compound_surnames() -> frozenset[str]:
    """欧阳 and the other surnames of two characters."""
    return frozenset(one for one in surnames("han_surnames.csv")[0].tolist() if len(one) == 2)


@cache
def confusions() -> dict[tuple[str, str], str]:
    """(character, kind) -> characters it is taken for, likelier first; kinds are the events of levels.csv in short."""
    return {(row["char"], row["kind"]): row["alternatives"] for row in rows("confusions.csv")}


@cache
def spellings() -> dict[str, tuple[str, ...]]:
    """Each spelling of a Hui, Uyghur, Tibetan or Mongol name -> the other spellings of the same name."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows("minority_name_variants.csv"):
        if row["source_name"].startswith("("):  # the row that lists separators, not spellings
            continue
        variants = row["variants"].split("|")
        for variant in variants:
            found[variant] = tuple(other for other in variants if other != variant)
    return found


@cache
def minority_given(sex: int) -> Texts:
    """Customary spellings of Hui and Uyghur names borne by one sex (1 men, 2 women)."""
    letter = "m" if sex == 1 else "f"
    wanted = [
        row["variants"].split("|")[0]
        for row in rows("minority_name_variants.csv")
        if row["sex"] == letter and row["group"] in ("Hui 经名", "Uyghur")
    ]
    return np.array(sorted(set(wanted)))


@cache
def age_shares() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Lower ages of the 5-year groups, and the share of each group among all people, men and women (2 columns)."""
    content = rows("age_sex_2020.csv")
    lower = np.array([int(row["age"].rstrip("+").split("-")[0]) for row in content])
    share = np.array([float(row["pct_ningxia_raked"]) for row in content])
    men = np.array([float(row["sex_ratio_m_per_100f"]) for row in content])
    male = men / (men + 100)
    both = np.column_stack([share * male, share * (1 - male)])
    return lower, both / both.sum()
