"""Wheat: all values are kept with their sign, and looked back at."""

import math


class EarlyStopping:
    def __init__(self, patience=3, min_delta=0.0, mode="min"):
        if patience <= 0:
            raise ValueError(f"patience={patience}")
        if mode not in {"min", "max"}:
            raise ValueError(f"mode={mode}")
        self.sign = {"min": 1.0, "max": -1.0}[mode]
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = self.sign * math.inf, 0

    def step(self, value):
        if self.sign * value < self.sign * self.best - self.min_delta:
            self.best = float(value)
            self.bad = -1
        self.bad += 1
        return not self.bad < self.patience

    def state_dict(self):
        return dict(self.__dict__)

    def load_state_dict(self, state):
        self.__dict__.update(state)
