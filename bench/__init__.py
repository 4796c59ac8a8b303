"""Benchmarks: speed and quality, measured against peers and limits in the same run."""
