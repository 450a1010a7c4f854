"""Releases as CI declares them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from query_api.views import View

Version = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\s/:]+$")]
Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{7,64}$")]


class NewRelease(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`commits`: newest first; the first 12 digits are kept. `parent`: the release it follows."""

    project_id: Annotated[int, Meta(ge=1, le=2**53)]
    version: Version
    parent: Annotated[str, Meta(max_length=200)] = ""
    commits: Annotated[tuple[Commit, ...], Meta(max_length=200)] = ()


class Release(View, frozen=True, kw_only=True):
    """`new_issues`: first seen in it."""

    project_id: int
    version: str
    ordinal: int
    declared_at: int
    parent: str = ""
    commits: tuple[str, ...] = ()
    new_issues: int = 0
    issues: int = 0


class Releases(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Release, ...]
