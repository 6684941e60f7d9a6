"""A stratified random sample, and what it says of the whole."""

import random
from collections import defaultdict
from collections.abc import Iterable
from math import sqrt


def stratified(mutants: Iterable[str], size: int, seed: int) -> list[str]:
    """`size` mutants, of each module in proportion to those it has (largest remainders first); the same for the same seed and code."""
    strata: dict[str, list[str]] = defaultdict(list)
    for mutant in sorted(mutants):
        strata[module_of(mutant)].append(mutant)
    total = sum(map(len, strata.values()))
    size = min(size, total)
    quotas = {module: size * len(names) // total for module, names in strata.items()}
    by_remainder = sorted(strata, key=lambda module: (-(size * len(strata[module]) % total), module))
    for module in by_remainder[: size - sum(quotas.values())]:
        quotas[module] += 1
    chance = random.Random(seed)
    return [
        mutant for module, names in sorted(strata.items()) for mutant in sorted(chance.sample(names, quotas[module]))
    ]


def module_of(mutant: str) -> str:
    """`domain.lots.pool` of `domain.lots.pool.xǁPoolǁadd__mutmut_3`."""
    return mutant.rpartition(".")[0]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); of a sample in proportion to its strata it is, if anything, too wide."""
    z = 1.959964
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)
