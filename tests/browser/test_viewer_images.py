"""The images in a real browser: linked by patient position, and the map where the anatomy is."""

import io
from collections.abc import Iterator

import brotli
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from tests.browser.viewer_harness import DIST, LANDMARK, OBLIQUE, Harness, Study

pytestmark = pytest.mark.browser

DRAWN_BOX = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let box = [width, height, 0, 0];
  for (let y = 0; y < height * 0.8; y++) for (let x = 0; x < width; x++) {
    const i = 4 * (y * width + x);
    if (data[i + 3] > 60 && data[i] > 150 && data[i + 2] < 110)
      box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), Math.max(box[3], y + 1)];
  }
  return box;
}"""


@pytest.fixture
def landmark(tab: Page) -> Iterator[Study]:
    harness = Harness(Study(arm="assisted", seeds=(LANDMARK,)))
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    yield harness.study
    harness.close()


def picture(tab: Page, pane: int) -> NDArray[np.uint8]:
    """Grey values of one image as shown, its drawings and captions hidden."""
    tab.locator(".pane").nth(pane).evaluate(
        "pane => pane.querySelectorAll('.pane-drawing, .pane-caption').forEach(e => { e.hidden = true; })"
    )
    return np.asarray(Image.open(io.BytesIO(tab.locator(".pane").nth(pane).screenshot())).convert("L"))


def bright_box(grey: NDArray[np.uint8]) -> list[int]:
    """Left, top, right, bottom of the large bright area."""
    bright = grey > 128
    columns, rows = np.nonzero(bright.sum(0) > 20)[0], np.nonzero(bright.sum(1) > 20)[0]
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


@pytest.mark.parametrize(("pane", "tolerance"), [(0, 2.0), (1, 3.0)])
def test_the_map_lies_on_the_anatomy_in_both_images(
    tab: Page, landmark: Study, pane: int, tolerance: float
) -> None:
    """Within the outline's width on T1, and the pixel edges' difference more on T2's own grid."""
    drawn = tab.locator(".pane-drawing").nth(pane).evaluate(DRAWN_BOX)
    shown = bright_box(picture(tab, pane))
    assert shown[2] - shown[0] > 30
    assert np.abs(np.subtract(drawn, shown)).max() <= tolerance, (drawn, shown)


def test_both_images_show_the_same_size_and_place(tab: Page, landmark: Study) -> None:
    first, second = bright_box(picture(tab, 0)), bright_box(picture(tab, 1))
    assert np.abs(np.subtract(first, second)).max() <= 3


def test_scrolling_is_linked_by_position_and_not_by_index(tab: Page, landmark: Study) -> None:
    """T1 slices lie at x = 16, 12, …, T2 slices at 15, 10, …, in frames of reference of their own."""
    tab.keyboard.press("Home")
    followers = ["1 / 7", "2 / 7", "2 / 7", "3 / 7", "4 / 7", "5 / 7", "6 / 7", "6 / 7", "7 / 7"]
    for step, follower in enumerate(followers, 1):
        expect(tab.locator(".pane-slice").first).to_have_text(f"{step} / 9")
        expect(tab.locator(".pane-slice").nth(1)).to_have_text(follower)
        tab.keyboard.press("ArrowDown")


def test_the_wheel_steps_and_the_other_image_follows(tab: Page, landmark: Study) -> None:
    tab.keyboard.press("Home")
    expect(tab.locator(".pane-slice").first).to_have_text("1 / 9")
    for step, follower in [(2, "2 / 7"), (3, "2 / 7"), (4, "3 / 7"), (5, "4 / 7")]:
        tab.locator(".pane").first.hover()
        tab.mouse.wheel(0, 60)
        expect(tab.locator(".pane-slice").first).to_have_text(f"{step} / 9")
        expect(tab.locator(".pane-slice").nth(1)).to_have_text(follower)


def test_captions_say_what_is_seen(tab: Page, landmark: Study) -> None:
    pane = tab.locator(".pane").first
    for caption, text in [
        ("left", "A"),
        ("right", "P"),
        ("top", "H"),
        ("bottom", "F"),
        ("name", "T1 · sagittal"),
    ]:
        expect(pane.locator(f".pane-{caption}")).to_have_text(text)
    expect(pane.locator(".pane-window")).to_contain_text("W ")
    tab.keyboard.press("i")
    expect(pane.locator(".pane-window")).to_contain_text("inverted")
    tab.keyboard.press("r")
    expect(pane.locator(".pane-window")).not_to_contain_text("inverted")


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless])
def test_compressed_images_are_the_same_picture(tab: Page, landmark: Study, syntax: str) -> None:
    """The decoder is a worker with WebAssembly, under the strict content security policy."""
    resting = tab.locator(".pane[data-picture=cornerstone]")
    expect(resting).to_have_count(2)
    plain = picture(tab, 0)
    harness = Harness(Study(arm="assisted", seeds=(LANDMARK,), syntax=syntax))
    tab.goto(f"{harness.url}/read/x/")
    expect(resting).to_have_count(2)
    assert np.array_equal(picture(tab, 0), plain)
    harness.close()


def test_the_ruler_begins_at_five_millimetres_and_measures_by_keys_and_by_drag(
    tab: Page, landmark: Study
) -> None:
    """The planted box is 30 mm across (y from -20 to 10) and its edges are where the picture shows them."""
    left, top, right, bottom = bright_box(picture(tab, 0))
    tab.locator(".pane").first.evaluate(
        "pane => pane.querySelectorAll('.pane-drawing, .pane-caption').forEach(e => { e.hidden = false; })"
    )
    caption = tab.locator(".pane-ruler").first
    tab.keyboard.press("d")
    expect(caption).to_have_text("Ruler 5.0 mm")
    for _ in range(4):
        tab.keyboard.press("Shift+ArrowDown")
    expect(caption).to_have_text("Ruler 7.0 mm")
    tab.keyboard.press("Control+ArrowLeft")
    expect(caption).to_have_text("Ruler 7.0 mm")
    window = tab.locator(".pane-window").first.inner_text()
    box = tab.locator(".pane").first.bounding_box()
    assert box is not None
    middle = box["y"] + (top + bottom) / 2
    tab.mouse.move(box["x"] + left, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + (left + right) / 2, middle)
    tab.mouse.move(box["x"] + right, middle)
    tab.mouse.up()
    measured = float(caption.inner_text().split()[1])
    assert measured == pytest.approx(30, abs=1.5)
    assert tab.locator(".pane-window").first.inner_text() == window, "the drag measured and did not window"
    tab.keyboard.press("d")
    expect(caption).to_have_text("")


DRAWN_IN_COLUMNS = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, Math.round(height * 0.9)).data;
  const counts = Array(width).fill(0);
  for (let i = 3; i < data.length; i += 4) if (data[i] > 60) counts[((i - 3) / 4) % width] += 1;
  return counts;
}"""


def line_at(tab: Page, pane: int) -> float | None:
    """Where a line from head to foot is drawn over an image, in pixels from its left; none without one."""
    counts = np.array(tab.locator(".pane-drawing").nth(pane).evaluate(DRAWN_IN_COLUMNS))
    columns = np.nonzero(counts > 200)[0]
    return None if len(columns) == 0 else float(columns.mean()) + 0.5


def test_each_image_shows_where_the_other_slice_cuts_it_until_a_key_hides_the_line(tab: Page) -> None:
    """T2 is 20° off: its slice 5 mm to the right crosses T1 at x = -4 mm where y is 3.6 mm."""
    harness = Harness(Study(seeds=(OBLIQUE,)))
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".pane[data-picture=cornerstone]")).to_have_count(2)
    left, _, right, _ = bright_box(picture(tab, 0))
    per_mm = (right - left) / 30
    assert line_at(tab, 0) == pytest.approx(left + 20 * per_mm, abs=1.5)
    assert line_at(tab, 1) is not None
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(".pane-slice").nth(1)).to_have_text("5 / 7")
    tab.wait_for_timeout(200)
    assert line_at(tab, 0) == pytest.approx(left + 23.6 * per_mm, abs=1.5)
    tab.keyboard.press("k")
    tab.wait_for_timeout(200)
    assert [line_at(tab, pane) for pane in (0, 1)] == [None, None]
    tab.keyboard.press("?")
    expect(tab.locator(".key-sheet")).to_contain_text("Reference line on or off")
    harness.close()


def test_parallel_slices_have_no_reference_line(tab: Page, landmark: Study) -> None:
    tab.locator(".map-switch input").uncheck()
    tab.wait_for_timeout(200)
    assert [line_at(tab, pane) for pane in (0, 1)] == [None, None]


def test_windows_get_narrower_and_wider_by_keys(tab: Page, landmark: Study) -> None:
    def widths() -> list[int]:
        return [int(text.split()[1]) for text in tab.locator(".pane-window").all_inner_texts()]

    before = widths()
    tab.keyboard.press("x")
    assert all(now < then for now, then in zip(widths(), before, strict=True))
    for _ in range(2):
        tab.keyboard.press("v")
    assert all(now > then for now, then in zip(widths(), before, strict=True))
    tab.keyboard.press("r")
    assert widths() == before


def test_a_type_that_is_switched_off_is_not_drawn(tab: Page, landmark: Study) -> None:
    drawing = tab.locator(".pane-drawing").first
    assert drawing.evaluate(DRAWN_BOX)[2] > 0
    tab.locator(".legend").get_by_label("Type 2").uncheck()
    tab.wait_for_timeout(200)
    left, top, right, bottom = drawing.evaluate(DRAWN_BOX)
    assert (right, bottom) == (0, 0), (left, top)
    tab.locator(".legend").get_by_label("Type 1").uncheck()
    tab.locator(".legend").get_by_label("Type 2").check()
    tab.wait_for_timeout(200)
    assert drawing.evaluate(DRAWN_BOX)[2] > 0


KEEP_CONTEXTS = """
  const before = HTMLCanvasElement.prototype.getContext;
  window.contexts = [];
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    const found = before.call(this, kind, ...rest);
    if (kind === "webgl2" && found) window.contexts.push(found);
    return found;
  };
"""
LOSE_THEM = "() => contexts.forEach(context => context.getExtension('WEBGL_lose_context')?.loseContext())"


def test_a_lost_graphics_context_costs_neither_images_nor_input(tab: Page) -> None:
    harness = Harness(Study(seeds=(7, 8)))
    tab.add_init_script(KEEP_CONTEXTS)
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".pane[data-picture=cornerstone]")).to_have_count(2)
    tab.keyboard.press("2")
    before = picture(tab, 0)
    tab.evaluate(LOSE_THEM)
    expect(tab.locator(".pane-notice").first).to_contain_text("your answers are safe")
    expect(tab.locator(".pane[data-picture=canvas]")).to_have_count(2)
    expect(tab.locator(".pane-window").first).to_contain_text("without WebGL")
    assert np.abs(picture(tab, 0).astype(int) - before).max() <= 1
    assert tab.locator('.half[data-site="L1 upper"] input:checked').get_attribute("value") == "2"
    tab.keyboard.press("Home")
    expect(tab.locator(".pane-slice").first).to_contain_text("1 / ")
    expect(tab.locator(".pane-notice").first).to_have_text("")
    for _ in range(11):
        tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    assert [answer["grade"] for answer in harness.study.submitted[0]["answers"]] == [2] + [0] * 11
    harness.close()


def test_without_webgl_images_are_there_and_the_caption_says_so(tab: Page) -> None:
    harness = Harness(Study(seeds=(LANDMARK,)))
    tab.add_init_script(
        "const before = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : before.call(this, kind, ...rest); };"
    )
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".pane-window").first).to_contain_text("without WebGL")
    assert bright_box(picture(tab, 0))[2] > 0
    assert not any("cornerstone" in path for _, path in harness.study.requests)
    harness.close()


KEEP_MANNERS = """() => {
  const pane = document.querySelector(".pane");
  const seen = [];
  new MutationObserver(() => {
    seen.push(pane.dataset.picture);
    document.body.dataset.manners = seen.join(" ");
  }).observe(pane, { attributeFilter: ["data-picture"] });
}"""
"""How the first image is drawn, from one change to the next."""


def test_a_picture_comes_to_rest_in_cornerstone_and_wakes_when_something_moves(tab: Page) -> None:
    harness = Harness(Study(seeds=(7, 8)))
    tab.goto(f"{harness.url}/read/x/")
    resting = tab.locator(".pane[data-picture=cornerstone]")
    expect(resting).to_have_count(2)
    tab.evaluate(KEEP_MANNERS)
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("[data-manners='canvas cornerstone']")).to_have_count(1)
    expect(resting).to_have_count(2)
    for _ in range(12):
        tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    expect(resting).to_have_count(2)
    harness.close()


def test_the_application_stays_small(tab: Page) -> None:
    """Everything fetched until both images are at rest; what is never used is left out."""
    harness = Harness(Study(seeds=(LANDMARK,)))
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".pane[data-picture=cornerstone]")).to_have_count(2)
    files = {DIST / path.removeprefix("/static/") for _, path in harness.study.requests if "/static/" in path}
    assert any(file.name.startswith("cornerstone") for file in files)
    assert sum(len(brotli.compress(file.read_bytes(), quality=5)) for file in files) < 450_000
    harness.close()
