"""What happens to one value when a clerk writes it down: the damages of levels.csv, one function each.

Each takes the true text and gives the damaged one, or the same text where the damage cannot befall it (nobody can
mistype a separator that is not there).
"""

import numpy as np

from doudi.county.tables import compound_surnames, confusions, spellings

SEPARATORS = ("•", "‧", "・", ".", "．", " ", "-", "")
DECORATIONS = ("(户主)", "spaces", "trailing", "leading", "2")
GIVEN_ALIAS = ("小", "尕", "老")  # 尕 is what the north-west calls the youngest
FAVOURED = 4.0  # the first alternatives are likelier: input methods offer them first
LIKELY = 3


def _pick(rng: np.random.Generator, options: str) -> str:
    weight = np.where(np.arange(len(options)) < LIKELY, FAVOURED, 1.0)
    return options[int(rng.choice(len(options), p=weight / weight.sum()))]


def other_character(rng: np.random.Generator, name: str, kind: str) -> str:
    """One character of the name replaced; `kind` is same sound, look-alike or near sound."""
    table = confusions()
    can = [at for at, one in enumerate(name) if (one, kind) in table]
    if not can:
        return name
    # the surname is the best known character of a name, it is mistaken least often
    weight = np.array([0.35 if at == 0 else 1.0 for at in can])
    at = int(rng.choice(can, p=weight / weight.sum()))
    return name[:at] + _pick(rng, table[(name[at], kind)]) + name[at + 1 :]


def traditional(rng: np.random.Generator, name: str) -> str:
    """Traditional forms, mostly of every character that has one."""
    table = confusions()
    can = [at for at, one in enumerate(name) if (one, "variant") in table]
    if not can:
        return name
    if rng.random() < 0.3:
        can = [int(rng.choice(can))]
    return "".join(table[(one, "variant")] if at in can else one for at, one in enumerate(name))


def edited(rng: np.random.Generator, name: str) -> str:
    """A character missing, added or moved."""
    draw = rng.random()
    if len(name) >= 3 and draw < 0.4:
        at = int(rng.integers(1, len(name)))
        return name[:at] + name[at + 1 :]
    if len(name) >= 3 and draw < 0.65:
        at = int(rng.integers(1, len(name) - 1))
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    added = "小" if draw < 0.9 else name[-1]
    at = len(name) - 1 if added == "小" else len(name)
    return name[:at] + added + name[at:]


def alias(rng: np.random.Generator, name: str, woman_over_65: bool) -> str:
    """某氏 for old women, otherwise what the village calls the person."""
    if "·" in name:
        return name.split("·", maxsplit=1)[0]
    family = name[:2] if name[:2] in compound_surnames() else name[0]
    if woman_over_65 and rng.random() < 0.6:
        return family + "氏"
    called = GIVEN_ALIAS[int(rng.choice(3, p=[0.7, 0.2, 0.1]))]
    return family + called + name[-1]


def separator(rng: np.random.Generator, name: str) -> str:
    """The separator of a minority name as another dot, a blank or nothing."""
    return name.replace("·", SEPARATORS[int(rng.integers(0, len(SEPARATORS)))])


def has_other_spelling(name: str) -> bool:
    """Whether some part of the name is customarily spelled in several ways."""
    return any(part in spellings() for part in _parts(name))


def transliterated(rng: np.random.Generator, name: str) -> str:
    """One part of a minority name in another customary spelling."""
    parts = _parts(name)
    can = [part for part in parts if part in spellings()]
    if not can:
        return name
    part = can[int(rng.integers(0, len(can)))]
    others = spellings()[part]
    return name.replace(part, others[int(rng.integers(0, len(others)))], 1)


def _parts(name: str) -> list[str]:
    return name.split("·") if "·" in name else [name[1:]]


def decorated(rng: np.random.Generator, name: str) -> str:
    """Blanks, a bracketed remark or the digit that tells namesakes of one village apart."""
    kind = DECORATIONS[int(rng.choice(len(DECORATIONS), p=[0.22, 0.3, 0.24, 0.12, 0.12]))]
    if kind == "spaces":
        return f"{name[0]}  {name[1:]}"
    if kind == "trailing":
        return f"{name} "
    if kind == "leading":
        return f"\u3000{name}"
    return f"{name}{kind}"


def other_birth(rng: np.random.Generator, birth: str) -> str:
    """YYYYMMDD as villagers state it: only the year known, a year off, or day and month mixed up."""
    draw = rng.random()
    if draw < 0.5 and not birth.endswith("0101"):
        return f"{birth[:4]}0101"
    month, day = int(birth[4:6]), int(birth[6:])
    if draw < 0.7 and day <= 12 and day != month:
        return f"{birth[:4]}{day:02d}{month:02d}"
    year = int(birth[:4]) + (1 if rng.random() < 0.5 and int(birth[:4]) < 2020 else -1)
    return f"{year}{birth[4:6]}{min(day, 28) if month == 2 else day:02d}"
