"""Workbooks of this folder, as bytes and as an answer."""

import tempfile
from collections.abc import Sequence

from fastapi import Response

from kit.sheets_out import Sheet, write_sheets
from registry.ledger.sheet_route import XLSX


def book(sheets: Sequence[Sheet], mark: str) -> bytes:
    """The workbook, watermarked."""
    with tempfile.TemporaryFile() as file:
        write_sheets(file, sheets, mark)
        file.seek(0)
        return file.read()


def attached(content: bytes, name: str) -> Response:
    """A workbook to be kept under that name."""
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def yuan(fen: int) -> float:
    """An amount as a cell that can be added up; two decimals are exact to far beyond any county's money."""
    return fen / 100
