"""What a worker remembers of its program: in memory while people type, on disk what they have saved."""

from __future__ import annotations

from hybridize.recall import Store

MOST_BYTES = 256 * 1024 * 1024
"""Entries that were used longest ago are forgotten above this."""


class Memory:
    """A `hybridize.recall.Store`. What a forked copy finds out is in ``fresh``, and its parent takes it over."""

    def __init__(self, disk: Store | None = None) -> None:
        self.disk = disk
        self.saved = False
        """Whether the program is as it is on disk, so that other runs have a use for what is found out."""
        self.fresh: dict[str, bytes] = {}
        self._kept: dict[str, bytes] = {}
        self._size = 0

    def get(self, key: str) -> bytes | None:
        """The entry of that key."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found  # it is the one used last
            return found
        return self.disk.get(key) if self.disk is not None else None

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry."""
        self.fresh[key] = data
        self.take({key: data})
        if self.saved and self.disk is not None:
            self.disk.put(key, data)

    def take(self, entries: dict[str, bytes]) -> None:
        """Keep what a copy has found out."""
        for key, data in entries.items():
            self._size += len(data) - len(self._kept.pop(key, b""))
            self._kept[key] = data
        while self._size > MOST_BYTES and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            self._size -= len(self._kept.pop(oldest))
