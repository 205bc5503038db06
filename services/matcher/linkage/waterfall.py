"""A picture of one decision: from the prior, field by field up and down, to the score, with the thresholds as lines.

SVG by itself: no font, link, style sheet or script from elsewhere; black on white, so that a copy on paper tells as
much (support is solid, opposition hatched). The width is that of an A4 page inside its margins.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from matcher.linkage.explain import FieldEvidence
from matcher.linkage.telling import share, tell
from matcher.linkage.why_not import GRADE_TITLES, Why

WIDTH: Final = 720  # drawn 180 mm wide
LEFT: Final = 282  # where the plot begins; left of it stand the labels
RIGHT: Final = 672
TOP: Final = 112
ROW: Final = 40
BAR: Final = 18
FONT: Final = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','SimSun',sans-serif"
BOLD: Final = 'font-weight="bold"'
SMALL: Final = 'font-size="10"'
MIDDLE: Final = 'text-anchor="middle"'
BACKWARDS: Final = 'text-anchor="end"'
HALO: Final = 'fill="#fff" stroke="#fff" stroke-width="3"'  # keeps lines out of the figure set above it
BEYOND: Final = 60.0  # bits: a picture of larger sums would show nothing of the small ones


@dataclass(frozen=True)
class _Step:
    """One row: label, what is said below it, where its bar begins and ends (bits), and whether it is a sum."""

    label: str
    below: str
    start: float
    end: float
    total: bool = False


def waterfall(why: Why) -> str:
    """The picture of one pair as an SVG document."""
    steps = _steps(why)
    bounds = {name: _bits(why.thresholds[name]) for name in ("possible", "probable", "certain")}
    scale = _Scale(steps, list(bounds.values()))
    height = TOP + ROW * len(steps) + 58
    verdict = tell(why)[0]
    body = [
        *_frame(scale, TOP + ROW * len(steps)),
        *_thresholds(bounds, scale, TOP + ROW * len(steps)),
        *(part for place, step in enumerate(steps) for part in _row(step, TOP + ROW * place, scale)),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="180mm" height="{height / 4:g}mm" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d" font-family="{FONT}" font-size="12">',
            '<title id="t">这条记录是不是此人：依据逐项相加</title>',
            f'<desc id="d">{escape(_printable(" ".join(tell(why))))}</desc>',
            _HATCH,
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            _text(16, 26, "这条记录是不是此人：依据逐项相加", 'font-size="16"', BOLD),
            *(_text(16, 47 + 17 * place, line) for place, line in enumerate(_lines(verdict, WIDTH - 32, 12)[:2])),
            *body,
            _text(16, height - 14, _key_of_signs(why), SMALL),
            "</svg>",
            "",
        ]
    )


_HATCH: Final = (
    '<defs><pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#fff"/><line x1="0" y1="0" x2="0" y2="5" stroke="#000" stroke-width="1.6"/>'
    "</pattern></defs>"
)


def _key_of_signs(why: Why) -> str:
    return f"黑条支持，斜纹反对，灰条合计；横轴每1分，可能性相差一倍。模型 {why.explanation.model}"


def _steps(why: Why) -> list[_Step]:
    """The prior, every field in its fixed order, the other candidates, the sum."""
    at = why.explanation.prior
    mixed_up = "最易混淆的是同户亲属" if why.explanation.relative > 0.5 else f"{why.people}人中正好是此人"
    steps = [_Step("起点", mixed_up, 0.0, at)]
    for part in why.explanation.fields:
        steps.append(_Step(part.title, _said(part), at, at + part.weight))
        at += part.weight
    if why.rivals or abs(why.competition) >= 0.05:
        steps.append(_Step("其他候选人", f"另有{len(why.rivals)}名", at, at + why.competition))
    steps.append(_Step("合计", f"可能性{share(why.probability)}", 0.0, why.total, total=True))
    return steps


def _said(part: FieldEvidence) -> str:
    """The agreement, or both values where they differ and may be shown."""
    if part.record and part.person and part.record != part.person and not part.level.endswith("missing"):
        return re.sub(r"\*{4,}", "***", f"{part.agreement}：{part.record}／{part.person}")
    return part.agreement


class _Scale:
    """Bits to places in the plot, with room at both ends for the figures."""

    def __init__(self, steps: Sequence[_Step], lines: Sequence[float]) -> None:
        ends = [0.0, *lines, *(at for step in steps for at in (step.start, step.end))]
        self.low = max(min(ends), -BEYOND) - 3
        self.high = min(max(ends), BEYOND) + 3

    def __call__(self, bits: float) -> float:
        held = min(max(bits, self.low), self.high)
        return round(LEFT + (held - self.low) / (self.high - self.low) * (RIGHT - LEFT), 1)

    def ticks(self) -> Iterator[int]:
        """Round figures, eight at most."""
        step = next(width for width in (2, 5, 10, 20) if (self.high - self.low) / width <= 8)
        first = math.ceil(self.low / step) * step
        yield from range(first, int(self.high) + 1, step)


def _frame(scale: _Scale, bottom: int) -> Iterator[str]:
    for tick in scale.ticks():
        x = scale(tick)
        yield _line((x, TOP), (x, bottom), "#000" if tick == 0 else "#ccc", 1.2 if tick == 0 else 0.6)
        yield _text(x, bottom + 15, f"{tick:+d}" if tick else "0", SMALL, MIDDLE)
    yield _text(RIGHT + 8, bottom + 15, "（分）", SMALL)


def _thresholds(bounds: dict[str, float], scale: _Scale, bottom: int) -> Iterator[str]:
    """Dashed lines, each with its name in a row of its own: they may lie close together."""
    for place, (name, bits) in enumerate(bounds.items()):
        x, y = scale(bits), TOP - 8 - 13 * place
        yield _line((x, y - 9), (x, bottom), "#000", 0.9, dash="5 3")
        yield _text(x - 4, y, f"{GRADE_TITLES[name]}（{bits:+.1f}）", SMALL, BACKWARDS)


def _row(step: _Step, y: int, scale: _Scale) -> Iterator[str]:
    """Label and bar of one step, its figure at the end it points to, and the thread to the next."""
    grows = step.end >= step.start
    left, right = sorted((scale(step.start), scale(step.end)))
    top = y + (ROW - BAR) // 2
    yield _line((0, y), (WIDTH, y), "#ddd", 0.5)
    yield _text(16, y + 17, step.label, BOLD)
    yield _text(16, y + 32, _cut(step.below, LEFT - 26, 10), SMALL)
    fill = "#888" if step.total else "#000" if grows else "url(#h)"
    width = max(right - left, 1.0)
    yield (
        f'<rect x="{left:g}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{fill}" stroke="#000" '
        f'stroke-width="0.8"/>'
    )
    change = step.end if step.total else step.end - step.start
    x, *looks = (right + 4, BOLD) if grows else (left - 4, BOLD, BACKWARDS)
    said = f"{change:+.1f}" if abs(change) >= 0.05 else "0"
    yield _text(x, top + 13, said, *looks, HALO)
    yield _text(x, top + 13, said, *looks)
    if not step.total:
        at = scale(step.end)
        yield _line((at, top + BAR), (at, y + ROW + (ROW - BAR) // 2), "#000", 0.7)


def _line(start: tuple[float, float], end: tuple[float, float], ink: str, width: float, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" stroke="{ink}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def _text(x: float, y: float, text: str, *looks: str) -> str:
    attributes = " ".join([f'x="{x:g}" y="{y:g}"', *looks])
    return f"<text {attributes}>{escape(_printable(text))}</text>"


def _printable(text: str) -> str:
    """XML knows no control characters, and a person's row may hold any."""
    return "".join(letter for letter in text if letter.isprintable())


def _wide(text: str, size: int) -> float:
    return sum(size if ord(letter) > 0x2E80 else size * 0.58 for letter in text)


def _cut(text: str, room: float, size: int) -> str:
    if _wide(text, size) <= room:
        return text
    while text and _wide(text, size) > room - size:
        text = text[:-1]
    return f"{text}…"


def _lines(text: str, room: float, size: int) -> list[str]:
    found, rest = [], text
    while rest:
        line = rest
        while _wide(line, size) > room:
            line = line[:-1]
        found.append(line)
        rest = rest[len(line) :]
    return found


def _bits(probability: float) -> float:
    return math.log2(probability / (1 - probability))
