"""What an explanation may show of either side, field by field: masked unless the reader may see more."""

import re
from collections.abc import Mapping
from typing import Any, Final

from china.masks import STAR, mask_name, mask_number, mask_phone

Sent = Mapping[str, str | None]
COLUMNS: Final[Mapping[str, str]] = {
    "number": "id_number",
    "birth": "birth_date",
    "name": "name",
    "sex": "sex",
    "ethnic": "ethnic",
    "place": "address",
    "phone": "phone",
}

_SEXES: Final = {1: "男", 2: "女"}


def shown(row: Sent, cleaned: Mapping[str, Any], *, masked: bool) -> dict[str, str | None]:
    """Compared field → what this side (IDENTITY, and the same row LEGIBLE) says of it."""
    said = {field: row[column] or None for field, column in COLUMNS.items()}
    born = cleaned["birth_stated"] or cleaned["birth_number"]
    if born:
        said["birth"] = f"{born // 10000}-{born // 100 % 100:02d}-{born % 100:02d}"
    # code lists differ (1, 男, M): a reader is shown one word
    said["sex"] = _SEXES.get(cleaned["sex_stated"], said["sex"])
    if not masked:
        return said
    masks = {"number": mask_number, "birth": _year_only, "name": mask_name, "place": _to_village, "phone": mask_phone}
    return {field: masks[field](value) if field in masks else value for field, value in said.items()}


def _year_only(text: str | None) -> str | None:
    """1962-**-**: the day of birth is the middle of the ID number."""
    return None if text is None else f"{text[:4]}-{STAR * 2}-{STAR * 2}" if text[:4].isdigit() else STAR * 6


def _to_village(address: str | None) -> str | None:
    """The address down to the village; group and house find a door."""
    if address is None:
        return None
    named = re.match(r"^[^0-9]*?(?:镇|乡|街道)?[^0-9]{0,14}?(?:村|社区)", address)
    return f"{named.group()}{STAR * 3}" if named else f"{address[:2]}{STAR * 3}"
