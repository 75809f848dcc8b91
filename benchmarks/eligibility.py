"""What may a reader read next? `python benchmarks/eligibility.py`, on PostgreSQL with
`python -m tests.postgres run python benchmarks/eligibility.py`; PYTHONPATH names the repository.

One reader in a study of many readers, cases and periods, where everyone has read the first period and half of
the second. Prints milliseconds and queries of one whole decision: the next case of the stored order,
corrections, washout and overrides.
"""

import argparse
import importlib
import os

import django


def main() -> None:
    """Read the size of the study, set Django up with the tests' settings, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--periods", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=200)
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print("\n".join(importlib.import_module("benchmarks.large_study").measure(**vars(wanted))))


if __name__ == "__main__":
    main()
