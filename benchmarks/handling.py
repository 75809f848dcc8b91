"""What a case of normal endplates costs its reader in handling: `python -m benchmarks.handling [--cases N]`.

Keys alone, every half graded by its own key, on the product's own web server, database and headless Chromium.
Told are the key presses; what the client itself takes, which is the time from each key to the next painted
frame and from handing in to the next case painted; and both together at 0.28 s a key (K of the
keystroke-level model, average typist: Card, Moran & Newell 1980). Looking and thinking are the reader's own.
"""

import argparse

from benchmarks.browser import UNTIL_PAINTED, chromium, line, new_page, sign_in
from benchmarks.installation import Running, reading_study

KEY_S = 0.28
AIM_S = 20
HALVES = 12
LISTEN = """() => {
  window.painted = [];
  addEventListener("keydown", () => {
    const pressed = performance.now();
    requestAnimationFrame(() => setTimeout(() => painted.push(performance.now() - pressed)));
  }, { capture: true });
}"""
SUBMITTED = "performance.getEntriesByName('case-submitted').at(-1).startTime"


def handle(running: Running, cases: int) -> tuple[list[float], list[int]]:
    """Seconds of the client's own and key presses, case by case."""
    seconds, keys = [], []
    with chromium() as browser:
        page = new_page(browser)
        page.goto(sign_in(page, running.url, running.readers[0], running.password))
        page.evaluate(UNTIL_PAINTED, 1)
        page.evaluate(LISTEN)
        for count in range(2, cases + 1):
            page.wait_for_timeout(3000)
            page.evaluate("painted.length = 0")
            path = ["0"] * HALVES
            for key in path:
                page.keyboard.press(key)
            page.wait_for_timeout(300)
            drawn = sum(page.evaluate("painted"))
            page.keyboard.press("Enter")
            shown = float(page.evaluate(UNTIL_PAINTED, count)) - float(page.evaluate(SUBMITTED))
            seconds.append((drawn + shown) / 1000)
            keys.append(len(path) + 1)
        page.context.close()
    return seconds, keys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=8, help="cases read; the last is only opened")
    options = parser.parse_args()
    with reading_study(options.cases) as running:
        seconds, keys = handle(running, options.cases)
    print(f"keys for a case of {HALVES} normal halves: {max(keys)}")
    print(line("the client's own time", [1000 * one for one in seconds]))
    total = max(keys) * KEY_S + max(seconds)
    print(f"handling at {KEY_S} s a key, slowest case: {total:.1f} s (aim: under {AIM_S} s)")


if __name__ == "__main__":
    main()
