"""Settings as the API takes and shows them."""

from typing import Annotated, Final, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from query_api.objects.examine import Effect
from query_api.problems import Flaw
from query_api.views import View
from schemas.record import Part

V = TypeVar("V", bound=Part)
Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
FOREIGN_ADDRESS: Final = ""


class Draft(msgspec.Struct, Generic[V], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new setting. `id`: yours to choose, else made; `project_id` where the kind belongs to a project."""

    value: V
    id: Key | UnsetType = UNSET
    project_id: Annotated[int, Meta(ge=1, le=2**53)] | UnsetType = UNSET


class Replacement(msgspec.Struct, Generic[V], frozen=True, kw_only=True, forbid_unknown_fields=True):
    value: V


class Object(View, Generic[V], frozen=True, kw_only=True):
    """A setting as it is now; `version` is what If-Match names."""

    id: str
    version: int
    updated_at: int
    updated_by: str
    value: V
    project_id: int = 0


class Objects(msgspec.Struct, Generic[V], frozen=True, kw_only=True):
    items: tuple[Object[V], ...]
    next: str | UnsetType = UNSET


class Preview(View, frozen=True, kw_only=True):
    """Whether it could be saved, in words, and what it would do now. Nothing is saved."""

    ok: bool
    words: str = ""
    errors: tuple[Flaw, ...] = ()
    effect: Effect | None = None


class Change(View, frozen=True, kw_only=True):
    """One version; without `value` it was deleted."""

    version: int
    at: int
    actor: str
    value: dict[str, object] | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Change, ...]
