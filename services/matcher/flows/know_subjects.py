"""Who the subjects of the records are: identity as last seen, household, and the township in charge of each.

The township is the one of the household register (户籍): the registry's for a person it knows, else that of a feed
that carries it; a place of residence only assists. Where nobody says, it is the county's own list.
"""

import polars as pl

from china.areas import AreaBook
from kit.database import reading
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.feeds.feed import Feed
from matcher.flows.desk import Desk
from matcher.frames import IDENTITY, PERSON, conform, empty

# What a person is called is taken from one record where possible, so that number and name belong together.
SEEN = {
    **IDENTITY,
    "town": pl.String,
    "village": pl.String,
    "residence": pl.String,
    "batch_id": pl.String,
    "line": pl.Int32,
    "feed": pl.String,
    "registers": pl.Boolean,  # the feed's address is the one of the household register
    "subject_id": pl.String,
    "registered": pl.Boolean,
}


def carries_register(feed: Feed) -> bool:
    """Whether the feed's address says where a person's household is registered, rather than where they live."""
    titles = [column.title for column in feed.columns if column.name == "address"]
    return bool(feed.address_from) or any("户籍" in title for title in titles)


def seen_records(desk: Desk, counting: list[Batch], links: pl.DataFrame) -> pl.DataFrame:
    """SEEN: the identity columns of every record that counts, with whom it is taken for, in the order in which they
    speak: feeds of the household register, then the others, each in its fixed place; of one feed the newest delivery;
    within it by what rows say. A list must not change because an unchanged feed was delivered again, or in another
    order."""
    parts = []
    with reading(desk.database) as session:
        agreed = [feeds.load(session, batch.feed, batch.feed_version) for batch in counting]
    for batch, feed in zip(counting, agreed, strict=True):
        records = conform(desk.files.records(batch.id, batch.chunks, list(SEEN)), {**SEEN})
        parts.append(
            records.drop("subject_id", "registered").with_columns(
                pl.lit(batch.id).alias("batch_id"),
                pl.lit(batch.feed).alias("feed"),
                pl.lit(carries_register(feed)).alias("registers"),
            )
        )
    if not parts:
        return empty(SEEN)
    to = links.select("batch_id", "line", "subject_id", "registered")
    seen = conform(pl.concat(parts).join(to, on=["batch_id", "line"], maintain_order="left"), SEEN)
    told = ("name", "id_number", "phone", "address", "household", "town", "village", "line")
    order = ["registers", "feed", "batch_id", *told]
    return seen.sort(order, descending=[True, False, True] + [False] * len(told), nulls_last=True)


def located(seen: pl.DataFrame, book: AreaBook) -> pl.DataFrame:
    """`seen` with `area`: the 12-digit place its address names, null where it names none."""
    if not seen.height:
        return seen.with_columns(pl.lit(None, dtype=pl.String).alias("area"))
    places = book.locate(seen["address"], seen["division"], seen["town"], seen["village"])
    # Only the county's name: that is not knowing where.
    near = places.select(pl.when(pl.col("source") != "county").then(pl.col("area")).alias("area"))
    return seen.with_columns(near["area"])


def of_household(seen: pl.DataFrame) -> pl.DataFrame:
    """`seen` with the `area` most of a record's household in its delivery name: a household is registered in one
    place, so a member's blank or stray village is the others'. Without a household, or undecided, its own."""
    line = ["batch_id", "household"]
    votes = seen.filter(pl.col("household").is_not_null() & pl.col("area").is_not_null())
    votes = votes.group_by(*line, "area").len()
    most = votes.group_by(line).agg(
        pl.col("area").get(pl.col("len").arg_max()).alias("voted"),
        ((pl.col("len") == pl.col("len").max()).sum() == 1).alias("clear"),
    )
    joined = seen.join(most, on=line, how="left", maintain_order="left")
    told = pl.when(pl.col("clear")).then(pl.col("voted")).otherwise(pl.coalesce("area", "voted"))
    return joined.with_columns(told.alias("area")).drop("voted", "clear")


def areas_of(seen: pl.DataFrame) -> pl.DataFrame:
    """subject_id, area (the register's, else null), residence (where they live, if a feed says so)."""
    with_place = of_household(seen).filter(pl.col("area").is_not_null())
    first = with_place.sort("registers", descending=True, maintain_order=True)
    register = first.unique("subject_id", keep="first", maintain_order=True).select("subject_id", "area")
    lived = with_place.filter(~pl.col("registers")).unique("subject_id", keep="first", maintain_order=True)
    lived = lived.select("subject_id", pl.col("area").alias("residence"))
    return register.join(lived, on="subject_id", how="left")


def unregistered_persons(seen: pl.DataFrame, areas: pl.DataFrame, births: pl.Series) -> pl.DataFrame:
    """PERSON rows of the subjects no registry knows. `births`: the date of birth each seen record gives."""
    own = seen.with_columns(births.alias("born")).filter(~pl.col("registered"))
    key = pl.format("{}:{}", "feed", "household")
    people = own.group_by("subject_id", maintain_order=True).agg(
        key.drop_nulls().first().alias("household_key"), pl.col("born").drop_nulls().first().alias("birth_date")
    )
    people = people.join(areas, on="subject_id", how="left").with_columns(pl.lit(False).alias("registered"))
    return conform(people, PERSON)


def at_one_door(persons: pl.DataFrame) -> pl.DataFrame:
    """PERSON rows with the place most of their household name: a household is one card, one case and one visit.

    Of several the smallest code; the county's own list (nobody knows where) gives way to any place. Everybody votes,
    at risk or not, so that the door stays when somebody leaves the list.
    """
    named = persons.filter(pl.col("household_key").is_not_null()).group_by("household_key", "area").len()
    unknown = pl.col("area").str.ends_with("000000")
    ranked = named.sort("household_key", unknown, -pl.col("len").cast(pl.Int64), "area")
    door = ranked.unique("household_key", keep="first").select("household_key", pl.col("area").alias("door"))
    joined = persons.join(door, on="household_key", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("door", "area").alias("area")).drop("door")


def snapshots(seen: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """subject_id, name, id_number, phone, address, household as one would look for the person.

    `numbers`: china.id_numbers.read_column of each seen record. A record with a sound number speaks before others,
    then as they stand; what it leaves blank the others fill. A card's number is told as the resident number it holds.
    """
    ordered = seen.with_columns(
        numbers["valid"].fill_null(value=False).alias("sound"),
        pl.select(pl.coalesce(numbers["id18"], numbers["text"], seen["id_number"])).to_series().alias("id_number"),
    )
    ordered = ordered.sort("sound", descending=True, maintain_order=True)
    columns = ("name", "id_number", "phone", "address", "household")
    return ordered.group_by("subject_id", maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in columns
    )
