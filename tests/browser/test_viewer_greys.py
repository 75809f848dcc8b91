"""The greys on the screen: what DICOM defines, in the early picture and in the final one alike."""

import base64
import io
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from scipy.interpolate import RegularGridInterpolator

from tests.browser.viewer_harness import Harness, Study, synthetic_exam

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("picture", ["canvas", "cornerstone"])
def test_both_pictures_show_the_greys_that_dicom_defines(tab: Page, picture: str) -> None:
    """The light first picture and Cornerstone's, each beside PS3.3 C.11.2.1.2.1 with bilinear sampling.

    At most 1 of 255 off at every pixel of the screen, at the steepest edge too.
    """
    harness = Harness(Study(seeds=(7,)))
    if picture == "canvas":
        tab.route("**/cornerstone-*.js", lambda route: route.abort())
    indices = at_rest(tab, harness, picture)
    exam = synthetic_exam(7)
    fitted = Grid(exam.metadata["t1"][indices[0]])
    for pane, kind in enumerate(("t1", "t2")):
        window = tab.locator(".pane-window").nth(pane).inner_text()
        width, centre = (int(word) for word in re.findall(r"-?\d+", window))
        values = shown(tab, SHOWN_ON[picture], pane)
        tall, wide = values.shape
        header = Grid(exam.metadata[kind][indices[pane]])
        stored = np.frombuffer(exam.frames[kind][indices[pane]], "<u2").reshape(header.shape).astype(float)
        mm_per_pixel = max(fitted.extent / (tall, wide))
        y, x = ((np.arange(count) + 0.5 - count / 2) * mm_per_pixel for count in (tall, wide))
        row, column = header.pixel(fitted.centre)
        there = sampled(stored, y / header.spacing[0] + row, x / header.spacing[1] + column)
        wanted = np.clip(((there - (centre - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
        assert np.isfinite(wanted).mean() > 0.5
        off = np.abs(wanted - values)
        assert np.nanmax(off) <= 1, (kind, np.nanmax(off), np.nanpercentile(off, 99.9))
        assert np.nanmean(off) < 0.25
    harness.close()


SHOWN_ON = {"canvas": ".pane-stage", "cornerstone": ".pane-bed canvas"}


def at_rest(tab: Page, harness: Harness, picture: str) -> list[int]:
    """Opens the room and fits the whole image; answers with the index of each slice when it is drawn so."""
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    tab.keyboard.press("f")
    tab.wait_for_timeout(400)
    expect(tab.locator(f".pane[data-picture={picture}]")).to_have_count(2)
    return [int(text.split(" / ")[0]) - 1 for text in tab.locator(".pane-slice").all_inner_texts()]


@pytest.mark.parametrize(("size", "ratio"), [((1024, 768), 1.25), ((1440, 900), 1)])
def test_the_early_and_the_final_picture_are_the_same(tab: Page, size: tuple[int, int], ratio: float) -> None:
    """Pixel by pixel, wherever the image lies: whole, zoomed, narrowed and inverted, at any scale.

    The image's outermost line is left out: a pixel that it covers by half belongs to one or the other.
    """
    display = {"width": size[0], "height": size[1], "deviceScaleFactor": ratio, "mobile": False}
    tab.context.new_cdp_session(tab).send("Emulation.setDeviceMetricsOverride", display)
    harness = Harness(Study(seeds=(8,)))
    at_rest(tab, harness, "cornerstone")
    assert tab.evaluate("devicePixelRatio") == ratio
    for keys in ("", "+++", "x", "i"):
        for key in keys:
            tab.keyboard.press(key)
        tab.wait_for_timeout(400)
        expect(tab.locator(".pane[data-picture=cornerstone]")).to_have_count(2)
        for pane in range(2):
            early, final = (shown(tab, SHOWN_ON[one], pane) for one in ("canvas", "cornerstone"))
            rows, columns = np.nonzero(early.any(1))[0], np.nonzero(early.any(0))[0]
            inside = np.s_[rows[0] + 1 : rows[-1], columns[0] + 1 : columns[-1]]
            assert early[inside].size > 0.3 * early.size
            assert np.abs(early - final)[inside].max() <= 1, (keys, pane)
    harness.close()


def shown(tab: Page, selector: str, pane: int) -> NDArray[np.int64]:
    """Grey values of a canvas, row by row."""
    url = tab.locator(selector).nth(pane).evaluate("canvas => canvas.toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
    return np.asarray(picture.convert("RGB"), dtype=np.int64)[:, :, 0]


def sampled(
    stored: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bilinear samples, not a number beyond the outermost centres."""
    axes = [np.arange(n) for n in stored.shape]
    there = RegularGridInterpolator(axes, stored, bounds_error=False)((rows[:, None], columns[None, :]))
    return np.asarray(there)


class Grid:
    """Where the pixels of one image lie, from its DICOM JSON; pairs are (rows, columns)."""

    def __init__(self, header: dict[str, Any]) -> None:
        def numbers(tag: str) -> NDArray[np.float64]:
            return np.array(header[tag]["Value"], dtype=float)

        self.shape = (int(numbers("00280010")[0]), int(numbers("00280011")[0]))
        self.spacing = numbers("00280030")
        self.extent = self.shape * self.spacing
        self.axes = numbers("00200037").reshape(2, 3)[::-1]
        self.origin = numbers("00200032")
        middle = (np.array(self.shape) - 1) / 2 * self.spacing
        self.centre = self.origin + middle @ self.axes

    def pixel(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """(row, column) of a patient position dropped onto the plane."""
        return np.asarray(self.axes @ (point - self.origin) / self.spacing)
