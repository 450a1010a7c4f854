"""A bounded memo without clock or lock: it changes speed, never answers."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Two generations: when the young one is full it becomes the old one, and what nobody asked for is gone."""

    def __init__(self, size: int) -> None:
        self.half = size // 2
        self.young: dict[K, V] = {}
        self.old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        found = self.young.get(key)
        if found is None and (found := self.old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        if len(self.young) >= self.half:
            self.old, self.young = self.young, {}
        if self.half:
            self.young[key] = value

    def clear(self) -> None:
        self.young, self.old = {}, {}
