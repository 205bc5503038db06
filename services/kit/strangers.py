"""What people send by mistake and no reader should try: pictures, documents, archives, web pages."""

import re

from kit.unreadable import TableUnreadable

_PICTURE, _PDF = ("图片", "a picture"), ("PDF 文件", "a PDF")
_WORD, _PROGRAM = ("Word 文档", "a Word document"), ("程序或数据库文件", "a program or a database")
_OTHERS: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"%PDF-", _PDF),
    (b"\x89PNG\r\n", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF87a", _PICTURE),
    (b"GIF89a", _PICTURE),
    (b"II*\0", _PICTURE),
    (b"MM\0*", _PICTURE),
    (b"{\\rtf", _WORD),
    (b"\x7fELF", _PROGRAM),
    (b"SQLite format 3\0", _PROGRAM),
)
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\0", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Office files, and of encrypted new ones
# The beginning of an old workbook, and after it at once how it is encrypted.
_LOCKED = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
_WEB = re.compile(rb"<(!doctype|html|table|\?xml|meta|style)", re.IGNORECASE)


def check_no_stranger(content: bytes) -> None:
    """Raises TableUnreadable where the bytes are plainly something else than a table."""
    for first, (zh, en) in _OTHERS:
        if content.startswith(first):
            raise TableUnreadable("not-a-table", zh=zh, en=en)
    if content.startswith(b"BM") and content[2:6] == len(content).to_bytes(4, "little"):
        raise TableUnreadable("not-a-table", zh=_PICTURE[0], en=_PICTURE[1])
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        raise TableUnreadable("not-a-table", zh=_PICTURE[0], en=_PICTURE[1])
    if content.startswith(_ARCHIVES):
        raise TableUnreadable("archive")
    if content.startswith(_OLE):
        _check_old_office(content)
    if _WEB.match(content[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()):
        raise TableUnreadable("web-page")


def _check_old_office(content: bytes) -> None:
    """The names of the streams within stand in UTF-16 somewhere in the file."""
    if _named("EncryptedPackage") in content or _LOCKED.search(content):
        raise TableUnreadable("encrypted")
    if _named("Workbook") in content or _named("Book") in content:
        return
    if _named("WordDocument") in content:
        raise TableUnreadable("not-a-table", zh=_WORD[0], en=_WORD[1])
    raise TableUnreadable("broken", kind="xls")


def _named(stream: str) -> bytes:
    return stream.encode("utf-16-le")
