"""A file's headers, read by the model's names and synonyms: which column is which, and which are passed over."""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from matcher.linkage.general.model import GeneralModel

NESTED: Final = (pl.List, pl.Struct, pl.Array, pl.Object, pl.Binary)


class HeadersRefused(ValueError):
    """A file without usable columns; the text says which it may have."""


@dataclass(frozen=True)
class Read:
    """The columns of a file under the model's names, as text, and what was made of its headers."""

    frame: pl.DataFrame  # id and any of the model's columns
    taken: dict[str, str]  # the model's column → the file's header
    passed_over: tuple[str, ...]


def bare(header: str) -> str:
    """A header without what people write differently: `First_Name`, `firstName` and `FIRST NAME` are one."""
    return re.sub(r"[\W_]+", "", header).casefold()


def read(frame: pl.DataFrame, model: GeneralModel, side: str) -> Read:
    """Raises HeadersRefused, naming `side`, where there is no id, no column of the model, or no plain text in one."""
    headers: dict[str, str] = {}
    for header in frame.columns:
        headers.setdefault(bare(header), header)
    taken: dict[str, str] = {}
    for name, column in model.columns.items():
        known = next((headers[bare(word)] for word in (name, *column.also) if bare(word) in headers), None)
        if known is not None and known not in taken.values():
            taken[name] = known
    free = {plain: header for plain, header in headers.items() if header not in taken.values()}
    ids = next((free[bare(word)] for word in model.id if bare(word) in free), None)
    if ids is None or not taken:
        raise HeadersRefused(
            f"{side}: columns must be an id ({', '.join(filter(None, model.id))}) and any of "
            f"{', '.join(model.columns)}; found {', '.join(frame.columns) or 'none'}. "
            "Rename them, or add their names to the model's `also`"
        )
    wrong = [header for header in (ids, *taken.values()) if isinstance(frame[header].dtype, NESTED)]
    if wrong:
        raise HeadersRefused(f"{side}: column {wrong[0]} holds lists or bytes; write it as text")
    text = frame.select(
        pl.col(ids).cast(pl.String).alias("id"), *(pl.col(old).cast(pl.String).alias(new) for new, old in taken.items())
    )
    if text["id"].null_count() or (text["id"] == "").any():
        raise HeadersRefused(f"{side}: column {ids or 'without a header'} is the id and must be filled in every row")
    over = tuple(header for header in frame.columns if header not in (ids, *taken.values()))
    return Read(text, taken, over)
