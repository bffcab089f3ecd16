"""Keeps the losses of a run, to plot them later."""


class History:
    def __init__(self):
        self.losses = []

    def record(self, loss):
        self.losses.append(loss)

    def __len__(self):
        return len(self.losses)
