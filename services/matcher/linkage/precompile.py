"""Compile everything linkage compiles, once, when an installation is set up: the first delivery then need not wait.

`python -m matcher.linkage.precompile` links two invented households in every way there is.
"""

import numpy as np
import polars as pl

from matcher.frames import IDENTITY
from matcher.linkage.apart import Holders, key_values, patterns_of
from matcher.linkage.chain import link_to
from matcher.linkage.clean import clean
from matcher.linkage.encode import encode
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model
from matcher.linkage.pool import Pool
from matcher.linkage.search import NO_BOUND
from matcher.linkage.train import look

_PEOPLE = [
    ("P1", "杨桂芝", "640499196205061427", "女", "1962-05-06", "龙泉镇赵家庄村3组15号", "15912345601", "H100"),
    ("P2", "赵德林", "640499196001011156", "男", "19600101", "龙泉镇赵家庄村3组15号", "15912345601", "H100"),
    ("P3", "尤素福·达吾德", None, "男", "1975-03-02", "龙泉镇刘家湾村1组2号", None, "H200"),
    ("P4", "王小未", None, None, None, "龙泉镇刘家湾村", "0954-5012345", "H200"),
]
_RECORDS = [
    ("R1", "杨桂枝", "640499196205061472", "女", "19620506", "赵家庄3队", "15912345601", "F100"),
    ("R2", "优素夫·达五", None, "男", "19750302", "龙泉镇刘家湾村1组2号", None, "F200"),
    ("R3", "王小末(户主)", None, "女", None, "龙泉镇刘家湾村1组2号", None, "F200"),
]


def _frame(rows: list[tuple[str | None, ...]]) -> pl.DataFrame:
    columns = ["id", "name", "id_number", "sex", "birth_date", "address", "phone", "household"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.select(frame[name] if name in columns else pl.lit(None, pl.String).alias(name) for name in IDENTITY)


def main() -> None:
    """Walk every compiled path."""
    people, records, model = _frame(list(_PEOPLE)), _frame(list(_RECORDS)), Model.default()
    index = PeopleIndex.of(people)
    link_to(index.changed(people["id"].head(1), people.head(1)), records, model)
    Pool.of(records, model).changed(records["id"].head(1), records.head(1))
    look(people, records, model)
    encoded, nothing = encode(clean(people), clean(records)), np.zeros(0, dtype=np.int64)
    key_values(encoded.records)
    one_pair = np.zeros(1, dtype=np.int64)
    patterns_of(encoded, one_pair, Holders(nothing, np.zeros(len(records) + 1, dtype=np.int64)), NO_BOUND)


if __name__ == "__main__":
    main()
