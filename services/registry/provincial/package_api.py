"""Packages for machines without a network: our sheet leaves numbered and sealed, what the province wrote comes back."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from kit.database import transaction
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, problems
from kit.uploads import FILE_BODY, WholeBody
from registry.areas.problems import AreaUnknown
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport
from registry.audit.store import note
from registry.desk import Counter, Desk, reads, stands, writes
from registry.imports.api import taking_of
from registry.imports.problems import ImportRunning
from registry.ledger.sheet_problems import ListTooLong
from registry.provincial import answers, incoming, packages
from registry.provincial.api import (
    OF_ANSWERS,
    OF_FILE,
    OF_IMPORT,
    LayoutId,
    Of,
    entry_sheet,
    layout_of,
    take_answers,
)
from registry.provincial.problems import LayoutUnknown, PackageConflict, PackageUnreadable
from registry.provincial.schemas import PackageOut, PackagesOut, PackageTakenOut
from registry.provincial.tables import ProvincialPackage
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["provincial"], route_class=IdempotentRoute)
ZIP = "application/zip"
Passphrase = Annotated[
    str | None,
    Header(
        alias="Package-Passphrase", min_length=12, max_length=128, pattern=r"^[\x21-\x7e]+$",
        description="Seals the files of the package (AES-256), or opens them; letters, digits and signs of ASCII",
    ),
]  # fmt: skip
Packer = Annotated[Desk, Depends(writes("cases:read", "cases:write"))]
Taker = Annotated[Counter, Depends(stands("imports:write", "cases:write"))]
Looker = Annotated[Desk, Depends(reads("cases:read"))]


@router.post(
    "/provincial/{layout_id}/packages",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {ZIP: {}}},
        **problems(TooManyRequests, *REFUSALS, *REPEATS, *EXPORT_PROBLEMS, AreaUnknown, ListTooLong, LayoutUnknown),
    },
)
def pack_for_province(
    desk: Packer, layout_id: LayoutId, asked: AskedExport, of: Of, passphrase: Passphrase = None
) -> Response:
    """The recognised in the province's own sheet as a numbered package: a ZIP with `manifest.json` and each file's
    SHA-256. Masked, or with `identity=full` as the sheet is; sealed where a passphrase is given."""
    layout = layout_of(desk, layout_id)
    content, items = entry_sheet(desk, layout, asked, of)
    one = packages.packed(f"{layout.id}.xlsx", "entries", content)
    manifest = packages.Manifest(
        layout=layout.id, area=desk.caller.area, made_on=today(desk.settings), files=(one,),
        sequence=packages.number(desk.session, layout.id, desk.caller.area),
    )  # fmt: skip
    told, digest = packages.pack(manifest, {one.name: content}, passphrase)
    row = packages.remember(desk.session, desk.caller, "out", (manifest, digest))
    detail = {"layout": layout.id, "sequence": row.sequence, "sealed": passphrase is not None, "items": items}
    note(desk.session, desk.ring, desk.caller, "provincial.pack", row.package_id, **detail)
    name = f'attachment; filename="{layout.id}-{row.sequence:04d}.zip"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store", "Package-Sequence": str(row.sequence)}
    return Response(told, media_type=ZIP, headers=headers)


@router.post(
    "/provincial/{layout_id}/packages/in",
    dependencies=[Depends(dear("file"))],
    responses=problems(
        TooManyRequests, *REFUSALS, *REPEATS, *OF_FILE, *OF_IMPORT, *OF_ANSWERS, ImportRunning, PackageUnreadable,
        PackageConflict,
    ),
    openapi_extra=FILE_BODY,
)  # fmt: skip
def take_provincial_package(
    counter: Taker, layout_id: LayoutId, content: WholeBody, dry_run: bool = False, passphrase: Passphrase = None
) -> PackageTakenOut:
    """Take a package of the province: its export is imported, its answers are read back. Every file is held against its
    digest first. A package that came before changes nothing; numbers that never came are named."""
    layout, area = layout_of(counter, layout_id), counter.caller.area
    package = packages.unpack(content, passphrase)
    if package.manifest.layout != layout.id:
        raise PackageUnreadable(reason=f"这是布局 {package.manifest.layout} 的交换包")
    with transaction(counter.database) as session:
        before = packages.came_before(session, layout.id, area, package)
        gap = packages.missing(session, layout.id, area, package.manifest.sequence)
    if before is not None:
        return PackageTakenOut(package=_out(before, repeated=True, missing=gap), dry_run=dry_run)
    imported = None
    if "export" in package.files:
        taking = taking_of(counter, package.manifest.made_on, dry_run=dry_run)
        imported = incoming.take(layout, taking, package.files["export"])
    with transaction(counter.database) as session:
        desk = Desk(counter.request, counter.response, counter.caller, session)
        answered = None
        if "answers" in package.files:
            rows = answers.read(layout.answers, package.files["answers"], _day(desk, package.manifest.made_on))
            answered = take_answers(desk, rows, dry_run=dry_run)
        row = packages.remember(session, counter.caller, "in", (package.manifest, package.sha256))
        told = _out(row, repeated=False, missing=gap)
        if dry_run:
            session.delete(row)
        else:
            detail = {"layout": layout.id, "sequence": row.sequence, "missing": gap}
            note(session, desk.ring, desk.caller, "provincial.unpack", row.package_id, **detail)
    import_id = None if imported is None else imported.import_id
    return PackageTakenOut(package=told, dry_run=dry_run, import_id=import_id, answers=answered)


def _day(desk: Desk, made_on: date) -> date:
    """The day of answers without one: when the package was made, never one to come."""
    return min(made_on, today(desk.settings))


@router.get("/provincial/packages", responses=problems(*REFUSALS, CursorInvalid))
def list_provincial_packages(desk: Looker, page: Paged) -> PackagesOut:
    """Packages that left and came, newest first."""
    rows = packages.page(desk.session, desk.caller, page.after("package", None), page.limit)
    cursor = page.onwards("package", rows[-1].package_id if rows else None, full=len(rows) == page.limit)
    return PackagesOut(packages=[_out(row, repeated=False, missing=[]) for row in rows], cursor=cursor)


def _out(row: ProvincialPackage, *, repeated: bool, missing: list[int]) -> PackageOut:
    return PackageOut(
        package_id=row.package_id,
        layout_id=row.layout,
        direction="out" if row.direction == "out" else "in",
        sequence=row.sequence,
        sha256=row.sha256,
        made_at=row.made_at,
        repeated=repeated,
        missing=missing,
        files=row.files,
    )
