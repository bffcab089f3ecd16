"""A corridor: walk right to the end, and do not stay on a trap while it is open."""

import numpy as np


class Corridor:
    LEFT, RIGHT, WAIT = range(3)
    OBSERVATION = 4

    def __init__(self, length=8, seed=0):
        self.length = length
        self.trap = length // 2
        self.rng = np.random.default_rng(seed)
        self.reset()

    def reset(self):
        self.position = 0
        self.time = int(self.rng.integers(0, 3))
        self.moves = 0
        return self.observe()

    def observe(self):
        phase = 2 * np.pi * self.time / 3
        place = self.position / self.length
        return np.array([place, self.position == self.trap - 1, np.sin(phase), np.cos(phase)], dtype=np.float32)

    def step(self, action):
        self.time += 1
        self.moves += 1
        if action == self.LEFT:
            self.position = max(self.position - 1, 0)
        elif action == self.RIGHT:
            self.position += 1
        if self.position == self.trap and self.time % 3 == 0:
            return self.observe(), -1.0, True
        if self.position >= self.length:
            return self.observe(), 1.0, True
        return self.observe(), -0.02, self.moves >= 4 * self.length
