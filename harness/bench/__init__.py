"""Benchmarks: ours over a floor in the same run, as a ratio, median of several. A time alone means nothing on a shared machine."""
