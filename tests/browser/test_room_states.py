"""Axe finds nothing in any state of the reading room, and each says what it is."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.live_room import shoot
from tests.browser.viewer_harness import Harness, Study

pytestmark = pytest.mark.browser
SINCE = "2026-03-01T12:00:00Z"
CHOICES = [
    {"value": value, "label": label}
    for value, label in enumerate(("Surely not", "Probably not", "Probably", "Surely"), start=1)
]
RECALL = {
    "status": "recall",
    "message": "Have you seen this case before in this study?",
    "choices": CHOICES,
    "answer_url": "/api/recall",
}
ELSEWHERE = {"status": "elsewhere", "where": "Firefox on Windows", "since": SINCE, "last_at": SINCE}
WAITING = {"status": "waiting", "opens_at": "2099-03-29T12:00:00Z", "message": "The washout runs."}
COMPLETE = {"status": "complete", "message": "You have read every case of this study. Thank you."}
GATE = {
    "detail": "Read the instructions first.",
    "code": "instructions",
    "url": "/read/x/instructions/",
}
THEIRS = {"lease": "lease-9", "version": 7, "answers": [], "comment": ""}
NO_WEBGL = (
    "const before = HTMLCanvasElement.prototype.getContext;"
    "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
    "  return kind.startsWith('webgl') ? null : before.call(this, kind, ...rest); };"
)

Check = Callable[[str, str], None]


@pytest.fixture
def harness() -> Iterator[Harness]:
    harness = Harness(Study(arm="assisted", seeds=(7, 7), asks_confidence=True))
    yield harness
    harness.close()


@pytest.fixture
def check(tab: Page) -> Check:
    """Waits for the words that a state says, and lets axe look at it."""

    def check(state: str, words: str) -> None:
        expect(tab.locator(".room")).to_contain_text(words)
        shoot(tab, f"state-{state}")
        found = Axe().run(tab).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []

    return check


@pytest.fixture
def room(tab: Page, harness: Harness) -> Harness:
    """The room with a case open at the smallest size it is made for."""
    tab.set_viewport_size({"width": 1024, "height": 768})
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    return harness


@pytest.mark.parametrize(
    ("state", "status", "answer", "words"),
    [
        ("recall", 200, RECALL, "Have you seen this case before"),
        ("elsewhere", 200, ELSEWHERE, "Firefox on Windows, since"),
        ("waiting", 200, WAITING, "Nothing to read now"),
        ("complete", 200, COMPLETE, "All done"),
        ("gate", 409, GATE, "To the instructions"),
        ("refused", 403, {"detail": "This study is locked."}, "Reading is not possible just now"),
    ],
)
def test_axe_finds_nothing_where_no_case_is_open(
    tab: Page, harness: Harness, check: Check, state: str, status: int, answer: dict, words: str
) -> None:
    harness.study.fail["/api/next"] = (status, answer)
    tab.goto(f"{harness.url}/read/x/")
    check(state, words)


def test_axe_finds_nothing_in_a_chosen_recall(tab: Page, harness: Harness, check: Check) -> None:
    harness.study.fail["/api/next"] = (200, RECALL)
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".recall")).to_be_visible()
    tab.keyboard.press("2")
    expect(tab.locator("[aria-pressed=true]")).to_contain_text("Probably not")
    check("recall-chosen", "You are not told whether you are right")


@pytest.mark.parametrize(
    ("state", "status", "refusal", "words"),
    [
        (
            "conflict",
            409,
            {"detail": "Not saved.", "current": THEIRS, "kept": True},
            "Which answers count?",
        ),
        ("taken", 409, {"detail": "Handed in.", "code": "submitted", "kept": True}, "Go on reading"),
        ("password", 403, {"detail": "Sign in.", "code": "signed-out"}, "Your session has ended"),
        ("retrying", 500, {}, "Not saved"),
    ],
)
def test_axe_finds_nothing_where_input_is_not_taken(
    tab: Page, room: Harness, check: Check, state: str, status: int, refusal: dict, words: str
) -> None:
    room.study.fail["/draft"] = (status, refusal)
    tab.keyboard.press("2")
    check(state, words)


def test_axe_finds_nothing_without_webgl(tab: Page, harness: Harness, check: Check) -> None:
    tab.add_init_script(NO_WEBGL)
    tab.goto(f"{harness.url}/read/x/")
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    check("no-webgl", "without WebGL")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("?", "Click a key to change it"),
        ("e", "against marrow"),
        ("n", "is not gradable because"),
        ("t", "it is handed in with the grades"),
        ("p", "no grades, please"),
        ("2c", "also 1"),
    ],
)
def test_axe_finds_nothing_in_what_a_key_opens(
    tab: Page, room: Harness, check: Check, keys: str, words: str
) -> None:
    for key in keys:
        tab.keyboard.press(key)
    check(f"key-{'help' if keys == '?' else keys}", words)


def test_axe_finds_nothing_in_a_report_that_is_left(tab: Page, room: Harness, check: Check) -> None:
    tab.keyboard.press("p")
    tab.keyboard.type("A mass beside L2")
    tab.wait_for_timeout(500)
    room.study.submitted.append({"answers": []})
    tab.reload()
    check("report-left", "A mass beside L2")
