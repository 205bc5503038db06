"""Files to the province's system and from it: its export in, our sheet out in its template, its answers back, and what
differs between the two systems."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Path, Response

from china.masks import mask_name
from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, REPEATS, BodyTooLarge, DigestMismatch, problems
from kit.shapes import UnderArea
from kit.sheets_out import XLSX, Column, Sheet, book
from kit.uploads import FILE_BODY, WholeBody
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, Unmasking
from registry.audit.store import note
from registry.coverage.rules import TITLES
from registry.desk import Counter, Desk, reads, stands, writes
from registry.imports.api import out as import_out
from registry.imports.api import taking_of
from registry.imports.problems import ImportColumnsWrong, ImportRunning, ImportTooLong, ImportUnreadable
from registry.imports.schemas import ImportOut
from registry.imports.take import EXPORT, identified
from registry.intake.opening import opened
from registry.ledger.book import Book
from registry.ledger.entry_lists import Entered, Narrowed, counted, kept, listed
from registry.ledger.sheet_problems import ListTooLong
from registry.persons.protections import hidden as hidden_of
from registry.provincial import answers, differ, incoming
from registry.provincial.layout import Layout, layouts
from registry.provincial.outgoing import sheet_of
from registry.provincial.people import recognised
from registry.provincial.problems import AnswersColumnsWrong, AnswersTooLong, AnswersUnreadable, LayoutUnknown
from registry.provincial.schemas import AnswersOut, DifferenceOut, DifferencesOut, LayoutOut, LayoutsOut
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["provincial"], route_class=IdempotentRoute)
LayoutId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="One of /provincial/layouts")]


def asked_for(area: UnderArea = None, entered: Entered = False) -> Narrowed:
    """Of which area, entered already or still to be."""
    return area, entered


Of = Annotated[Narrowed, Depends(asked_for)]
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Answering = Annotated[Desk, Depends(writes("cases:write"))]
Sender = Annotated[Counter, Depends(stands("imports:write"))]
Comparer = Annotated[Desk, Depends(writes("imports:write"))]
Looker = Annotated[Desk, Depends(reads("cases:read"))]
OF_FILE = (BodyTooLarge, DigestMismatch, LayoutUnknown)
OF_IMPORT = (ImportUnreadable, ImportColumnsWrong, ImportTooLong)
OF_ANSWERS = (AnswersUnreadable, AnswersColumnsWrong, AnswersTooLong)
MOST_TOLD = 500  # differences in an answer; the workbook has all
DIFFERENCES = (
    Column("差异", 12), Column("省平台文件行号", 10), Column("人员编号", 38), Column("姓名", 10),
    Column("区划代码", 14), Column("省平台救助类别", 20), Column("本系统救助类别", 20),
    Column("省平台月金额（元）", 14), Column("本系统月金额（元）", 14),
)  # fmt: skip


@router.get("/provincial/layouts", responses=problems(*REFUSALS))
def list_provincial_layouts(desk: Looker) -> LayoutsOut:
    """The province's templates as they are declared: its words for our columns, the order of its sheet."""
    return LayoutsOut(
        layouts=[
            LayoutOut(
                layout_id=one.id, title=one.title, note=one.note,
                incoming={name: list(words) for name, words in one.incoming.columns.items()},
                outgoing=[column.header for column in one.outgoing.columns],
                answers={name: list(words) for name, words in one.answers.columns.items()},
            )
            for one in layouts(desk.settings.provincial_layouts).values()
        ]
    )  # fmt: skip


def layout_of(counter: Counter, layout_id: str) -> Layout:
    """A layout by its id. Raises LayoutUnknown."""
    known = layouts(counter.settings.provincial_layouts)
    if layout_id not in known:
        raise LayoutUnknown(layout=layout_id, known=sorted(known))
    return known[layout_id]


@router.post(
    "/provincial/{layout_id}/imports",
    dependencies=[Depends(dear("file"))],
    status_code=201,
    responses=problems(TooManyRequests, *REFUSALS, *REPEATS, *OF_FILE, *OF_IMPORT, ImportRunning),
    openapi_extra=FILE_BODY,
)
def import_from_province(
    counter: Sender, layout_id: LayoutId, content: WholeBody, dry_run: bool = False, as_of: date | None = None
) -> ImportOut:
    """Take the province's export of people, families and support: its columns and codes become ours, and it is an
    import like any other (`/imports/{import_id}`): a dry run, a report of every line, safe to repeat."""
    done = incoming.take(layout_of(counter, layout_id), taking_of(counter, as_of, dry_run=dry_run), content)
    counter.locate("get_import", import_id=done.import_id)
    return import_out(done)


@router.get(
    "/provincial/{layout_id}/entries.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS, AreaUnknown, ListTooLong, LayoutUnknown),
    },
)
def export_to_province(desk: Reader, layout_id: LayoutId, asked: AskedExport, of: Of) -> Response:
    """The recognised in the province's own sheet; whoever is still to be entered unless told otherwise.

    Masked and watermarked; `identity=full`, which the province needs, takes a token whose purpose is to reveal, and a
    reason. Protected people stand in it without an identity.
    """
    content, _ = entry_sheet(desk, layout_of(desk, layout_id), asked, of)
    name = f'attachment; filename="{layout_id}.xlsx"'
    return Response(content, media_type=XLSX, headers={"Content-Disposition": name, "Cache-Control": "no-store"})


def entry_sheet(desk: Desk, layout: Layout, asked: Unmasking, of: Narrowed) -> tuple[bytes, list[str]]:
    """The workbook of the recognised of an area (`of`: which, entered or not), and their items; counted and on record.
    Raises ListTooLong, and what revealing raises."""
    found = listed(desk, asked, of, layout=layout.id)
    sheet = sheet_of(layout.outgoing, recognised(desk, found.rows, revealed=found.revealed))
    return book([sheet], found.mark.line), [item.item_id for item, _ in found.rows]


@router.post(
    "/provincial/{layout_id}/answers",
    dependencies=[Depends(dear("file"))],
    responses=problems(TooManyRequests, *REFUSALS, *REPEATS, *OF_FILE, *OF_ANSWERS),
    openapi_extra=FILE_BODY,
)
def take_provincial_answers(
    desk: Answering, layout_id: LayoutId, content: WholeBody, dry_run: bool = False, on: date | None = None
) -> AnswersOut:
    """Read what the province answered to our sheet: entry numbers are set, refusals kept with their reasons, every line
    answered; sent again it changes nothing. `on` is the day of the answers, where the file has none: today."""
    layout = layout_of(desk, layout_id)
    return take_answers(desk, answers.read(layout.answers, content, on or today(desk.settings)), dry_run=dry_run)


def take_answers(desk: Desk, rows: list[answers.Row], *, dry_run: bool) -> AnswersOut:
    """Set what was read, or only say what would be."""
    ledger = Book.at(desk)
    if dry_run:
        with desk.session.no_autoflush:  # what is only rehearsed never reaches the database
            results = answers.apply(ledger, rows)
        desk.session.expunge_all()
    else:
        results = answers.apply(ledger, rows)
        kept(desk, ledger, results)
    return AnswersOut(
        dry_run=dry_run, rows=len(results), **counted(results),
        accepted=sum(one.says == "accepted" for one in results),
        declined=sum(one.says == "refused" for one in results), results=results,
    )  # fmt: skip


@dataclass(frozen=True)
class _Found:
    on: date
    compared: differ.Compared
    rejected: int


def _compare(desk: Desk, layout: Layout, content: bytes, as_of: date | None) -> _Found:
    """The file against the registry; protected people stand on neither side."""
    taking = taking_of(desk, as_of, dry_run=True)
    refusals, words = EXPORT.refusals, incoming.headers(layout.incoming)
    table = opened(content, words.knows, taking.max_rows, refusals)
    columns = words.found(table.headers)
    if lacking := words.missing(columns):
        raise refusals.columns_wrong(missing=lacking, found=sorted(columns.values()))
    read = EXPORT.read(taking, incoming.in_our_words(table, columns, layout.incoming), columns)
    theirs = read.frame.filter(~pl.col("rejected"))
    rows, there = identified(desk.session, taking, theirs)
    mine = there.persons.select("person_id")  # whoever lives elsewhere is nobody here, though supported in this area
    rows = rows.with_columns(is_new=~pl.col("person_id").is_in(mine["person_id"].implode()))
    hidden = sorted(hidden_of(desk.session, desk.caller, rows["person_id"].to_list()))
    hidden += sorted(hidden_of(desk.session, desk.caller, there.coverage["person_id"].to_list()))
    rows, held = (frame.filter(~pl.col("person_id").is_in(hidden)) for frame in (rows, there.coverage))
    held = held.join(mine, on="person_id", how="semi")
    compared = differ.compare(rows, held, there.persons, taking.on)
    return _Found(taking.on, compared, read.frame.height - theirs.height)


@router.post(
    "/provincial/{layout_id}/differences",
    dependencies=[Depends(dear("file"))],
    responses=problems(TooManyRequests, *REFUSALS, *REPEATS, *OF_FILE, *OF_IMPORT),
    openapi_extra=FILE_BODY,
)
def compare_with_province(
    desk: Comparer, layout_id: LayoutId, content: WholeBody, as_of: date | None = None
) -> DifferencesOut:
    """省平台 × 本系统: who is supported only there, only here, under another programme, by another amount, or no longer
    on one side, on a day (today). Nothing is written but that it was looked at; names are masked."""
    found = _compare(desk, layout_of(desk, layout_id), content, as_of)
    compared, first = found.compared, found.compared.rows.head(MOST_TOLD)
    people = first["person_id"].drop_nulls().unique().sort().to_list()
    note(desk.session, desk.ring, desk.caller, "provincial.compare", None, persons=people, **compared.counts)
    rows = [
        DifferenceOut(**{**row, "kind_zh": differ.KINDS[row["kind"]], "name": mask_name(row["name"])})
        for row in first.iter_rows(named=True)
    ]
    return DifferencesOut(
        as_of=found.on, supported_there=compared.there, supported_here=compared.here, alike=compared.alike,
        rejected=found.rejected, counts=compared.counts, rows=rows, more=compared.rows.height > MOST_TOLD,
    )  # fmt: skip


@router.post(
    "/provincial/{layout_id}/differences.xlsx",
    dependencies=[Depends(dear("file"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, *REPEATS, *OF_FILE, *OF_IMPORT)},
    openapi_extra=FILE_BODY,
)
def compare_with_province_workbook(
    desk: Comparer, layout_id: LayoutId, content: WholeBody, as_of: date | None = None
) -> Response:
    """The same with all rows as a workbook, watermarked; names are masked, people are found by their number here or
    their line there."""
    found = _compare(desk, layout_of(desk, layout_id), content, as_of)
    mark = Watermark.of(desk.caller)
    people = found.compared.rows["person_id"].drop_nulls().unique().sort().to_list()
    counts = found.compared.counts
    note(desk.session, desk.ring, desk.caller, "provincial.compare", mark.mark_id, persons=people, **counts)
    told = "；".join(f"{differ.KINDS[kind]} {count}" for kind, count in counts.items())
    notes = (f"{found.on} 省平台与本系统的差异", f"两边一致 {found.compared.alike} 人；{told}")
    cells = [_cells(row) for row in found.compared.rows.iter_rows(named=True)]
    content = book([Sheet("差异", DIFFERENCES, cells, notes)], mark.line)
    headers = {"Content-Disposition": 'attachment; filename="differences.xlsx"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)


def _cells(row: dict[str, str | int | None]) -> list[str | None]:
    def programmes(codes: str | int | None) -> str | None:
        return None if codes is None else "、".join(TITLES.get(one, one) for one in str(codes).split(","))

    def yuan(fen: str | int | None) -> str | None:
        return None if fen is None else f"{int(fen) / 100:.2f}"

    return [
        differ.KINDS[str(row["kind"])], None if row["line"] is None else str(row["line"]), _text(row["person_id"]),
        mask_name(_text(row["name"])), _text(row["area"]), programmes(row["there"]), programmes(row["here"]),
        yuan(row["there_fen"]), yuan(row["here_fen"]),
    ]  # fmt: skip


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
