"""The chart as a picture: whole, harmless and readable for any number of columns and rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import pairwise
from math import cos, radians, sin
from xml.etree import ElementTree as ET

import pytest

from bot.chart import Chart, ChartRow
from bot.chart_picture import MOST_ROWS, WIDEST, ChartPicture, chart_picture
from bot.render import render
from tests.attacks import ATTACKS, CONTROLS

SVG = "{http://www.w3.org/2000/svg}"
LADDER = ("v0.1", "v0.2", "v0.3", "beta", "v1.0")
LIGHT, DARK = 0, 1
MOST_BYTES = 500_000

Box = tuple[float, float, float, float]


def row(label: str, column: str, percent: int, columns: Sequence[str] = LADDER) -> ChartRow:
    at = columns.index(column) if column in columns else -1
    fills = tuple(100 if i < at else percent if i == at else 0 for i in range(len(columns)))
    return ChartRow(label, f"o/{label}", column, percent, fills)


def grid(columns: int, rows: int, *, longest: int = 0) -> Chart:
    """SIGs that climb a ladder of so many columns, with labels made as long as wished."""
    ladder = [f"v0.{at}".ljust(longest, "&") for at in range(columns)]
    return Chart(
        tuple(
            row(f"SIG {at}".ljust(longest, "<"), ladder[at % columns], at % 101, ladder) for at in range(rows)
        ),
        tuple(ladder),
    )


def drawn(chart: Chart) -> str:
    return render("pages/chart.svg.j2", name="o/site", picture=chart_picture(chart))


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - the bot's own, and here it is seen whether others can break it


def texts(svg: str, kind: str | None = None) -> list[str]:
    found = read(svg).iter(f"{SVG}text")
    return [text.text or "" for text in found if kind is None or text.get("class") == kind]


def boxes(element: ET.Element, x: float = 0, y: float = 0, turned: float = 0) -> Iterator[Box]:
    """Where everything that is drawn directly lies on the picture; what lies in a box is clipped by it."""
    for child in element:
        if child.tag in (f"{SVG}defs", f"{SVG}style"):
            continue
        if child.tag == f"{SVG}g":
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", child.get("transform", ""))]
            dx, dy, angle = (*numbers, 0.0, 0.0, 0.0)[:3]
            yield from boxes(child, x + dx, y + dy, angle)
        elif child.tag in (f"{SVG}rect", f"{SVG}svg", f"{SVG}text"):
            yield turned_box(extent(child), x, y, turned)


def extent(element: ET.Element) -> Box:
    left, top = (float(element.get(name, "0")) for name in ("x", "y"))
    if element.tag != f"{SVG}text":
        return left, top, left + float(element.attrib["width"]), top + float(element.attrib["height"])
    width = 8.0 * len(element.text or "")
    return (
        (left - width, top - 12, left, top + 4)
        if element.get("class") == "percent"
        else (left, top - 12, left + width, top + 4)
    )


def turned_box(box: Box, x: float, y: float, degrees: float) -> Box:
    turn = radians(degrees)
    corners = [(left, top) for left in box[::2] for top in box[1::2]]
    across = [x + left * cos(turn) - top * sin(turn) for left, top in corners]
    down = [y + left * sin(turn) + top * cos(turn) for left, top in corners]
    return min(across), min(down), max(across), max(down)


def assert_whole(svg: str) -> None:
    """Nothing lies outside the picture, and it is no larger than it may be."""
    root = read(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert (root.get("width"), root.get("height")) == (f"{width:g}", f"{height:g}")
    assert width <= WIDEST
    for left, top, right, bottom in boxes(root):
        assert -0.05 <= left <= right <= width + 0.05
        assert -0.05 <= top <= bottom <= height + 0.05
    assert not re.search(r"=\"[^\"]*\d\.\d{3}", svg), "no more digits than anybody can see"
    assert len(svg.encode()) < MOST_BYTES


# -- what it shows ----------------------------------------------------------------------------


def test_every_sig_has_a_line_with_its_column_and_percent() -> None:
    svg = drawn(Chart((row(".NET", "beta", 50), row("Go", "v0.1", 0)), LADDER))
    assert texts(svg, "sig") == [".NET", "Go"]
    assert texts(svg, "head") == list(LADDER)
    assert texts(svg, "at") == ["beta", "v0.1"]
    assert texts(svg, "percent") == ["50%", "0%"]


def test_done_columns_are_full_and_the_present_one_is_filled_in_part() -> None:
    picture = chart_picture(Chart((row("Go", "beta", 50), row("C", "v0.1", 0)), LADDER))
    half, nothing = picture.lines
    assert half.done == picture.cells[3].x
    assert half.doing == pytest.approx(picture.cells[3].width / 2, abs=0.1)
    assert (nothing.done, nothing.doing) == (0, 0)
    svg = drawn(Chart((row("Go", "beta", 50), row("C", "v0.1", 0)), LADDER))
    assert svg.count('class="done"') == svg.count('class="doing"') == 1


def test_a_finished_sig_is_full_and_called_complete() -> None:
    svg = drawn(Chart((row("Go", "v1.0", 100), row("C", "v1.0", 99)), LADDER))
    assert texts(svg, "complete") == ["complete"]
    assert texts(svg, "percent") == ["99%"]
    done, almost = chart_picture(Chart((row("Go", "v1.0", 100), row("C", "v1.0", 99)), LADDER)).lines
    last = chart_picture(Chart((), LADDER)).cells[-1]
    assert done.done >= last.x + last.width
    assert almost.done + almost.doing < last.x + last.width


def test_a_column_that_the_ladder_does_not_have_leaves_the_bar_empty() -> None:
    svg = drawn(Chart((row("Go", "moved", 50),), LADDER))
    assert (texts(svg, "at"), texts(svg, "percent")) == (["moved"], ["50%"])
    assert 'class="done"' not in svg
    assert 'class="doing"' not in svg


@pytest.mark.parametrize("percent", range(101))
def test_what_is_begun_is_seen_and_what_is_not_done_is_not_full(percent: int) -> None:
    for count in (1, 5, 40, 300):
        ladder = tuple(map(str, range(count)))
        picture = chart_picture(Chart((row("Go", ladder[-1], percent, ladder),), ladder))
        [line] = picture.lines
        whole = picture.cells[-1].x + picture.cells[-1].width
        assert (line.doing > 0) == (0 < percent < 100)
        assert (line.done + line.doing >= whole - 0.1) == (percent == 100)


def test_it_says_in_words_what_it_shows() -> None:
    root = read(drawn(Chart((row("Go", "beta", 50), row("C<", "v1.0", 100)), LADDER)))
    assert root.get("role") == "img"
    said = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.attrib["aria-labelledby"].split() == list(said) == ["title", "desc"]
    assert said["title"] == "Progress of the SIGs of o/site"
    assert (said["desc"] or "").strip() == "Go: beta, 50%. C<: complete."


def test_without_a_sig_it_says_so() -> None:
    for chart in (Chart(), Chart((), LADDER)):
        svg = drawn(chart)
        assert texts(svg)[-1] == "There is no SIG to show yet."
        assert_whole(svg)


# -- any number of columns and rows -----------------------------------------------------------


@pytest.mark.parametrize("longest", [0, 500])
@pytest.mark.parametrize("columns", [1, 2, 3, 7, 12, 25, 40, 99, 150, 300])
def test_any_number_of_columns_fits(columns: int, longest: int) -> None:
    chart = grid(columns, 12, longest=longest)
    assert_whole(drawn(chart))
    picture = chart_picture(chart)
    assert len(picture.cells) in (columns, 1)
    for cell, following in pairwise(picture.cells):
        assert cell.x + cell.width < following.x
    last = picture.cells[-1]
    assert last.x + last.width <= picture.ladder.width + 0.1
    assert picture.labels.x + picture.labels.width < picture.ladder.x
    assert picture.ladder.x + picture.ladder.width < picture.columns.x
    assert picture.columns.x + picture.columns.width <= picture.percents.x + 0.1


@pytest.mark.parametrize("rows", [1, 9, 40, 41, 120, 200, 201, 1000])
def test_any_number_of_rows_fits_and_a_long_chart_is_cut(rows: int) -> None:
    chart = grid(7, rows)
    svg, picture = drawn(chart), chart_picture(chart)
    assert_whole(svg)
    assert len(texts(svg, "sig")) == min(rows, MOST_ROWS)
    assert (f"… and {rows - MOST_ROWS} more" in texts(svg)) == (rows > MOST_ROWS)
    assert (f"And {rows - MOST_ROWS} more." in svg) == (rows > MOST_ROWS)
    for line, following in pairwise(picture.lines):
        assert line.y + picture.row_height == following.y


def test_the_largest_chart_with_the_longest_texts_is_no_larger_than_it_may_be() -> None:
    worst = "&'\u0301" * 200
    rows = tuple(ChartRow(worst, "o/r", worst, 50, (100,) * 299 + (50,)) for _ in range(1000))
    svg = drawn(Chart(rows, tuple(f"{worst}{at}" for at in range(300))))
    assert_whole(svg)


def test_heads_stand_side_by_side_while_they_fit_then_slant_then_some_are_left_out() -> None:
    def heads(columns: int, longest: int) -> ChartPicture:
        return chart_picture(grid(columns, 3, longest=longest))

    assert not heads(7, 0).slanted
    assert heads(7, 20).slanted
    assert len(heads(7, 20).heads) == 7
    assert len(heads(25, 0).heads) == 25
    crowded = heads(300, 0)
    assert crowded.slanted
    assert 10 < len(crowded.heads) < 40
    for head, following in pairwise(crowded.heads):
        assert following.x - head.x >= 20


def test_texts_that_are_too_long_are_cut_to_their_boxes() -> None:
    picture = chart_picture(Chart((row("M" * 500, "x" * 500, 1), row("日" * 60, "beta", 1)), LADDER))
    assert [line.label[-1] for line in picture.lines] == ["…", "…"]
    assert len(picture.lines[0].label) <= 16
    assert picture.lines[0].column.endswith("x…")
    assert chart_picture(Chart((row("JavaScript", "beta", 1),), LADDER)).lines[0].label == "JavaScript"


# -- other people's text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack", [*ATTACKS, "\ufffe\uffff", "]]> \"' &", "x" * 500], ids=lambda text: ascii(text[:30])
)
def test_other_peoples_text_stays_text(attack: str) -> None:
    columns = (attack, "beta", "v1.0")
    chart = Chart((row(attack, attack, 10, columns), row("Go", f"not {attack}", 10, columns)), columns)
    svg = drawn(chart)
    calm = drawn(Chart((row("c", "c", 10, ("c", "d", "e")), row("Go", "x", 10, columns)), ("c", "d", "e")))
    assert_whole(svg)
    assert not CONTROLS.search(svg.replace("\n", ""))
    assert shape(svg) == shape(calm)


def shape(svg: str) -> list[tuple[str, list[str]]]:
    """What the picture is made of, without its words and measures."""
    return [(element.tag, sorted(set(element.attrib) - {"transform"})) for element in outline(read(svg))]


def outline(root: ET.Element) -> Iterator[ET.Element]:
    """Its elements but the texts of heads, which differ where they are slanted."""
    slanted = {
        element
        for group in root.iter(f"{SVG}g")
        if "rotate" in group.get("transform", "")
        for element in group.iter()
    }
    heads = {element for element in root if element.find(f"{SVG}text[@class='head']") is not None}
    within = {inner for head in heads for inner in head.iter()}
    return (element for element in root.iter() if element not in slanted | within)


def test_a_quote_is_still_read_as_it_was_written() -> None:
    svg = drawn(Chart((row('"R&D" <b>', "beta", 1),), LADDER))
    assert texts(svg, "sig") == ['"R&D" <b>']
    assert "<b>" not in svg
    assert "<b>" in unescape(svg)


# -- what it may do, and how it looks ---------------------------------------------------------


def test_it_loads_and_runs_nothing() -> None:
    svg = drawn(grid(7, 9))
    root = read(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        *("svg", "title", "desc", "style", "defs", "clipPath", "g", "rect", "text", "use")
    }
    assert set(re.findall(r'href="([^"]*)"', svg)) == {"#empty"}
    assert set(re.findall(r"url\(([^)]*)\)", svg)) == {"#cells"}
    assert "@import" not in svg
    assert "@font-face" not in svg
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_have_contrast_in_light_and_dark(scheme: int) -> None:
    style = read(drawn(grid(7, 9))).findtext(f"{SVG}style") or ""
    assert "@media (prefers-color-scheme: dark)" in style
    colours = {
        name: re.findall(rf"--{name}: (#[0-9a-f]{{6}});", style)[scheme]
        for name in ("paper", "ink", "quiet", "track", "edge", "done", "doing")
    }
    for words in ("ink", "quiet", "done"):
        assert contrast(colours[words], colours["paper"]) >= 4.5, words
    for shown in ("done", "doing", "edge"):
        assert contrast(colours[shown], colours["paper"]) >= 3, shown
    for shown in ("done", "doing"):
        assert contrast(colours[shown], colours["track"]) >= 3, shown


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
