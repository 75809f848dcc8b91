"""`python -m inference`."""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Set before numpy comes in: its matrices are small here, and a second thread mostly waits for the first."""

from inference.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(fork=sys.platform == "linux"))
