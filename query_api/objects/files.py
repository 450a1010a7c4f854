"""Settings as files: what would change if the stored ones became the written ones."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from query_api.objects.kinds import BY_NAME, Kind
from query_api.objects.shapes import Key
from query_api.problems import Flaw, invalid
from query_api.views import View
from schemas.record import Part


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object of a file. `id` without the project's number, which the file names once."""

    kind: str
    id: Key
    value: dict[str, object]


class Files(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prune`: objects of the kinds in the file that are not in it are removed. A dry run only tells."""

    project_id: Annotated[int, Meta(ge=1, le=2**53)]
    items: Annotated[tuple[Written, ...], Meta(max_length=2_000)]
    prune: bool = False
    dry_run: bool = False


class Exported(View, frozen=True, kw_only=True):
    kind: str
    id: str
    version: int
    value: dict[str, object]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a project that files may hold; secrets are left out."""

    project_id: int
    items: tuple[Exported, ...]


class Act(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    SAME = "same"


class Step(View, frozen=True, kw_only=True):
    """One difference. `fields`: those whose values differ; `words`: the setting read aloud."""

    act: Act
    kind: str
    id: str
    fields: tuple[str, ...] = ()
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None
    words: str = ""
    told_before: tuple[str, ...] = ()  # whom a policy tells now, first step first
    told_after: tuple[str, ...] = ()


class Plan(View, frozen=True, kw_only=True):
    """`applied`: whether it was done, all of it or nothing."""

    applied: bool
    steps: tuple[Step, ...]
    errors: tuple[Flaw, ...] = ()


def kind_of(item: Written, index: int) -> Kind:
    kind = BY_NAME.get(item.kind)
    if kind is None or kind.of_person:
        raise invalid(f"/items/{index}/kind", f"files hold no {item.kind[:40]}")
    return kind


def setting_id(kind: Kind, project_id: int, key: str) -> str:
    if not kind.of_project:
        return kind.setting_id(key)
    return kind.setting_id(str(project_id) if kind.single else f"{project_id}:{key}")


def key_in_file(kind: Kind, stored: str) -> str:
    """The id as files write it: without the project's number; a single one is called by its kind."""
    key = stored.partition(":")[2]
    if kind.single:
        return kind.name.replace("_", "-")
    return key.partition(":")[2] if kind.of_project else key


def compared(before: Part | None, after: Part | None) -> tuple[str, ...]:
    """Names of the fields that differ."""
    if before is None or after is None:
        return ()
    fields = before.__struct_fields__
    return tuple(name for name in fields if getattr(before, name) != getattr(after, name))


def act(before: Part | None, after: Part | None) -> Act:
    if before is None:
        return Act.CREATE
    if after is None:
        return Act.REMOVE
    return Act.SAME if before == after else Act.CHANGE


def pruned(stored: Mapping[str, Part], wanted: Mapping[str, Part], kinds: Sequence[Kind], project_id: int) -> list[str]:
    """Stored ids of the project that the file leaves out, of the kinds that it holds. The root route stays."""
    names = {kind.name for kind in kinds if kind.of_project}
    prefixes = tuple(f"{name}:{project_id}:" for name in names)
    return [
        found
        for found in sorted(stored)
        if found.startswith(prefixes) and found not in wanted and not found.endswith(":root")
    ]
