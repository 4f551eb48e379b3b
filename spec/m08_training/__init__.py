"""The laws of m08: schedules, clipping, accumulation, checkpoints, and the loop that holds them together."""
