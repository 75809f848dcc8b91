"""How fast a study is read: `python -m tests.postgres run python benchmarks/simulated_study.py`; PYTHONPATH
names the repository.

Robots read a crossover by the application's own HTTP interface in one process, the clock moved over the
washout. Prints reads per second, the median and 95th percentile of "next case" and "submit", and each beside
a bare view that inserts one row on the same stack.
"""

import argparse
import importlib
import os

import django


def main() -> None:
    """Read the size of the study, set Django up with the tests' settings, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--cases", type=int, default=200)
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print("\n".join(importlib.import_module("benchmarks.robots_at_work").measure(**vars(wanted))))


if __name__ == "__main__":
    main()
