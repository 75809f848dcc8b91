"""The pictures in docs/images, taken of synthetic exams at three display sizes.

    READERSTUDY_PICTURES=docs/images pytest tests/browser/test_pictures.py

writes them; without it they are taken all the same, and thrown away.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from readerstudy.exams.models import Exam
from readerstudy.predictions import selectors as predictions
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import factories
from tests.browser.live_room import serve_built_pages, sign_in
from tests.browser.viewer_harness import synthetic_exam
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [(1440, 900), (1024, 768), (1536, 2048)]
SEED = 900_029
QUALITY = 82
"""Of lossy WebP: small files with the map's colours and without bands in the grey."""
Keep = Callable[[Page, str], None]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Keeps a picture of the page under a name and its width."""
    folder = Path(os.environ.get("READERSTUDY_PICTURES", tmp_path))

    def picture(page: Page, name: str) -> None:
        size = page.viewport_size
        assert size is not None
        taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        assert taken.size == (size["width"], size["height"])
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        taken.save(folder / f"{name}-{size['width']}.webp", quality=QUALITY, method=6)

    return picture


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch, settings: Any, live_server: Any) -> Study:
    """Readers 1 and 3 begin unaided, 2 and 4 with the map."""
    serve_built_pages(monkeypatch, settings, seed=SEED)
    exam = synthetic_exam(SEED)
    drawn = {**exam.map, "remarks": []}
    monkeypatch.setattr(predictions, "map_json", lambda *_: drawn)
    slices = len(exam.frames["t1"])
    draft = factories.make_draft(document=protocol.make("crossover"), cases=5, slices=slices)
    Exam.objects.update(confirmed_levels=exam.levels)
    draft.name = "Modic changes with and without a map"
    draft.save()
    return services.open_study(actor=draft.created_by, study=draft)


@pytest.fixture
def page(chromium: Browser, size: tuple[int, int]) -> Any:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def settle(page: Page, keys: str = "") -> None:
    """Until the case is there, the display's question answered, some halves graded, and nothing moves."""
    expect(page.locator(".half[data-focused=true]")).to_have_count(1)
    if page.get_by_role("button", name="Both", exact=True).is_visible():
        page.get_by_role("button", name="Both", exact=True).click()
    for key in keys:
        page.keyboard.press(key)
    if page.locator(".save-line").count():
        expect(page.locator(".save-line")).to_have_text("Saved")
    expect(page.locator('.pane[data-picture="cornerstone"]:visible')).to_have_count(2)
    header = page.locator(".room-header")
    assert header.evaluate("one => one.scrollWidth <= one.clientWidth"), "the top line holds all of itself"
    expect(page.get_by_text("Research use only, not a medical device").locator("visible=true")).to_have_count(
        1
    )


def enter(page: Page, url: str, study: Study, index: int) -> None:
    sign_in(page, url, desk(study, index).user.username)
    page.goto(f"{url}/read/{desk(study, index).enrolment.pk}/")


@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_reading_unaided_and_of_the_definitions(
    page: Page, study: Study, live_server: Any, keep: Keep
) -> None:
    enter(page, live_server.url, study, 1)
    settle(page, "0001")
    keep(page, "reading-unaided")
    if page.locator(".definitions").count() == 0:
        page.keyboard.press("e")
    expect(page.locator(".definitions img")).to_have_count(8)
    page.locator(".definitions img").evaluate_all("all => Promise.all(all.map(one => one.decode()))")
    keep(page, "definitions")


@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_reading_with_the_map_and_of_the_readers_page(
    page: Page, study: Study, live_server: Any, keep: Keep
) -> None:
    enter(page, live_server.url, study, 2)
    settle(page, "0112200")
    expect(page.locator(".legend li")).to_have_count(3)
    keep(page, "reading-with-modic-map")
    page.goto(f"{live_server.url}/read/")
    expect(page.get_by_role("link", name="Start reading")).to_be_visible()
    keep(page, "home")


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_of_the_preview(page: Page, study: Study, live_server: Any, keep: Keep) -> None:
    sign_in(page, live_server.url, study.created_by.username)
    page.goto(f"{live_server.url}/studies/{study.pk}/preview/assisted/1/1/")
    settle(page, "0")
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview: nothing is kept")
    keep(page, "preview")
