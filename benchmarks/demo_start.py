"""From clone to first page: `python benchmarks/demo_start.py`.

Clones this repository into a temporary folder, runs `make demo` there until the sign-in page answers,
stops it with Ctrl-C, and starts it again. Prints seconds of wall time; the package caches of this
machine are used unless --no-cache is given.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def until_first_page(clone: Path, environment: dict[str, str]) -> float:
    """Seconds from `make demo` to an answered sign-in page; the demo is stopped afterwards."""
    begun = time.monotonic()
    demo = subprocess.Popen(
        ["make", "demo", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            print("   ", line.rstrip(), flush=True)
            found = re.search(r"Ready: (http://\S+)", line)
            if found:
                with urllib.request.urlopen(found.group(1), timeout=60) as answer:
                    assert answer.status == 200
                return time.monotonic() - begun
        raise SystemExit("make demo ended before it was ready")
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-cache", action="store_true", help="fetch every package anew")
    arguments = parser.parse_args()
    environment = dict(os.environ)
    if arguments.no_cache:
        environment |= {"PIP_NO_CACHE_DIR": "1", "npm_config_cache": tempfile.mkdtemp()}
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        cold = until_first_page(clone, environment)
        again = until_first_page(clone, environment)
    print(f"\nclone to first page: cold {cold:.0f} s, again {again:.1f} s")


if __name__ == "__main__":
    main()
