"""A line as small as a word: how many rows came, delivery by delivery, from nought to the most."""

from collections.abc import Sequence

from markupsafe import Markup

from console.charts.svg import tag

WIDTH, HEIGHT, EDGE = 110, 28, 4


def spark(values: Sequence[float], said: str) -> Markup:
    """`said`: what it shows, for whoever does not see it."""
    full = max(values, default=0) or 1
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    points = [
        (EDGE + at * step if len(values) > 1 else WIDTH / 2, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / full)
        for at, value in enumerate(values)
    ]
    drawn = [tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_="stroke stroke-0 thin")]
    drawn += [tag("circle", cx=x, cy=y, r=2.5, class_="part part-0") for x, y in points[-1:]]
    return tag(
        "svg", *drawn, class_="chart spark", width=WIDTH, height=HEIGHT, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img",
        aria_label=said,
    )  # fmt: skip
