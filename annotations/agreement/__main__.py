"""`python -m annotations.agreement report FILE --out DIR`."""

import argparse
import sys

from annotations.agreement.report import cli


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m annotations.agreement", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    cli.add_arguments(commands.add_parser("report", help=cli.__doc__))
    return cli.run(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
