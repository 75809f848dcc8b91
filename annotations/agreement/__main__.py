"""`python -m annotations.agreement report FILE --out DIR`, `... verify CASES.json`."""

import argparse
import sys

from annotations.agreement.report import cli as report
from annotations.agreement.verify import cli as verify


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m annotations.agreement", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in (("report", report), ("verify", verify)):
        command = commands.add_parser(name, help=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    chosen = parser.parse_args(arguments)
    return int(chosen.run(chosen))


if __name__ == "__main__":
    sys.exit(main())
