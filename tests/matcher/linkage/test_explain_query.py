"""A lone query is decided exactly as the same record in a delivery."""

import polars as pl

from matcher.frames import IDENTITY
from matcher.linkage.chain import link
from matcher.linkage.known_people import KnownPeople
from matcher.linkage.model import Model
from matcher.linkage.query import query
from tests.matcher.linkage.builders import Row, frame, number, person, record, village

MODEL = Model.default()
AREAS = pl.DataFrame(
    {"code": ["640499100000", "640499100201", "640499200000"], "name": ["龙泉镇", "赵家庄村", "白杨乡"]}
)
SISTER = person("P2", name="杨桂花", id_number=number("19620506", 164), phone="15912345602")
PEOPLE = frame(*village(), person(), SISTER, person("P1", name="杨桂枝"))


def described() -> list[Row]:
    """Villagers as forms describe them: whole, without number, misspelt, with a code for an address, and nobody."""
    rows: list[Row] = []
    for n, row in enumerate(village()[::9]):
        damage: list[Row] = [
            {},
            {"id_number": None},
            {"id_number": None, "name": f"{str(row['name'])[:2]}花"},
            {"id_number": None, "address": None, "division": "640499100201"},
            {"name": "李国平"},
        ]
        rows.append({**row, **damage[n % len(damage)], "household": None, "id": f"R{n:03d}"})
    vague = record("R900", name="杨桂", id_number=None, phone=None)
    lent = {**village()[40], "name": "李国平", "birth_date": None, "phone": None, "household": None, "id": "R902"}
    return [
        *rows,
        vague,
        lent,
        record("R901", name="佟雪鸿", id_number=None, birth_date=None, phone=None, address=None),
    ]


def test_queries_are_decided_as_the_chain_decides_a_delivery() -> None:
    records = frame(*described())
    known = KnownPeople.of(PEOPLE, MODEL, AREAS)
    told = ["record_id", "person_id", "probability", "grade", "assigned", "pattern", "reason"]
    batch = link(PEOPLE, records, MODEL, areas=AREAS).links.select(told)
    ids = records["id"]
    hits = [
        (ids[hit.record], hit.person_id, hit.probability, hit.grade, hit.assigned, hit.pattern, hit.reason)
        for hit in query(known, records)
    ]
    assert hits == batch.rows()
    assert len(hits) > 40
    assert {reason for *_, reason in hits} >= {None, "twin", "id-name-mismatch"}
    for row in described()[::4]:
        alone = query(known, frame(row))
        assert [hit.pattern for hit in alone] == batch.filter(pl.col("record_id") == row["id"])["pattern"].to_list()


def test_a_household_number_is_not_listened_to() -> None:
    known = KnownPeople.of(PEOPLE, MODEL)
    rows = frame(record("R1", household="H1"), record("R2", household="H1", name="杨月芝"))
    bare = rows.with_columns(pl.lit(None, pl.String).alias("household"))
    assert query(known, rows) == query(known, bare)
    assert query(known, rows.clear().select(list(IDENTITY))) == []
