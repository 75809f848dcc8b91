"""What an arm shows, end to end in the browser: map and labels, map alone, labels alone, on demand."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.viewer_harness import Harness, Study

pytestmark = pytest.mark.browser
Open = Callable[..., Study]
COLOURED = """all => all.reduce((sum, canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 0 && Math.abs(data[at] - data[at + 2]) > 60) count += 1;
  return sum + count;
}, 0)"""
"""How many pixels of what is drawn over the images have a colour."""


@pytest.fixture
def open_room(tab: Page) -> Iterator[Open]:
    running: list[Harness] = []

    def start(**study: object) -> Study:
        running.append(Harness(Study(seeds=(7, 8), **study)))  # type: ignore[arg-type]
        tab.goto(f"{running[0].url}/read/x/")
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        expect(tab.locator('.pane[data-picture="cornerstone"]')).to_have_count(2)
        return running[0].study

    yield start
    for harness in running:
        harness.close()


def coloured(tab: Page) -> int:
    tab.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(tab.locator(".pane-drawing").evaluate_all(COLOURED))


def asked_for_map(study: Study) -> int:
    return sum(path == "/api/reads/0/map" for _, path in study.requests)


@pytest.mark.parametrize(
    ("shows", "badge", "drawn", "suggested"),
    [
        (("map", "labels"), "With Modic map", True, 12),
        (("map",), "With Modic map", True, 0),
        (("labels",), "With suggestions", False, 12),
    ],
)
def test_an_assisted_arm_shows_what_its_protocol_says(
    tab: Page, open_room: Open, shows: tuple[str, ...], badge: str, drawn: bool, suggested: int
) -> None:
    open_room(arm="assisted", shows=shows)
    expect(tab.locator(".arm-badge")).to_have_text(badge)
    expect(tab.locator(".half-suggestion")).to_have_count(suggested)
    expect(tab.locator(".legend li")).to_have_count(3 if drawn else 0)
    assert (coloured(tab) > 50) is drawn
    expect(tab.locator(".map-panel")).to_contain_text("A model's output, not a diagnosis.")
    tab.keyboard.press("m")
    assert coloured(tab) == 0
    expect(tab.locator(".half-suggestion")).to_have_count(suggested)
    tab.keyboard.press("?")
    said = tab.locator(".key-sheet").inner_text()
    assert ("Modic map on or off" in said) is drawn
    assert Axe().run(tab).response["violations"] == []


@pytest.mark.parametrize(
    ("shows", "badge", "words"),
    [
        (("map", "labels"), "Modic map on demand", "Show the map"),
        (("labels",), "Suggestions on demand", "Show the suggestions"),
    ],
)
def test_on_demand_nothing_comes_before_it_is_asked_for(
    tab: Page, open_room: Open, shows: tuple[str, ...], badge: str, words: str
) -> None:
    study = open_room(arm="on-demand", shows=shows)
    expect(tab.locator(".arm-badge")).to_have_text(badge)
    assert (asked_for_map(study), coloured(tab)) == (0, 0)
    expect(tab.locator(".half-suggestion")).to_have_count(0)
    tab.get_by_role("button", name=words).click()
    expect(tab.locator(".half-suggestion")).to_have_count(12)
    assert (asked_for_map(study), coloured(tab) > 50) == (1, "map" in shows)
    tab.keyboard.press("m")
    expect(tab.locator(".half-suggestion")).to_have_count(0)
    assert (asked_for_map(study), coloured(tab)) == (1, 0)
    tab.keyboard.press("m")
    expect(tab.locator(".half-suggestion")).to_have_count(12)
    assert asked_for_map(study) == 2, "each time is asked of the server, which records it"
    for _ in range(12):
        tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    expect(tab.locator(".half-suggestion")).to_have_count(0)
    assert coloured(tab) == 0
