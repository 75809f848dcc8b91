"""The reading room in a real browser, against a stand-in for the server: keys, saving, refusals, blinding."""

import time
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.viewer_harness import REMARK, Harness, Study

pytestmark = pytest.mark.browser
Open = Callable[..., Study]


@pytest.fixture
def open_room(tab: Page) -> Iterator[Open]:
    """Opens the reading room of a Study and waits until a case can be graded."""
    running: list[Harness] = []

    def start(**study: object) -> Study:
        harness = Harness(Study(**study))  # type: ignore[arg-type]
        running.append(harness)
        tab.goto(f"{harness.url}/read/x/")
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        return harness.study

    yield start
    for harness in running:
        harness.close()


def test_two_cases_by_keyboard_alone_without_a_page_load(tab: Page, open_room: Open) -> None:
    study = open_room(seeds=(7, 8))
    tab.evaluate("window.sameDocument = true")
    for key in "000200010000":
        tab.keyboard.press(key)
    expect(tab.locator(".panel-message")).to_contain_text("All halves are graded")
    expect(tab.locator(".save-line")).to_have_text("Saved")
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    assert tab.evaluate("window.sameDocument") is True
    assert tab.locator("input:checked").count() == 0
    for _ in range(12):
        tab.keyboard.press("0")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".standstill")).to_contain_text("2026-12-24 09:30 UTC")
    first, second = study.submitted
    assert [answer["grade"] for answer in first["answers"]] == [0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]
    assert first["idempotency_key"] != second["idempotency_key"]
    assert second["lease"] == "lease-1"


@pytest.mark.parametrize("arm", ["unaided", "assisted"])
def test_the_next_case_is_fetched_while_this_one_is_read(tab: Page, open_room: Open, arm: str) -> None:
    """Its images once, before its turn; its map in its turn; and nothing of the case after it."""
    study = open_room(seeds=(7, 8, 7), arm=arm)
    frames = [f"/api/reads/1/{kind}/frames/{n + 1}" for kind, count in study.counts(1) for n in range(count)]
    deadline = time.monotonic() + 60
    while not set(frames) <= {path for _, path in study.requests} and time.monotonic() < deadline:
        tab.wait_for_timeout(50)
    ahead = [path for _, path in study.requests if path.startswith("/api/reads/1/")]
    assert sorted(ahead) == sorted([*frames, "/api/reads/1/t1/metadata", "/api/reads/1/t2/metadata"])
    assert not any(path.startswith("/api/reads/2/") for _, path in study.requests)
    del study.requests[:]
    for _ in range(12):
        tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 3")
    asked = [path for _, path in study.requests if path.startswith("/api/reads/1/")]
    assert asked == (["/api/reads/1/map"] if arm == "assisted" else [])
    assert "/api/next" not in [path for _, path in study.requests]


def test_the_second_part_of_a_case_keeps_its_images(tab: Page, open_room: Open) -> None:
    """With the map it is the same case: one image of each series is asked for, for the record."""
    study = open_room(seeds=(7, 8), second_reads=True)
    asked_of_first = 2 + sum(count for _, count in study.counts(0))
    deadline = time.monotonic() + 60
    while len(_images_of(study, 0)) < asked_of_first and time.monotonic() < deadline:
        tab.wait_for_timeout(50)
    for key in "000000000003":
        tab.keyboard.press(key)
    tab.keyboard.press("Enter")
    expect(tab.locator(".map-panel")).to_be_visible()
    expect(tab.locator(".panel-submit")).to_contain_text("12 of 12 graded")
    tab.keyboard.press("Home")
    tab.keyboard.press("End")
    expect(tab.locator(".pane[data-picture=cornerstone]")).to_have_count(2)
    middle = [f"/api/reads/1/{kind}/frames/{count // 2 + 1}" for kind, count in study.counts(0)]
    assert sorted(_images_of(study, 1)) == sorted(middle)
    tab.keyboard.press("Enter")
    expect(tab.locator(".panel-submit")).to_contain_text("0 of 12 graded")
    expect(tab.locator(".pane[data-picture=cornerstone]")).to_have_count(2)
    assert {f"/api/reads/2/{kind}/metadata" for kind in ("t1", "t2")} < set(_images_of(study, 2))


def _images_of(study: Study, number: int) -> list[str]:
    begins = tuple(f"/api/reads/{number}/{kind}/" for kind in ("t1", "t2"))
    return [path for _, path in study.requests if path.startswith(begins)]


def test_gaps_are_refused_and_the_first_is_in_focus(tab: Page, open_room: Open) -> None:
    study = open_room()
    tab.keyboard.press("0")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    expect(tab.locator(".panel-message")).to_contain_text("10 of 12 halves have no grade")
    expect(tab.locator('.half[data-site="L1 lower"]')).to_have_attribute("data-focused", "true")
    assert study.submitted == []


def test_a_mixed_lesion_confidence_and_the_rest_by_keyboard(tab: Page, open_room: Open) -> None:
    study = open_room(bulk_none=True, asks_confidence=True)
    for key in ("2", "Shift+Digit1", "c", "c"):
        tab.keyboard.press(key)
    expect(tab.locator(".half-detail")).to_contain_text("L1 superior: 2, also 1")
    expect(tab.locator(".panel-message")).to_have_text("L1 superior: 2, also 1, fairly sure.")
    tab.keyboard.press("b")
    expect(tab.locator(".panel-message")).to_contain_text("11 halves set to none together")
    tab.keyboard.press("u")
    expect(tab.locator(".panel-submit")).to_contain_text("1 of 12 graded")
    tab.keyboard.press("b")
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    [sent] = study.submitted
    first, *rest = sent["answers"]
    assert (first["grade"], first["secondary"], first["confidence"], first["in_bulk"]) == (2, 1, 2, False)
    assert [(a["grade"], a["in_bulk"]) for a in rest] == [(0, True)] * 11


def test_a_case_of_normal_endplates_takes_one_key_a_half(tab: Page, open_room: Open) -> None:
    """13 keys with every half looked at on its own, 2 where the protocol has the key for the rest."""
    study = open_room(bulk_none=True)
    keys = ["0"] * 12 + ["Enter"]
    for key in keys:
        tab.keyboard.press(key)
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    for key in ("b", "Enter"):
        tab.keyboard.press(key)
    expect(tab.locator(".standstill")).to_be_visible()
    assert [{a["grade"] for a in sent["answers"]} for sent in study.submitted] == [{0}, {0}]


def test_comment_and_report_by_keyboard_never_grade(tab: Page, open_room: Open) -> None:
    study = open_room()
    tab.keyboard.press("t")
    tab.keyboard.type("Level 3 is odd")
    tab.keyboard.press("Escape")
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert study.drafts[-1]["comment"] == "Level 3 is odd"
    assert tab.locator("input:checked").count() == 0
    tab.keyboard.press("p")
    expect(tab.locator(".writing option")).to_have_text(["Incidental finding"])
    tab.keyboard.type("A cyst of 2 cm")
    tab.get_by_role("button", name="Send").click()
    expect(tab.locator(".writing")).to_contain_text("Sent")
    assert [(r["kind"], r["text"]) for r in study.reports] == [("incidental-finding", "A cyst of 2 cm")]
    tab.keyboard.press("Escape")
    tab.keyboard.press("1")
    expect(tab.locator(".panel-submit")).to_contain_text("1 of 12 graded")


def test_active_time_and_the_display_are_told(tab: Page, open_room: Open) -> None:
    study = open_room()
    expect(tab.locator(".display-strip")).to_contain_text("Do you see a square")
    tab.get_by_role("button", name="Not both").click()
    expect(tab.locator(".display-strip")).to_contain_text("Dim the room light")
    tab.get_by_role("button", name="Now I see both").click()
    expect(tab.locator(".display-strip")).to_have_count(0)
    for key in "000000000000":
        tab.keyboard.press(key)
    tab.keyboard.press("Enter")
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    assert 0 < study.submitted[0]["active_ms"] < 600_000
    tab.reload()
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    body = study.beats[-1]
    assert (body["width"], body["height"], body["pattern_seen"]) == (1200, 720, True)
    assert body["webgl2"] is True
    assert body["renderer"]
    assert body["drawn_by"] in ("canvas", "cornerstone")


def test_a_reader_changes_a_key_and_switches_character_keys_off(tab: Page, open_room: Open) -> None:
    open_room()
    tab.keyboard.press("?")
    tab.get_by_role("button", name="Undo: U, change").click()
    tab.keyboard.press("w")
    expect(tab.get_by_role("button", name="Undo: W, change")).to_be_visible()
    tab.get_by_role("button", name="Invert grey: I, change").click()
    tab.keyboard.press("0")
    expect(tab.locator(".key-sheet")).to_contain_text("0 is taken: No Modic change")
    tab.keyboard.press("Escape")
    tab.keyboard.press("3")
    tab.keyboard.press("w")
    expect(tab.locator(".panel-submit")).to_contain_text("0 of 12 graded")
    tab.get_by_role("button", name="Keys").click()
    tab.get_by_label("Switch off keys that type a character").check()
    tab.keyboard.press("Escape")
    tab.keyboard.press("3")
    expect(tab.locator(".panel-submit")).to_contain_text("0 of 12 graded")
    tab.reload()
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    tab.keyboard.press("3")
    expect(tab.locator(".panel-submit")).to_contain_text("0 of 12 graded")


def test_not_gradable_by_keyboard_keeps_its_reason(tab: Page, open_room: Open) -> None:
    study = open_room()
    tab.keyboard.press("n")
    expect(tab.locator(".reasons")).to_contain_text("Artefact")
    tab.keyboard.press("5")
    expect(tab.locator('.half[data-site="L1 lower"]')).to_have_attribute("data-focused", "true")
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert study.drafts[-1]["answers"][0]["not_gradable"] == "focal lesion"
    assert study.drafts[-1]["answers"][0]["grade"] is None


def test_space_and_arrows_never_grade(tab: Page, open_room: Open) -> None:
    open_room()
    tab.locator('.half[data-site="L3 upper"] input').first.focus()
    for key in ("Space", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"):
        tab.keyboard.press(key)
    assert tab.locator("input:checked").count() == 0


def test_a_mouse_alone_can_grade(tab: Page, open_room: Open) -> None:
    open_room()
    tab.locator('.half[data-site="L4 lower"] .choice').nth(2).click()
    assert tab.locator('.half[data-site="L4 lower"] input:checked').get_attribute("value") == "2"
    expect(tab.locator('.half[data-site="L5 upper"]')).to_have_attribute("data-focused", "true")


def test_an_unaided_read_has_nothing_of_the_map(tab: Page, open_room: Open) -> None:
    study = open_room()
    for key in ("m", "Space", "]", "0"):
        tab.keyboard.press(key)
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert [path for _, path in study.requests if "map" in path and not path.startswith("/static/")] == []
    room = tab.locator(".room").inner_html().lower()
    assert "map" not in room
    assert "opacity" not in room


def test_an_assisted_read_shows_findings_legend_and_switch(tab: Page, open_room: Open) -> None:
    open_room(arm="assisted")
    expect(tab.locator(".arm-badge")).to_have_text("With Modic map")
    expect(tab.locator('.half[data-site="L4 lower"]')).to_contain_text("Map: 2")
    expect(tab.locator(".legend li")).to_have_text(["Type 1", "Type 2", "Type 3"])
    expect(tab.locator(".map-panel")).to_contain_text("A model's output, not a diagnosis.")
    expect(tab.locator(".map-remark")).to_have_text(REMARK)
    tab.keyboard.press("m")
    expect(tab.locator(".map-switch input")).not_to_be_checked()
    tab.keyboard.press("m")
    tab.keyboard.down("Space")
    expect(tab.locator(".map-switch input")).not_to_be_checked()
    tab.keyboard.up("Space")
    expect(tab.locator(".map-switch input")).to_be_checked()


def test_a_changed_key_hides_the_map_as_long_as_it_is_held(tab: Page, open_room: Open) -> None:
    open_room(arm="assisted")
    tab.keyboard.press("?")
    tab.get_by_role("button", name="Hold to hide the map").click()
    tab.keyboard.press("h")
    tab.keyboard.press("Escape")
    shown = tab.locator(".map-switch input")
    for _ in range(2):
        tab.keyboard.down("h")
        expect(shown).not_to_be_checked()
        tab.keyboard.up("h")
        expect(shown).to_be_checked()


def test_a_conflict_keeps_the_input_and_asks(tab: Page, open_room: Open) -> None:
    study = open_room()
    theirs = {"version": 5, "answers": [], "lease": "lease-9"}
    study.fail["/draft"] = (409, {"detail": "Saved in another tab.", "current": theirs})
    tab.keyboard.press("3")
    expect(tab.locator(".conflict")).to_contain_text("Saved in another tab.")
    assert tab.locator('.half[data-site="L1 upper"] input:checked').get_attribute("value") == "3"
    study.fail.clear()
    study.version = 5
    tab.get_by_role("button", name="Those on this screen").click()
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert (study.drafts[-1]["version"], study.drafts[-1]["replaces"]) == (5, True)
    assert study.drafts[-1]["answers"][0]["grade"] == 3


def test_a_server_that_is_away_loses_nothing(tab: Page, open_room: Open) -> None:
    study = open_room()
    study.fail["/draft"] = (503, {"detail": "away"})
    tab.keyboard.press("1")
    expect(tab.locator(".save-line")).to_contain_text("Trying again")
    study.fail.clear()
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert study.drafts[-1]["answers"][0]["grade"] == 1


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (1536, 2048)])
def test_images_and_form_fit_the_screen(tab: Page, open_room: Open, size: tuple[int, int]) -> None:
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    open_room(arm="assisted")
    for selector in (".pane", ".submit", ".half", ".legend"):
        for box in (one.bounding_box() for one in tab.locator(selector).all()):
            assert box is not None
            assert box["x"] >= 0
            assert box["y"] >= 0
            assert box["x"] + box["width"] <= size[0]
            assert box["y"] + box["height"] <= size[1]


def test_axe_finds_nothing(tab: Page, open_room: Open) -> None:
    open_room(arm="assisted")
    tab.keyboard.press("?")
    results = Axe().run(tab)
    assert [violation["id"] for violation in results.response["violations"]] == []
