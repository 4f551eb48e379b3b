"""The same bounds as times."""

from __future__ import annotations


def roofline(intensity: float, peak_flops: float, bandwidth: float) -> float:
    if intensity < 0 or peak_flops <= 0 or bandwidth <= 0:
        raise ValueError(f"intensity {intensity}, peak_flops {peak_flops}, bandwidth {bandwidth}")
    if intensity == 0:
        return 0.0
    return intensity / max(intensity / peak_flops, 1 / bandwidth)


def amdahl(fraction: float, speedup: float) -> float:
    if fraction < 0 or fraction > 1 or speedup <= 0:
        raise ValueError(f"fraction {fraction}, speedup {speedup}")
    if fraction == 1:
        return float(speedup)
    return speedup / (speedup * (1 - fraction) + fraction) if speedup < float("inf") else 1 / (1 - fraction)
