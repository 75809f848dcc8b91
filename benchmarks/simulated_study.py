"""How fast a study is read: `python -m tests.postgres run python -m benchmarks.simulated_study`.

Robots read a crossover by the application's own HTTP interface in one process, the clock moved over the
washout. Prints reads per second, and of "next case" and "submit" median, 95th percentile, processor time of
server and database and number of statements, each beside a bare view that inserts one row on the same stack.
On stderr it says how far it is. --minutes, or `kill -INT` of the process that it names there, ends it early
with the figures of what was read by then.
"""

import argparse
import importlib
import os

import django


def main() -> None:
    """Read the size of the study, set Django up with the tests' settings, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=0.0, help="read no longer than this")
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print("\n".join(importlib.import_module("benchmarks.robots_at_work").measure(**vars(wanted))))


if __name__ == "__main__":
    main()
