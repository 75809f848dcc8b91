"""How long a reader waits for the next case: `python -m benchmarks.next_case [--cases N]`.

From the key that submits a case to the next one on the screen, both images at full resolution, measured in
headless Chromium on the product's own web server and database. Three readers read N synthetic cases each,
and look at each for --look seconds, while its images and those of the next one arrive.
"""

import argparse
import math

from benchmarks.browser import UNTIL_PAINTED, chromium, grade_all_none, line, new_page, sign_in
from benchmarks.installation import Running, reading_study

SUBMITTED = "performance.getEntriesByName('case-submitted').at(-1).startTime"
ANSWERED = "performance.getEntriesByType('resource').findLast(e => e.name.endsWith('/submit')).duration"


def waits(running: Running, cases: int, look_s: float) -> tuple[list[float], list[float]]:
    """Milliseconds from submitting to painted, and of them those the server took to answer."""
    painted_after, answered_after = [], []
    with chromium() as browser:
        for name in running.readers:
            page = new_page(browser)
            page.goto(sign_in(page, running.url, name, running.password))
            page.evaluate(UNTIL_PAINTED, 1)
            for count in range(2, cases + 1):
                page.wait_for_timeout(look_s * 1000)
                grade_all_none(page)
                page.wait_for_timeout(600)
                page.keyboard.press("Enter")
                painted = float(page.evaluate(UNTIL_PAINTED, count))
                painted_after.append(painted - float(page.evaluate(SUBMITTED)))
                answered_after.append(float(page.evaluate(ANSWERED)))
            page.context.close()
    return painted_after, answered_after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=12, help="cases for each of three readers")
    parser.add_argument("--look", type=float, default=4.0, help="seconds each case is looked at")
    options = parser.parse_args()
    with reading_study(options.cases) as running:
        painted, answered = waits(running, options.cases, options.look)
    ordered = sorted(painted)
    print(line("next case, submit to painted", painted))
    print(line("of it, the server's answer", answered))
    print(
        f"p95 of submit to painted: {ordered[math.ceil(0.95 * len(ordered)) - 1]:.0f} ms (n={len(ordered)})"
    )


if __name__ == "__main__":
    main()
