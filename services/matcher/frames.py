"""The shapes a row takes on its way through the matcher, in order, as column lists with types.

Every step takes frames of these shapes and gives frames of these shapes; `conform` is the gate a frame
passes where one step hands over to the next. Text stays as the agency sent it until `linkage.clean`.
"""

from collections.abc import Mapping

import polars as pl

Shape = Mapping[str, pl.DataType | type[pl.DataType]]

# What linkage reads of a person or of a record. Null means missing; "" never occurs.
IDENTITY: Shape = {
    # People: person or subject id, NOT unique (a person may stand with several spellings); records: unique.
    "id": pl.String,
    "name": pl.String,
    "id_number": pl.String,  # resident number, or a disability card number whose first 18 are one
    "sex": pl.String,
    "birth_date": pl.String,
    "ethnic": pl.String,
    "division": pl.String,  # 12-digit area code where one is known
    "address": pl.String,
    "phone": pl.String,
    "household": pl.String,  # the household's number in its own system: only comparable within one side
}

# A row of a batch after reading: IDENTITY plus where it stood plus the feed's own columns (all text).
RECORD: Shape = {**IDENTITY, "line": pl.Int32}

# One candidate of one record, above the floor.
LINK: Shape = {
    "record_id": pl.String,
    "person_id": pl.String,
    "probability": pl.Float64,
    "grade": pl.String,  # certain | probable | possible | certainly-not
    "assigned": pl.Boolean,  # at most one per record
    "pattern": pl.Int64,  # the packed agreement levels: with the model it explains the score
    # Null, or why a human must look: id-name-mismatch | other-name | twin | sibling | borrowed-number | …
    "reason": pl.String,
    "keys": pl.Int64,  # by which blocking keys the pair meets (linkage.block.KEY_NAMES), bit i for the i-th
}

# Which unregistered record belongs with which: one row per record, `cluster` = id of its first record.
CLUSTER: Shape = {"record_id": pl.String, "cluster": pl.String, "probability": pl.Float64}

# What a linked record says of a subject. Which columns a kind uses is said in feeds/maps.
#   disability-card  text=class 1..7, number=grade 1..4, code=status (valid|frozen|cancelled|expired), valid_from=issued
#   illness          text=diagnosis, code=ICD-10, number=self-paid yuan or null, valid_from=diagnosed
#   death            valid_from=date of death (null if unknown)
#   monitored        text=category (脱贫不稳定户 …), code=active|removed
#   labour           text=as sent, code=none|weak|able|skilled
#   health-state     text=as sent (multi-valued)
#   exempt           text=the campaign under whose rule 低保 was granted without a check of means, valid_from=granted,
#                    valid_to=last day of the rule; told by no feed, see flows/exemptions
#   claims-coverage  text=as sent, code=yes|no: self-reported 是否享受低保, a signal of disagreement, never coverage
#   disability-component  one of several disabilities of one card: code=class 1..6, number=grade where one is told
#   kin              code=father|mother|spouse|child, about=subject_id of the relative; a feed tells the number, see
#                    flows/kin_facts
#   employment       code=employed|business|post (a public welfare post), valid_from, valid_to
#   child-allowance  code=orphan|de-facto-orphan, number=yuan a month, valid_from, valid_to
# Those of the other feeds: docs/feeds-layouts.md. What the registry tells of its own books (feed "registry") is said
# in screens/columns, where it is read.
FACT: Shape = {
    "subject_id": pl.String,
    "kind": pl.String,
    "text": pl.String,
    "code": pl.String,
    "number": pl.Float64,
    "count": pl.Int32,
    "about": pl.String,  # whom or what else it is about, as a token that is the same wherever that one is meant
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "feed": pl.String,
    "batch_id": pl.String,
    "line": pl.Int32,
    "grade": pl.String,  # of the link that carries it; `certain` for a subject's own founding record
    # Whether the record bears the registered person's own resident number; null where nobody looked.
    "own_number": pl.Boolean,
}
OF_LINK = ("subject_id", "grade", "own_number")  # of FACT: what the record itself does not say

# The people a screen looks at: registry persons and unregistered subjects alike.
PERSON: Shape = {
    "subject_id": pl.String,  # the registry's person_id, or the matcher's own id for an unregistered person
    "registered": pl.Boolean,
    "household_key": pl.String,  # registry household, else agency household number, else null
    "area": pl.String,  # 12-digit code of the village or township in charge; the county's own where unknown
    "birth_date": pl.Date,
}

PAUSES = pl.List(pl.Struct({"start": pl.Date, "end": pl.Date}))  # both days inclusive, no end = further notice

COVERAGE: Shape = {
    "subject_id": pl.String,
    "household_key": pl.String,
    "programme": pl.String,
    "form": pl.String,  # household | single | null
    "start": pl.Date,
    "end": pl.Date,  # last day covered, null = open
    "household_size": pl.Int32,
    "suspensions": PAUSES,  # 停发: the period goes on, and nobody lives on it
    "source": pl.String,  # import_id:line in the registry, null when entered by hand
}

# One person x one screen.
FINDING: Shape = {
    "subject_id": pl.String,
    "screen": pl.String,
    "version": pl.String,
    "kind": pl.String,  # screens.screen.KINDS
    "tier": pl.String,  # 必访 | 电话核实 | 观察
    "urgency": pl.Int32,  # 0 to 100
    "due_days": pl.Int32,  # working days the township has; null = what the county gives for every case
    "reason": pl.String,  # one Chinese sentence for the village officer
    "inputs": pl.String,  # JSON: the values the condition was decided on
    "records": pl.List(pl.String),  # "batch_id:line" of feed rows and "import_id:line" of registry rows behind it
}


def conform(frame: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Give `frame` exactly the columns of `shape`, in order, cast; columns it lacks become null."""
    if list(frame.schema.items()) == list(shape.items()):
        return frame
    have = set(frame.columns)
    return frame.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name) for name, kind in shape.items()
    )


def empty(shape: Shape) -> pl.DataFrame:
    """A frame of that shape without rows."""
    return pl.DataFrame(schema=dict(shape))
