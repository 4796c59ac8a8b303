"""Benchmarks; the scripted servers of the tests serve here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))
