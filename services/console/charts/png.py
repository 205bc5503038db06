"""A chart as a raster image: resvg draws the very file the chart is, with a font of the server's.

resvg reads no variables and no media queries of CSS: what they come to in the light is written out beforehand.
"""

import re
from functools import cache
from pathlib import Path

import resvg_py

from console.charts.svg import Picture

PNG = "image/png"
TWICE = 2  # pixels of the image for one of the chart: reports are printed
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
# Files of fonts with Chinese characters, as distributions ship them, the best first → the family in them.
FONTS = {
    "NotoSansCJK-Regular.ttc": "Noto Sans CJK SC",
    "NotoSansCJKsc-Regular.otf": "Noto Sans CJK SC",
    "NotoSansSC-Regular.otf": "Noto Sans SC",
    "SourceHanSansSC-Regular.otf": "Source Han Sans SC",
    "SourceHanSansCN-Regular.otf": "Source Han Sans CN",
    "wqy-microhei.ttc": "WenQuanYi Micro Hei",
    "wqy-zenhei.ttc": "WenQuanYi Zen Hei",
    "DroidSansFallbackFull.ttf": "Droid Sans Fallback",
}
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}")
_DECLARED, _USED = re.compile(r"(--[\w-]+): ([^;]+);"), re.compile(r"var\((--[\w-]+)\)")
_FAMILY = re.compile(r"font-family: [^;]+;")


def png_of(picture: Picture) -> bytes | None:
    """The image, in the colours of the light; None where the server has no font that could write it."""
    font = _font()
    if font is None:
        return None
    path, family = font
    drawn = resvg_py.svg_to_bytes(
        svg_string=_plain(picture.file.decode()),
        font_files=[str(path)],
        skip_system_fonts=True,
        font_family=family,
        sans_serif_family=family,
        zoom=TWICE,
    )
    return bytes(drawn)


@cache
def _font() -> tuple[Path, str] | None:
    """The first of the fonts known that is installed, looked for once."""
    there = {path.name: path for folder in FOLDERS for path in folder.rglob("*.[ot]t[cf]") if path.name in FONTS}
    return next(((there[name], family) for name, family in FONTS.items() if name in there), None)


def _plain(svg: str) -> str:
    light = _MEDIA.sub("", svg)
    values = dict(_DECLARED.findall(light))
    return _FAMILY.sub("", _DECLARED.sub("", _USED.sub(lambda used: values[used[1]], light)))
