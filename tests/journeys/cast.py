"""The people of the story: an invented county's papers, and planted into them one person for everything that befalls.

June is what the agencies send first; mid-June is one feed again, without two of its people; July is next month.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doudi.county import make_county
from tests.journeys.papers import Papers
from tests.journeys.villagers import Village, Villager, covered, dead, disabled, ill, monitored, villager, villages

FIRST_INDEX = 100
VISITED = "2021-06-01"
# Who, and what the visit to them came to. All but the last of these hold the card of a severe disability and are
# supported by nobody; a second person confirms those of 02 to 07.
MISSED: dict[str, dict[str, Any]] = {
    "entitled": {"code": "02", "form": "household"},
    "single": {"code": "02", "form": "single"},
    "refused": {"code": "02", "form": "household"},
    "tekun": {"code": "03", "form": "home"},
    "margin": {"code": "04"},
    "rigid": {"code": "05"},
    "aided": {"code": "06"},
    "referred": {"code": "07", "refer_to": "县残疾人联合会"},
    "watched": {"code": "08", "note": "家庭收入稳定，持续关注"},
    "later": {"code": "08"},
    "wealthy": {"code": "09", "reason": "income"},
    "buried": {"code": "10", "died_on": "2021-05-20"},
    "moved": {"code": "11"},
    "stranger": {"code": "12"},
    "proud": {"code": "13"},
    "twice": {"code": "14"},
    "absent": {"code": "15", "revisit_on": "2021-06-12"},
    "elsewhere": {"code": "16"},
    "applying": {"code": "17"},
    "other": {"code": "18"},
    "known": {"code": "01"},
}
# Supported, and a death certificate seems to be theirs.
WRONG: dict[str, dict[str, Any]] = {
    "stopped": {"code": "W1", "stop_from": "2021-07", "overpaid_fen": 128_000, "recovered_fen": 0},
    "head": {"code": "W2", "stop_from": "2021-07"},
    "late": {"code": "W3"},
    "alive": {"code": "W4"},
    "kept": {"code": "W5"},
}
# Nobody reports on these: gone from the feed before their case is taken over, and after.
LEFT = ("gone", "flagged")
HOUSEHOLD = ("elder", "younger")  # of one monitored household
TWINS = ("namesake", "double")  # two supported people of one name and village; one of them died


@dataclass(frozen=True)
class Cast:
    """Everybody by the part they play, and the papers of the months."""

    people: dict[str, Villager]
    june: Papers
    mid_june: Papers
    july: Papers

    def who(self, number: str | None, name: str | None = None) -> str | None:
        """The part of the person with that number or name; None for the county's others."""
        for part, one in self.people.items():
            if one.number == number or one.name == name:
                return part
        return None


def cast_of(folder: Path, people: int, seed: int) -> Cast:
    """An invented county of `people` persons with the cast planted into it."""
    make_county(folder, people, "typical", seed)
    june = Papers.read(folder)
    parts = [*MISSED, *LEFT, *HOUSEHOLD, *WRONG, *TWINS]
    homes = villages(june.areas)
    everybody = {part: villager(FIRST_INDEX + at, homes[at % 24]) for at, part in enumerate(parts)}
    _june(june, everybody, homes[0])
    mid_june = june.copy()
    for part in LEFT:
        mid_june.drop("disability.xlsx", 姓名=everybody[part].name)
    return Cast(everybody, june, mid_june, _july(mid_june, everybody))


def _june(papers: Papers, people: dict[str, Villager], twins: Village) -> None:
    people["twice"] = people["twice"].living_in(people["entitled"].home)
    for part in (*MISSED, *LEFT):
        disabled(papers, people[part])
    # Registered under a name and a number that the federation's card does not bear.
    known = "马" + people["known"].name[1:]
    covered(papers, people["known"], "Z0001", 姓名=known, 户主姓名=known)
    stolen = villager(399, twins).number
    papers.alter("disability.xlsx", {"姓名": people["known"].name}, 残疾人证号=f"{stolen}41")
    for part in HOUSEHOLD:
        people[part] = people[part].living_in(people["elder"].home)
        monitored(papers, people[part], "640000990001")
        disabled(papers, people[part])
    for at, part in enumerate(WRONG):
        covered(papers, people[part], f"Z01{at:02}")
        dead(papers, people[part])
    for at, part in enumerate(TWINS):
        people[part] = Villager(people[TWINS[0]].name, villager(300 + 2 * at, twins).number, "男", twins)
        covered(papers, people[part], f"Z02{at:02}")
    dead(papers, people[TWINS[0]], 证件号码=None, 出生日期=None)


def _july(before: Papers, people: dict[str, Villager]) -> Papers:
    papers = before.copy()
    covered(papers, people["entitled"], "N0001", 起保年月="202107", 家庭人口="2")
    covered(papers, people["single"], "N0002", 起保年月="202107", 保障方式="单人保", 家庭人口="3")
    covered(papers, people["tekun"], "N0003", 起保年月="202107", 救助类别="分散供养", 保障方式=None)
    covered(papers, people["margin"], "N0004", 起保年月="202107", 救助类别="低保边缘", 保障方式=None)
    for part in ("stopped", "head", TWINS[0]):
        papers.alter("registry.xlsx", {"身份证号": people[part].number}, 停保年月="202106")
    ill(papers, people["watched"])
    return papers
