"""Side by side, stacked, or one at a time: by key, remembered, and by the display's shape."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.viewer_harness import Harness, Study

pytestmark = pytest.mark.browser
Open = Callable[..., Study]


class Remembering(Study):
    """A server that takes a layout."""

    layouts: list[dict]

    def answer(self, method: str, path: str, body):
        if path == "/api/layout":
            self.layouts.append(body)
            return 200, "application/json", json.dumps(body).encode()
        return super().answer(method, path, body)


@pytest.fixture
def open_room(tab: Page) -> Iterator[Callable[[int, int], Remembering]]:
    running: list[Harness] = []

    def start(width: int, height: int) -> Remembering:
        study = Remembering(seeds=(7,))
        study.layouts = []
        running.append(Harness(study))
        tab.set_viewport_size({"width": width, "height": height})
        tab.goto(f"{running[0].url}/read/x/")
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        return study

    yield start
    for harness in running:
        harness.close()


def boxes(tab: Page) -> tuple[dict, dict]:
    t1, t2 = (pane.bounding_box() for pane in tab.locator(".pane").all())
    return t1, t2


def visible(tab: Page) -> list[str]:
    return [pane.get_attribute("aria-label") for pane in tab.locator(".pane").all() if pane.is_visible()]


def test_one_key_goes_round_the_layouts_and_another_turns_the_images(tab: Page, open_room) -> None:
    study = open_room(1024, 768)
    t1, t2 = boxes(tab)
    assert (t1["y"], t1["x"] + t1["width"] <= t2["x"]) == (t2["y"], True)
    tab.keyboard.press("s")
    tab.keyboard.press("l")
    t1, t2 = boxes(tab)
    assert (t1["x"], t1["y"] + t1["height"] <= t2["y"]) == (t2["x"], True)
    tab.keyboard.press("l")
    assert boxes(tab)[0] == boxes(tab)[1]
    assert visible(tab) == ["T1 image"]
    tab.keyboard.press("s")
    assert visible(tab) == ["T2 image"]
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(".pane-slice:visible")).to_have_text("10 / 15")
    assert [sent["layout"] for sent in study.layouts] == ["stacked", "single"]
    assert {sent["orientation"] for sent in study.layouts} == {"landscape"}


@pytest.mark.parametrize("presses", [0, 1, 2])
def test_the_picture_comes_to_rest_in_cornerstone_in_every_layout(tab: Page, open_room, presses: int) -> None:
    open_room(1024, 768)
    for _ in range(presses):
        tab.keyboard.press("l")
    expect(tab.locator('.pane[data-picture="cornerstone"]')).to_have_count(2)


def test_a_portrait_display_is_stacked_until_the_window_is_turned(tab: Page, open_room) -> None:
    open_room(1536, 2048)
    t1, t2 = boxes(tab)
    assert t1["y"] + t1["height"] <= t2["y"]
    tab.set_viewport_size({"width": 1440, "height": 900})
    expect(tab.locator(".room-images")).to_have_attribute("data-layout", "side")


DRAWN = "canvas => canvas.toDataURL()"


def test_another_layout_fits_the_levels_as_a_reset_does(tab: Page, open_room) -> None:
    """The view is fitted to the new shape at once: nothing is left for a reset to change."""
    open_room(1024, 1000)
    for _ in range(2):
        tab.keyboard.press("l")
        tab.wait_for_timeout(300)
        fitted = tab.locator(".pane-drawing").first.evaluate(DRAWN)
        tab.keyboard.press("r")
        tab.wait_for_timeout(300)
        assert tab.locator(".pane-drawing").first.evaluate(DRAWN) == fitted


def test_a_large_display_has_a_larger_ladder_and_room_for_all_of_it(tab: Page, open_room) -> None:
    heights = []
    for size in ((1024, 768), (1440, 900), (1440, 1000), (1920, 1300)):
        open_room(*size)
        heights.append(tab.locator(".choice").first.bounding_box()["height"])
        panel = tab.locator(".panel")
        assert panel.evaluate("one => one.scrollHeight <= one.clientHeight"), size
    assert heights == sorted(set(heights)), heights
