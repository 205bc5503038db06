"""Workbooks of this folder as an answer."""

from fastapi import Response

from kit.sheets_out import XLSX


def attached(content: bytes, name: str) -> Response:
    """A workbook to be kept under that name."""
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def yuan(fen: int) -> float:
    """An amount as a cell that can be added up; two decimals are exact to far beyond any county's money."""
    return fen / 100
