"""A few descriptions are read one by one as a column of them is, whatever stands in their cells."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from matcher.frames import IDENTITY
from matcher.linkage.clean import clean
from matcher.linkage.clean_few import clean_few, named
from tests.examples import examples
from tests.matcher.linkage.builders import number

AREAS = pl.DataFrame(
    {
        "code": ["640499100000", "640499100201", "640499200000", "640499300201", "640499400000"],
        "name": ["龙泉镇", "赵家庄村委会", "白杨乡", "杏花社区居委会", "无"],
    }
)


def cell(alphabet: str, most: int, *known: str) -> st.SearchStrategy[str | None]:
    """Nothing, something known, or whatever can be made of these characters."""
    return st.none() | st.sampled_from(known) | st.text(alphabet, max_size=most)


DESCRIBED = st.fixed_dictionaries(
    {
        "id": st.just("R"),
        "name": cell("马杨欧阳单曾尤素福氏户主之妻无不详?·A1()（）鳴龘 \n", 7, "马小兰", "马小兰(户主)", ""),
        "id_number": cell(
            "0123456789Xx× 640499", 19, number("19620506", 142), "640499620506142", "64049919620506142x", "0" * 18
        ),
        "sex": cell("男女12MFmf 性", 3, "男", "女性"),
        "birth_date": cell("0123456789-./年月日 19", 11, "1962-05-06", "19620506", "22772", "1962年5月", "长期"),
        "ethnic": cell("回汉族满 无-", 3, "回族", "族"),
        "division": st.none() | st.sampled_from([*AREAS["code"], "640499300000", "640499100999", "640499", "6404991"]),
        "address": cell(
            "东峡龙泉镇杨堡村委会社区组队号0123一十二无 -,", 12, "龙泉镇赵家庄村3组15号", "东峡3队", "白杨乡", "3队"
        ),
        "phone": cell("0123456789-+/ 转", 13, "15912345601", "0954-5012345", "13800138000", "5012345;15912345601"),
        "household": st.none(),
    }
)


@examples(300)
@given(st.lists(DESCRIBED, min_size=1, max_size=6))
def test_descriptions_are_read_one_by_one_as_a_delivery_is(rows: list[dict[str, str | None]]) -> None:
    # enough rows that `clean` takes its ways for columns
    many = [*rows, *({**dict.fromkeys(IDENTITY), "address": f"龙泉镇{n}号", "name": f"王{n}"} for n in range(120))]
    for areas in (AREAS, None):
        whole = clean(pl.DataFrame(many, schema=dict(IDENTITY)), areas)
        few = clean_few(rows, named(areas))
        assert few.ids.to_list() == whole.ids.to_list()[: len(rows)]
        for name in ("upgraded", "birth_stated", "sex_stated", "ethnic", "phone", "household"):
            assert getattr(few, name).tolist() == getattr(whole, name)[: len(rows)].tolist(), name
        for name in ("township", "village", "group", "house"):
            assert getattr(few, name).tolist() == getattr(whole, name)[: len(rows)].tolist(), name
        assert few.numbers.dtype == whole.numbers.dtype
        assert np.array_equal(few.numbers, whole.numbers[: len(rows)])
        assert few.names.codes.tolist() == whole.names.codes[: len(rows)].tolist()
        assert few.names.values.to_list() == whole.names.values.to_list()[: len(few.names.values)]
