"""Undresses the cell of a name: takes off what clerks attach to it and keeps what they said with it.

`(户主)`, `（已故）`, phones, ordinals and blanks go; former names and second spellings become aliases; "王五之妻" is
not Wang Wu: the cell then names nobody and says whose wife is meant. Characters nobody could type (□, ?, private use,
王+月) become the wildcard `?`, which stands for exactly one character.

Two forms of one definition: `undress_column`, and `undressed` for the name alone of one cell, in a hundredth of the
time; a property test holds them together.
"""

import polars as pl

from china.one_text import pattern
from china.package_data import read_words
from china.text import missing_words, plain, plain_column

SEPARATOR = "\u00b7"  # 民委发〔2016〕33号: the one separator of minority names, GB18030 A1A4
WILDCARD = "?"

_CLEAN = r"^\p{Han}{2,4}$"
_DRESSED_END = r"户主$|已故$|去世$|死亡$|[之的][妻子女父母]$"
_OPENING, _CLOSING = r"[(\[{【〔<《「〖]", r"[)\]}】〕>》」〗]"
_BRACKET = rf"{_OPENING}([^)\]}}】〕>》」〗]*){_CLOSING}?"
# Met in the files: 全角的、半角的、居中的、偏下的. The hyphen and the asterisk only ever stand for the dot here.
_SEPARATORS = r"[·•‧・⋅∙.．。、,*_\-–—‐‑ㆍ˙᛫]"
_UNKNOWN = r"[?□■▢▣〓�⬜◻☐\p{Co}]"
_COMPOSED = r"\(?\p{Han}\+\p{Han}\)?|[⿰⿱⿲-⿻]\p{Han}\p{Han}"  # 王+月, ⿰王月: one character described by its parts
_MASKED = r"^(?:\p{Han}{1,2}\*{1,2}\p{Han}?|\*{1,2}\p{Han}{1,2})$"
_FORMER = r"(?:曾用名|又名|原名|别名|小名|乳名|现名|也叫|又叫)[:： ]*([\p{Han}·]{2,})"
_FORMER_BEFORE = r"^(?:姓名|名字)[:： ]*"
_KIN = (
    r"^([\p{Han}·]{2,}?)(?:之|的)(?:妻子?|夫|丈夫|老婆|爱人|配偶|[长次三四五大二小]?[子女]|儿子?|女儿|儿媳妇?|女婿"
    r"|母亲?|父亲?|孙子?|孙女|遗孀|婴儿?|新生儿|家属)$|^(\p{Han}{2,})(?:家属|新生儿|婴儿)$"
)
_WORDS = r"^\p{Han}{2,}(?: \p{Han}{2,})+$"  # the least that a blank can stand between in the place of the dot
_JOINED = rf" *{_SEPARATORS}(?: |{_SEPARATORS})*"
_HANGING = r"^[A-Za-z]+|[A-Za-z]+$|[:：]"  # on a Han name
_TITLE = (
    r"^(\p{Han}[\p{Han}·]+?)(?:户主|已故|已?去世|已?死亡|本人|先生|女士|同志|残疾人?|低保户|五保户|特困户|贫困户|代领)$"
)


def undress_column(s: pl.Series) -> pl.DataFrame:
    """Columns name, alias, kin_of, note; rows as in `s`. `name` is null where the cell names nobody."""
    dirty = (~s.str.contains(_CLEAN)).fill_null(False) | s.str.contains(_DRESSED_END)
    dirty |= s.is_in(list(missing_words())).fill_null(False)  # 不详 has the look of a name
    rows = dirty.fill_null(False).arg_true()
    frame = pl.DataFrame({"name": s.alias("name")}).with_row_index("row")
    if rows.is_empty():
        nothing = pl.lit(None, pl.String)
        return frame.select("name", alias=nothing, kin_of=nothing, note=nothing)
    taken = _undress(s.gather(rows)).with_columns(rows.cast(pl.UInt32).alias("row"), touched=True)
    joined = frame.join(taken, on="row", how="left", suffix="_taken", maintain_order="left")
    name = pl.when(pl.col("touched")).then(pl.col("name_taken")).otherwise(pl.col("name"))
    return joined.select(name=name, alias="alias", kin_of="kin_of", note="note")


def undressed(text: str) -> str | None:
    """The column `name` of one cell."""
    if pattern(_CLEAN).search(text) and not pattern(_DRESSED_END).search(text) and text not in missing_words():
        return text
    out = plain(text)
    if out is None:
        return None
    out = pattern(_UNKNOWN).sub(WILDCARD, pattern(_COMPOSED).sub(WILDCARD, out))
    out = pattern(_FORMER_BEFORE).sub("", out, count=1)
    out = pattern(_BRACKET).sub(" ", out).strip()
    out = pattern(rf"[ ,:]*{_FORMER}").sub("", out, count=1)
    out = _bare_of(pattern(r"[/;|].*$").sub("", out, count=1))
    if pattern(_KIN).search(out):
        return None
    out = pattern(_TITLE).sub(r"\1", out, count=1)
    return None if out in ("", WILDCARD) else out


def _bare_of(text: str) -> str:
    """`_bare` of one text."""
    han = pattern(r"\p{Han}").search(text) is not None
    out = text.replace("*", WILDCARD) if pattern(_MASKED).search(text) else text
    out = pattern(r"[0-9+]+").sub("", out)
    out = pattern(_HANGING).sub("", out) if han else out
    out = pattern(_JOINED).sub(SEPARATOR, out).strip(f"{SEPARATOR} ")
    if len(out) >= 6 and pattern(_WORDS).search(out):
        out = out.replace(" ", SEPARATOR)
    return out.replace(" ", "") if han else out.strip(" ")


def _undress(s: pl.Series) -> pl.DataFrame:
    text, note, name = pl.col("text"), pl.col("note"), pl.col("name")
    frame = pl.DataFrame({"text": plain_column(s).alias("text")})
    frame = frame.with_columns(
        text.str.replace_all(_COMPOSED, WILDCARD).str.replace_all(_UNKNOWN, WILDCARD).str.replace(_FORMER_BEFORE, "")
    )
    frame = frame.with_columns(note=_blank_to_null(text.str.extract(_BRACKET).str.strip_chars()))
    frame = frame.with_columns(text=text.str.replace_all(_BRACKET, " ").str.strip_chars())
    frame = frame.with_columns(
        former=pl.coalesce(note.str.extract(_FORMER), text.str.extract(_FORMER)),
        second=text.str.extract(r"^[^/;|]*[/;|] *([\p{Han}·]{2,})"),
        text=text.str.replace(rf"[ ,:]*{_FORMER}", "").str.replace(r"[/;|].*$", ""),
    )
    frame = frame.with_columns(name=_bare(text))
    frame = frame.with_columns(kin_of=pl.coalesce(name.str.extract(_KIN, 1), name.str.extract(_KIN, 2)))
    other = note.str.contains(r"^[\p{Han}·]{2,8}$") & ~note.is_in(list(read_words("name_roles.txt")))
    other &= ~note.str.contains(r"[户人族村组队]$")
    alias = pl.coalesce("former", "second", pl.when(other).then(note))
    return frame.select(
        name=pl.when(pl.col("kin_of").is_null()).then(_blank_to_null(name.str.replace(_TITLE, "${1}"))),
        alias=alias,
        kin_of=pl.col("kin_of"),
        note=note,
    )


def _bare(text: pl.Expr) -> pl.Expr:
    """Separators as one `·` (none at the ends), without digits, inner blanks and letters hanging on a Han name."""
    masked = pl.when(text.str.contains(_MASKED)).then(text.str.replace_all(r"\*", WILDCARD)).otherwise(text)
    han = text.str.contains(r"\p{Han}")
    out = masked.str.replace_all(r"[0-9+]+", "")
    out = pl.when(han).then(out.str.replace_all(_HANGING, "")).otherwise(out)
    out = out.str.replace_all(_JOINED, SEPARATOR).str.strip_chars(f"{SEPARATOR} ")
    # A blank between two words of at least two characters, five in all, stands for the dot; else it is padding.
    words = out.str.contains(_WORDS) & (out.str.len_chars() >= 6)
    out = pl.when(words).then(out.str.replace_all(" ", SEPARATOR)).otherwise(out)
    return pl.when(han).then(out.str.replace_all(" ", "")).otherwise(out.str.strip_chars(" "))


def _blank_to_null(text: pl.Expr) -> pl.Expr:
    return pl.when(~text.str.contains(r"^\??$")).then(text)
