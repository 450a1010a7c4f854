"""What a project and its keys look like from outside, and what of them may be changed."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from query_api.views import View
from schemas.settings.project import KeySettings, ProjectSettings, Quota

Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=50)]


class NewProject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slug: Slug
    name: Name


class ProjectChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    retention_days: Annotated[int, Meta(ge=1, le=3_650)] | UnsetType = UNSET
    auto_resolve_days: Annotated[int, Meta(ge=0, le=3_650)] | UnsetType = UNSET
    production_environments: Words | UnsetType = UNSET
    critical_paths: Words | UnsetType = UNSET
    in_app_prefixes: Words | UnsetType = UNSET
    default_policy: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    quota: Quota | UnsetType = UNSET


class Project(View, frozen=True, kw_only=True):
    """`version` is what If-Match names."""

    project_id: int
    slug: str
    name: str
    version: int
    active: bool = True
    team: str = ""
    retention_days: int = 90
    auto_resolve_days: int = 0
    production_environments: tuple[str, ...] = ()
    critical_paths: tuple[str, ...] = ()
    in_app_prefixes: tuple[str, ...] = ()
    tag_keys: tuple[str, ...] = ()
    unknown_release: str = "reopen"
    default_policy: str = ""
    quota: Quota | None = None


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    origins: Words = ()
    default_service: Annotated[str, Meta(max_length=64)] = ""


class Key(View, frozen=True, kw_only=True):
    """`dsn` is what an application is configured with; it admits events and nothing else."""

    key_id: str
    name: str
    dsn: str
    version: int
    active: bool = True
    origins: tuple[str, ...] = ()
    default_service: str = ""


class Projects(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Project, ...]


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Key, ...]


def project_view(project_id: int, version: int, value: ProjectSettings) -> Project:
    """Without `user_salt`, which nobody needs to see."""
    fields = msgspec.structs.asdict(value)
    shown = {name: fields[name] for name in Project.__struct_fields__ if name in fields}
    return Project(project_id=project_id, version=version, **shown)


def changed(before: ProjectSettings, asked: ProjectChange) -> ProjectSettings:
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not UNSET}
    return msgspec.structs.replace(before, **given)


def key_view(key_id: str, version: int, value: KeySettings, gateway_url: str) -> Key:
    return Key(
        key_id=key_id,
        name=value.name,
        dsn=dsn(gateway_url, value),
        version=version,
        active=value.active,
        origins=value.origins,
        default_service=value.default_service,
    )


def dsn(gateway_url: str, key: KeySettings) -> str:
    """Sentry's form: `http://<key>@<host>/<project>`."""
    parts = urlsplit(gateway_url)
    return f"{parts.scheme}://{key.key}@{parts.netloc}{parts.path.rstrip('/')}/{key.project_id}"
