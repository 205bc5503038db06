"""Elements of SVG, escaped; and a picture with its title and description, within a page or as a file of its own."""

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

STYLE = Path(__file__).resolve().parents[1] / "static" / "charts.css"
FILE_WIDTH, EDGE, HEAD = 720, 24, 40


def tag(name: str, *inside: Markup | str, **attributes: object) -> Markup:
    """An element. `class_`, `font_size` become `class`, `font-size`; what is None is left out."""
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _text(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, told, Markup("").join(map(escape, inside)))


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def percent(share: float) -> str:
    """`0.5` → `50%`."""
    return f"{_text(share * 100.0)}%"


def linked(href: str | None, *inside: Markup) -> Markup:
    """A way onwards around a part of a chart, where there is one."""
    return tag("a", *inside, href=href) if href else tag("g", *inside)


@dataclass(frozen=True)
class Picture:
    """A chart: an id of its own within the page, what it shows in a few words and in a sentence, and its parts.

    One with ways onwards is a group, because what is within an image cannot be reached by the keyboard.
    """

    name: str
    title: str
    description: str
    height: float
    parts: tuple[Markup, ...]

    @property
    def inline(self) -> Markup:
        """Within a page."""
        ways = any("<a " in part for part in self.parts)
        return tag(
            "svg", *self._words, *self.parts, class_="chart", width="100%", height=self.height,
            role="group" if ways else "img",
            aria_labelledby=f"{self.name}-title", aria_describedby=f"{self.name}-text",
        )  # fmt: skip

    @property
    def file(self) -> bytes:
        """A file of its own: it brings its style along."""
        height = self.height + HEAD + 2 * EDGE
        drawn = tag(
            "svg", tag("style", STYLE.read_text("utf-8")), *self._words,
            tag("rect", width="100%", height="100%", class_="ground"),
            tag("text", self.title, x=EDGE, y=EDGE + 16, class_="word head"),
            tag("svg", *self.parts, x=EDGE, y=EDGE + HEAD, width=FILE_WIDTH - 2 * EDGE, height=self.height),
            xmlns="http://www.w3.org/2000/svg", class_="chart", width=FILE_WIDTH, height=height,
            role="img", aria_labelledby=f"{self.name}-title", aria_describedby=f"{self.name}-text",
        )  # fmt: skip
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}'.encode()

    @property
    def _words(self) -> tuple[Markup, Markup]:
        title = tag("title", self.title, id=f"{self.name}-title")
        return title, tag("desc", self.description, id=f"{self.name}-text")
