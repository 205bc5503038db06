"""What a peer's user would do to the two files before linking: the basic cleaning of this county's lists, in DuckDB.

Both peers get the same: full-width forms made ordinary, blanks and remarks out of names, words for "nothing" made
null, a final X in one form, fifteen digits made eighteen, card numbers cut to the number they begin with; date of
birth and sex out of a sound number; the village out of the address where the code is missing; names in pinyin.
Run by the peers' own Python, which knows nothing of ours.
"""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pypinyin import Style, lazy_pinyin

COLUMNS = ("id", "name", "id_number", "sex", "birth_date", "ethnic", "division", "address", "phone")
NOTHING = "('', '无', '0', '-', '—', 'NULL', 'null', '不详', '未知', '暂无')"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643: of the first seventeen digits
CHECK = "10X98765432"

RARE = 30  # bearers among the people; the pairs of commoner names alone are too many
_NAME = "regexp_replace(regexp_replace(given(name), '\\(.*\\)|[0-9]', '', 'g'), '[\\s·•‧・.\\-]', '', 'g')"
_SUM = " + ".join(f"{weight} * ascii(substr(body, {at}, 1))" for at, weight in enumerate(WEIGHTS, 1))
_ZEROS = sum(WEIGHTS) * ord("0")
_MACROS = f"""
create macro given(text) as case when trim(text) in {NOTHING} then null else trim(text) end;
create macro check_digit(body) as substr('{CHECK}', ({_SUM} - {_ZEROS}) % 11 + 1, 1);
create macro upgraded(text) as case when regexp_full_match(text, '[0-9]{{15}}')
    then substr(text, 1, 6) || '19' || substr(text, 7) || check_digit(substr(text, 1, 6) || '19' || substr(text, 7))
    else text end;
create macro sound(number) as number is not null and check_digit(substr(number, 1, 17)) = substr(number, 18, 1)
    and try_strptime(substr(number, 7, 8), '%Y%m%d') is not null;
"""
_CLEANED = """
create table {side} as
with texts as (
    select id,
        {cleaned_name} as name,
        upgraded(regexp_replace(regexp_extract(upper(replace(given(id_number), ' ', '')),
            '^([0-9]{{17}}[0-9X×*Χ]|[0-9]{{15}}$)', 1), '[×*Χ]$', 'X')) as number,
        given(sex) as sex, given(ethnic) as ethnic, given(division) as division,
        regexp_extract(given(phone), '^[0-9]{{11}}$') as phone,
        case when try_strptime(given(birth_date), '%Y%m%d') is not null then given(birth_date) end as stated,
        given(address) as address
    from raw_{side}
), parts as (
    select * replace (nullif(name, '') as name, nullif(number, '') as number, nullif(phone, '') as phone),
        nullif(regexp_extract(regexp_replace(address, '^.{{2,4}}[乡镇]', ''),
            '^(.{{2,5}}?)(村|社区)?[0-9]+[组队社]', 1), '') as village,
        nullif(regexp_extract(address, '([0-9]+)[组队社]', 1), '') as team,
        nullif(regexp_extract(address, '([0-9]+)号', 1), '') as door
    from texts
)
select parts.id as unique_id, parts.* exclude (id, sex, address), pinyins.pinyin, pinyins.surname, pinyins.rare,
    case when sound(number) then substr(number, 7, 8) end as derived,
    coalesce(derived, stated) as birth,
    coalesce(stated, derived) as told,
    coalesce(sex, case when sound(number) then case ascii(substr(number, 17, 1)) % 2 when 1 then '男' else '女' end end)
        as sex,
    substr(division, 1, 9) as township,
    village || coalesce(team, '') || '-' || door as house
from parts left join pinyins on pinyins.name = parts.name
"""


def cleaned(people: Path, feed: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the tables `people` and `feed`: unique_id, name, pinyin, surname (its sound), number, birth
    (out of the number where that is sound), told (as stated where stated), sex, ethnic, division, township, village,
    team, door, house, phone."""
    connection = duckdb.connect()
    for statement in _MACROS.strip().split(";\n"):
        connection.execute(statement)
    tables = {"people": _texts(people), "feed": _texts(feed)}
    for side, table in tables.items():
        connection.register(f"raw_{side}", table)
    connection.register("pinyins", _pinyins(connection))
    for side in tables:
        connection.execute(_CLEANED.format(side=side, cleaned_name=_NAME))
    return connection


def _texts(path: Path) -> pa.Table:
    table = pq.read_table(path, columns=list(COLUMNS))
    return pa.table({name: pc.utf8_normalize(table[name], form="NFKC") for name in COLUMNS})


def _pinyins(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Of every cleaned name: name, pinyin, surname (its sound), rare (pinyin few people bear); by characters, fast."""
    names = connection.sql(
        f"""select {_NAME} as name, sum(known) as bearers
        from (select name, 1 as known from raw_people union all select name, 0 from raw_feed) where {_NAME} <> ''
        group by 1"""
    ).to_arrow_table()
    distinct = names["name"].to_pylist()
    sounds = {one: lazy_pinyin(one, style=Style.NORMAL)[0] for one in set("".join(distinct))}
    heard = names.append_column("pinyin", pa.array([" ".join(sounds[one] for one in name) for name in distinct]))
    connection.register("heard", heard.append_column("surname", pa.array([sounds[name[0]] for name in distinct])))
    return connection.sql(
        f"""select name, pinyin, surname,
            case when sum(bearers) over (partition by pinyin) <= {RARE} then pinyin end as rare from heard"""
    ).to_arrow_table()
