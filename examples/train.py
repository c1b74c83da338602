"""Trains the example models on public data and writes `registry/` and `requests/` beside itself.

python train.py           retrain and replace both
python train.py --check   retrain elsewhere and compare with what is there
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

# One thread, before any numerical library is loaded: sums then have one order.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
sys.dont_write_bytecode = True

from training import build, check  # noqa: E402

EXAMPLES = Path(__file__).resolve().parent


def main() -> int:
    arguments = argparse.ArgumentParser(description="Trains the example models.")
    arguments.add_argument("--check", action="store_true", help="compare, replace nothing")
    only_check = arguments.parse_args().check
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        build.build(fresh)
        if only_check:
            return 0 if check.check(EXAMPLES, fresh) else 1
        for directory in ("registry", "requests"):
            shutil.rmtree(EXAMPLES / directory, ignore_errors=True)
            shutil.copytree(fresh / directory, EXAMPLES / directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
