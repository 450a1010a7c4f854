"""All settings at one instant. Immutable: a change makes a new snapshot."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from schemas.record import Part

T = TypeVar("T", bound=Part)
EMPTY: Mapping[str, Part] = MappingProxyType({})


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`kinds[kind][key]` is the decoded value; `offset` the last one of `settings` that is in it (-1: none)."""

    kinds: Mapping[str, Mapping[str, Part]] = MappingProxyType({})
    versions: Mapping[str, int] = MappingProxyType({})
    offset: int = -1

    @staticmethod
    def of(settings: Mapping[str, Part], offset: int = -1) -> "Snapshot":
        """From `setting_id -> value`; versions are all 1."""
        kinds: dict[str, dict[str, Part]] = {}
        for setting_id, value in settings.items():
            kind, _, key = setting_id.partition(":")
            kinds.setdefault(kind, {})[key] = value
        return Snapshot(kinds=kinds, versions=dict.fromkeys(settings, 1), offset=offset)

    def get(self, setting_id: str, type_: type[T]) -> T | None:
        kind, _, key = setting_id.partition(":")
        value = self.kinds.get(kind, EMPTY).get(key)
        return value if isinstance(value, type_) else None

    def of_kind(self, kind: str, type_: type[T]) -> Mapping[str, T]:
        """All of one kind by key (the id without `<kind>:`)."""
        found = self.kinds.get(kind, EMPTY)
        return {key: value for key, value in found.items() if isinstance(value, type_)}
