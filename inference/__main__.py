"""`python -m inference`."""

import gc
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Set before numpy comes in: its matrices are small here, and a second thread mostly waits for the first."""

gc.disable()
from inference.cli import main  # noqa: E402

gc.freeze()
gc.enable()
"""What the imports left stays for good: looking through it for garbage, then and later, finds none."""

if __name__ == "__main__":
    sys.exit(main(fork=sys.platform == "linux"))
