"""Exact numbers: decimals and ratios without rounding, fractions of securities, and amounts of money at their minor unit."""
