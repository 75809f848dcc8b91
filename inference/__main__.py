"""`python -m inference`."""

import gc
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Set before numpy comes in: its matrices are small here, and a second thread mostly waits for the first."""

gc.disable()
import numpy as np  # noqa: E402

from inference.cli import main  # noqa: E402

gc.freeze()
gc.set_threshold(100_000)
gc.enable()
"""What the imports left stays for good: looking through it for garbage, then and later, finds none. Nor does
looking often: an exam leaves some hundred objects that only this would find.
"""
np.empty(2**25 - 2**16, np.uint8)
"""Never touched, freed at once: from then on glibc keeps freed arrays up to this size for the next one. Given
back to the system they would have to be cleared each time (mallopt(3), M_MMAP_THRESHOLD).
"""

if __name__ == "__main__":
    sys.exit(main(fork=sys.platform == "linux"))
