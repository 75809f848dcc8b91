"""Run published cases through the library and compare."""

import argparse
import json
import sys
from pathlib import Path

from annotations.agreement.verify.cases import run_cases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `verify`."""
    parser.add_argument("cases", type=Path, metavar="CASES.json", help="a list of cases")


def run(arguments: argparse.Namespace) -> int:
    """Print one line per case; 0 where every figure is within its tolerance, 1 on a miss, 2 on no cases."""
    try:
        cases = json.loads(arguments.cases.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        print(f"{arguments.cases}: {error}", file=sys.stderr)
        return 2
    if isinstance(cases, dict):
        cases = cases.get("cases")
    if not isinstance(cases, list) or not cases or not all(isinstance(case, dict) for case in cases):
        print(f"{arguments.cases}: expected a list of cases, each an object", file=sys.stderr)
        return 2
    outcomes = run_cases(cases)
    for outcome in outcomes:
        print(outcome.line())
    failed = sum(bool(outcome.misses) for outcome in outcomes)
    print(f"{len(outcomes) - failed} of {len(outcomes)} cases within tolerance")
    return 1 if failed else 0
