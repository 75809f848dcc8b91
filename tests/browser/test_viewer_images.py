"""The images in a real browser: linked by patient position, and the map where the anatomy is."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.viewer_harness import LANDMARK, Harness, Study

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
