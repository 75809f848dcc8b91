"""The coordinator's viewers and the small behaviours of ordinary pages in a real browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.viewer_harness import LANDMARK, READING_CONFIG, Harness, Study, page

pytestmark = pytest.mark.browser
LEVELS = ["L1", "L2", "L3", "L4", "L5", "S1"]
BODIES = [{"body": i, "point_mm": [0.0, 0.0, 100.0 - 34.0 * i]} for i in range(7)]


class Pages(Study):
    """A Study with pages of its own: path → (status, type, bytes), or a function of the request's body."""

    extra: dict[str, Callable[[], tuple[int, str, bytes]]]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, str, bytes]:
        if path in self.extra:
            return self.extra[path]()
        return super().answer(method, path, body)


@pytest.fixture
def pages() -> Iterator[tuple[Pages, str]]:
    study = Pages(arm="assisted", seeds=(LANDMARK,))
    study.extra = {}
    harness = Harness(study)
    yield study, harness.url
    harness.close()


def html(entry: str, body: str) -> Callable[[], tuple[int, str, bytes]]:
    return lambda: (200, "text/html; charset=utf-8", page(entry, body))


def block(name: str, value: object) -> str:
    return f'<script id="{name}" type="application/json">{json.dumps(value)}</script>'


def test_the_exam_viewer_shows_both_series_and_the_map(tab: Page, pages: tuple[Pages, str]) -> None:
    study, url = pages
    read = study.read()
    config = {"images": read["images"], "map_url": read["map_url"], "levels": []}
    study.extra["/exam/"] = html(
        "src/pages/exam.tsx", block("exam-config", config) + '<div id="exam-viewer"></div>'
    )
    tab.goto(f"{url}/exam/")
    expect(tab.locator(".map-switch input")).to_be_checked()
    tab.keyboard.press("m")
    expect(tab.locator(".map-switch input")).not_to_be_checked()
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(".pane-slice")).to_have_text(["6 / 9", "5 / 7"])


def test_an_exam_without_a_map_has_no_switch(tab: Page, pages: tuple[Pages, str]) -> None:
    study, url = pages
    config = {"images": study.read()["images"], "map_url": None, "levels": []}
    study.extra["/exam/"] = html(
        "src/pages/exam.tsx", block("exam-config", config) + '<div id="exam-viewer"></div>'
    )
    tab.goto(f"{url}/exam/")
    expect(tab.locator(".pane-slice")).to_have_text(["5 / 9", "4 / 7"])
    assert tab.locator(".map-panel").count() == 0


@pytest.fixture
def level_page(tab: Page, pages: tuple[Pages, str]) -> Page:
    study, url = pages
    named = [
        {"level": level, "point_mm": BODIES[i]["point_mm"]} for i, level in enumerate(["L1", "L2", "L3"], 1)
    ]
    config = {"images": study.read()["images"], "levels": named, "bodies": BODIES}
    choices = "".join(
        f'<button type="button" data-level-choice="{level}">{level}</button>' for level in LEVELS
    )
    study.extra["/levels/"] = html(
        "src/pages/levels.ts",
        block("levels-config", config)
        + f'<div class="level-choices">{choices}</div><button data-level-shift="-1">up</button>'
        + '<button data-level-shift="1">down</button><button data-level-clear>clear</button>'
        + '<input aria-label="levels" data-levels-input><div id="level-viewer"></div>',
    )
    tab.goto(f"{url}/levels/")
    expect(tab.locator(".pane-slice")).to_have_text(["5 / 9", "4 / 7"])
    return tab


def named(tab: Page) -> dict[str, int | None]:
    entries = json.loads(tab.locator("[data-levels-input]").input_value())
    return {entry["level"]: entry["body"] for entry in entries}


def test_names_are_proposed_shifted_and_cleared(level_page: Page) -> None:
    assert named(level_page) == {"L1": 1, "L2": 2, "L3": 3}
    level_page.get_by_text("down").click()
    assert named(level_page) == {"L1": 2, "L2": 3, "L3": 4}
    level_page.get_by_text("up").click()
    assert named(level_page) == {"L1": 1, "L2": 2, "L3": 3, "L4": 4}
    level_page.get_by_text("clear").click()
    assert named(level_page) == {}


def test_a_click_places_the_chosen_name_on_the_body_under_it(level_page: Page) -> None:
    """The whole image, 281.6 mm wide, is centred in the pane; body 4 lies 36 mm below its middle."""
    box = level_page.locator(".pane").first.bounding_box()
    assert box is not None
    pixels_per_mm = min(box["width"], box["height"]) / 281.6
    level_page.mouse.click(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 36 * pixels_per_mm)
    expect(level_page.locator('[data-level-choice="L5"]')).to_have_attribute("aria-pressed", "true")
    assert named(level_page) == {"L1": 1, "L2": 2, "L3": 3, "L4": 4}


def test_names_are_placed_and_shifted_without_a_mouse(level_page: Page) -> None:
    """From body to body, off by a little, and onto the body again; then all one level down and up."""
    level_page.locator("#level-viewer").focus()
    for key in ("4", *"bbbbb", "ArrowRight", "Shift+ArrowDown", "Enter"):
        level_page.keyboard.press(key)
    expect(level_page.locator('[data-level-choice="L5"]')).to_have_attribute("aria-pressed", "true")
    assert named(level_page) == {"L1": 1, "L2": 2, "L3": 3, "L4": 4}
    level_page.keyboard.press("]")
    assert named(level_page) == {"L1": 2, "L2": 3, "L3": 4, "L4": 5}
    level_page.keyboard.press("[")
    assert named(level_page) == {"L1": 1, "L2": 2, "L3": 3, "L4": 4, "L5": 5}
    level_page.keyboard.press("PageDown")
    expect(level_page.locator(".pane-slice")).to_have_text(["6 / 9", "5 / 7"])
    level_page.keyboard.press("Tab")
    assert level_page.evaluate("document.activeElement.id") != "level-viewer", "the focus can leave"


def test_a_job_is_watched_until_it_is_finished(tab: Page, pages: tuple[Pages, str]) -> None:
    study, url = pages
    answers = [
        {"progress": 0.4, "stage": "Choosing series", "finished": False},
        {"progress": 1, "stage": "Done", "finished": True, "url": "/done/"},
    ]
    body = (
        '<div data-poll="/status" data-poll-every="100"><progress data-poll-bar max="1" value="0"></progress>'
        "<p data-poll-stage>Waiting</p></div>"
    )
    study.extra["/job/"] = html("src/pages/app.ts", body)
    study.extra["/done/"] = html("src/pages/app.ts", "<h1>There it is</h1>")
    study.extra["/status"] = lambda: (200, "application/json", json.dumps(answers.pop(0)).encode())
    tab.goto(f"{url}/job/")
    expect(tab.locator("h1")).to_have_text("There it is")
    assert answers == []


def test_the_choice_of_a_time_zone_starts_with_the_devices_own(
    chromium: Browser, pages: tuple[Pages, str]
) -> None:
    study, url = pages
    options = "".join(f"<option>{zone}</option>" for zone in ("UTC", "Asia/Tokyo", "Europe/Berlin"))
    study.extra["/zones/"] = html("src/pages/app.ts", f"<select data-own-zone>{options}</select>")
    for own, chosen in (("Asia/Tokyo", "Asia/Tokyo"), ("America/Lima", "UTC")):
        context = chromium.new_context(timezone_id=own)
        tab = context.new_page()
        tab.goto(f"{url}/zones/")
        expect(tab.locator("select")).to_have_value(chosen)
        context.close()


def test_one_box_ticks_all_of_its_form(tab: Page, pages: tuple[Pages, str]) -> None:
    study, url = pages
    boxes = "".join(f'<input type="checkbox" name="cases" value="{n}">' for n in range(3))
    form = f'<form><input type="checkbox" data-tick-all="cases" aria-label="all">{boxes}</form>'
    study.extra["/ticks/"] = html(
        "src/pages/app.ts", form + '<input type="checkbox" name="cases" id="other">'
    )
    tab.goto(f"{url}/ticks/")
    tab.get_by_label("all").check()
    assert tab.locator("form [name=cases]:checked").count() == 3
    assert not tab.locator("#other").is_checked()
    tab.get_by_label("all").uncheck()
    assert tab.locator("[name=cases]:checked").count() == 0


def test_files_are_sent_with_their_paths_and_a_refusal_is_shown(
    tab: Page, pages: tuple[Pages, str], tmp_path: Path
) -> None:
    study, url = pages
    (tmp_path / "exam" / "t1").mkdir(parents=True)
    (tmp_path / "exam" / "t1" / "1.dcm").write_bytes(b"one")
    answers: list[tuple[int, dict[str, str]]] = [(400, {"detail": "No sagittal T1 in these files."})]
    body = (
        '<form data-upload method="post" action="/send"><div data-drop-zone></div>'
        '<input aria-label="folder" type="file" data-upload-files webkitdirectory multiple>'
        '<progress data-upload-bar max="1" value="0" hidden></progress><p data-upload-status></p></form>'
    )
    study.extra["/upload/"] = html("src/pages/app.ts", body)
    study.extra["/send"] = lambda: (answers[0][0], "application/json", json.dumps(answers[0][1]).encode())
    tab.goto(f"{url}/upload/")
    tab.locator("[data-upload-files]").set_input_files(tmp_path / "exam")
    expect(tab.locator("[data-upload-status]")).to_have_text("No sagittal T1 in these files.")
    assert b'filename="exam/t1/1.dcm"' in study.last_body


def test_more_files_than_may_be_sent_are_counted_and_stay_here(
    tab: Page, pages: tuple[Pages, str], tmp_path: Path
) -> None:
    study, url = pages
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(b"one")
    body = (
        '<form data-upload data-upload-most="2" method="post" action="/send">'
        '<input aria-label="files" type="file" data-upload-files multiple><p data-upload-status></p></form>'
    )
    study.extra["/upload/"] = html("src/pages/app.ts", body)
    tab.goto(f"{url}/upload/")
    tab.locator("[data-upload-files]").set_input_files(sorted(tmp_path.iterdir()))
    expect(tab.locator("[data-upload-status]")).to_have_text(
        "These are 3 files, and at most 2 can be sent at once. Send one exam at a time, or as a zip."
    )
    assert "/send" not in [path for _, path in study.requests]


ROOM = Path(__file__).parents[2] / "readerstudy/reads/templates/reads/room.html"


def test_where_the_room_cannot_start_a_sentence_says_what_to_do(tab: Page, pages: tuple[Pages, str]) -> None:
    """A browser too old for the scripts leaves what the page came with; else they take its place."""
    study, url = pages
    note = ROOM.read_text().split("yes,no' }}\">")[1].split("</div>")[0]
    for path, config in (("/bare/", ""), ("/room/", block("reading-config", READING_CONFIG))):
        body = f'{config}<div id="reading-room">{note}</div>'
        study.extra[path] = html("src/pages/reading.tsx", body)
    tab.goto(f"{url}/room/")
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    expect(tab.locator(".room-not-here")).to_have_count(0)
    tab.route("**/reading-*.js", lambda route: route.abort())
    tab.goto(f"{url}/bare/")
    expect(tab.locator(".room-not-here")).to_be_hidden()
    expect(tab.get_by_text("this browser is too old for it")).to_be_visible()
