"""The definitions of the grades at one key, with synthetic pictures, beside images that stay as they are."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.viewer_harness import Harness, Study

pytestmark = pytest.mark.browser
SIZES = [(1440, 900), (1024, 768), (1536, 2048)]


@pytest.fixture
def open_room(tab: Page) -> Iterator[Callable[..., Study]]:
    running: list[Harness] = []

    def start(size: tuple[int, int], **study: object) -> Study:
        running.append(Harness(Study(seeds=(7,), **study)))  # type: ignore[arg-type]
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        tab.goto(f"{running[0].url}/read/x/")
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        return running[0].study

    yield start
    for harness in running:
        harness.close()


def boxes(tab: Page, selector: str) -> list[dict]:
    return [one.bounding_box() for one in tab.locator(selector).all()]


@pytest.mark.parametrize("arm", ["unaided", "assisted"])
@pytest.mark.parametrize("size", SIZES)
def test_the_definitions_fit_beside_the_form_and_leave_the_images_alone(
    tab: Page, open_room: Callable[..., Study], size: tuple[int, int], arm: str
) -> None:
    """Also while the display check still asks. On a tall display they are there from the start."""
    open_room(size, arm=arm)
    expect(tab.locator(".display-strip")).to_be_visible()
    before = boxes(tab, ".pane")
    if size[1] < 1100:
        expect(tab.locator(".definitions")).to_have_count(0)
        tab.keyboard.press("e")
    expect(tab.locator(".definitions img")).to_have_count(8)
    loaded = "all => Promise.all(all.map(one => one.decode().then(() => one.naturalWidth)))"
    assert tab.locator(".definitions img").evaluate_all(loaded) == [144] * 8
    assert boxes(tab, ".pane") == before
    [table], [foot] = boxes(tab, ".definitions"), boxes(tab, ".panel-foot")
    halves = boxes(tab, ".half")
    assert table["y"] + table["height"] <= foot["y"] + 1
    assert table["y"] >= max(half["y"] + half["height"] for half in halves)
    assert table["x"] + table["width"] <= size[0]
    assert "Synthetic" in tab.locator(".definitions").inner_text()
    assert Axe().run(tab).response["violations"] == []
    tab.keyboard.press("1")
    expect(tab.locator(".panel-submit")).to_contain_text("1 of 12 graded")
    tab.keyboard.press("e")
    expect(tab.locator(".definitions")).to_have_count(0)


def test_everything_of_an_assisted_case_fits_the_smallest_display(
    tab: Page, open_room: Callable[..., Study]
) -> None:
    open_room((1024, 768), arm="assisted")
    [remark], [foot] = boxes(tab, ".map-remark"), boxes(tab, ".panel-foot")
    assert remark["y"] + remark["height"] <= foot["y"] + 1
