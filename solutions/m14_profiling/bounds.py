"""What could be reached at best: by a machine, by a speed-up, and at which price in energy."""

from __future__ import annotations

JOULES_PER_FLOP = 2.3e-12
"""Energy of one float32 operation: halfway between an addition (0.9 pJ) and a multiplication (3.7 pJ), in a chip of 45 nm at 0.9 V.
Source: Horowitz 2014, Computing's Energy Problem (and what we can do about it), ISSCC, figure 1.1.9."""

JOULES_PER_BYTE = 160e-12
"""Energy of moving one byte to or from main memory (DRAM): 640 pJ for 32 bits, in the same technology.
Source: Han et al. 2016, EIE: Efficient Inference Engine on Compressed Deep Neural Network, arXiv 1602.01528, table 1.
(Horowitz 2014 gives 1.3 to 2.6 nJ for 64 bits.)"""


def arithmetic_intensity(flops: float, nbytes: float) -> float:
    """Operations for each byte that is moved.

    Raises:
        ValueError: flops is less than 0 or nbytes is not greater than 0; the number is named.

    >>> arithmetic_intensity(48, 96)
    0.5
    """
    # BEGIN SOLUTION
    if flops < 0:
        raise ValueError(f"{flops} operations are less than none")
    if nbytes <= 0:
        raise ValueError(f"{nbytes} bytes: something has to be moved")
    return flops / nbytes
    # END SOLUTION


def roofline(intensity: float, peak_flops: float, bandwidth: float) -> float:
    """Operations a second that a machine reaches at best.

    It computes no faster than `peak_flops`, and gets its data no faster than `bandwidth`; both go on at the same time.

    Args:
        intensity: operations for each byte, 0 or more.
        peak_flops: operations a second, if data were free.
        bandwidth: bytes a second that memory delivers.
    Raises:
        ValueError: intensity is less than 0, or peak_flops or bandwidth is not greater than 0; the number is named.

    >>> roofline(0.25, peak_flops=1e11, bandwidth=2e10), roofline(100, peak_flops=1e11, bandwidth=2e10)
    (5000000000.0, 100000000000.0)

    Source: Williams, Waterman and Patterson 2009, Roofline: An Insightful Visual Performance Model.
    """
    # BEGIN SOLUTION
    if intensity < 0:
        raise ValueError(f"an intensity of {intensity} is less than none")
    for name, value in (("peak_flops", peak_flops), ("bandwidth", bandwidth)):
        if value <= 0:
            raise ValueError(f"{name} is {value}, and should be greater than 0")
    return float(min(peak_flops, intensity * bandwidth))
    # END SOLUTION


def amdahl(fraction: float, speedup: float) -> float:
    """How many times faster the whole becomes if a part of it becomes `speedup` times faster.

    Args:
        fraction: the part's share of the time as it is now, from 0 to 1.
        speedup: greater than 0; may be math.inf. Below 1, the part becomes slower.
    Returns:
        Time before, divided by time afterwards; math.inf where no time is left.
    Raises:
        ValueError: fraction is not from 0 to 1, or speedup is not greater than 0; the number is named.

    >>> amdahl(0.5, 2), amdahl(0.75, float("inf"))
    (1.3333333333333333, 4.0)

    Source: Amdahl 1967, Validity of the single processor approach to achieving large scale computing capabilities.
    """
    # BEGIN SOLUTION
    if not 0 <= fraction <= 1:
        raise ValueError(f"a fraction of {fraction} is not between 0 and 1")
    if not speedup > 0:
        raise ValueError(f"a speedup of {speedup} should be greater than 0")
    left = (1 - fraction) + fraction / speedup
    return 1 / left if left else float("inf")
    # END SOLUTION


def energy_estimate(
    flops: float,
    nbytes: float,
    joules_per_flop: float = JOULES_PER_FLOP,
    joules_per_byte: float = JOULES_PER_BYTE,
) -> dict[str, float]:
    """Joules that so many operations, and so many bytes to and from main memory, take.

    The constants are those of one technology of 2014: right for comparing two ways of computing the same, not for
    an electricity bill. Leakage, caches and cooling are left out.

    Returns:
        {"compute": …, "memory": …, "total": …}, in joules.
    Raises:
        ValueError: flops or nbytes is less than 0; the number is named.

    >>> energy_estimate(1e12, 1e9)["total"]
    2.46
    """
    # BEGIN SOLUTION
    for value in (flops, nbytes):
        if value < 0:
            raise ValueError(f"{value} is less than nothing")
    compute, memory = float(flops * joules_per_flop), float(nbytes * joules_per_byte)
    return {"compute": compute, "memory": memory, "total": compute + memory}
    # END SOLUTION
