"""The first project, its key, its owner: one transaction, at the first `gregor up`."""

import secrets
import time

import msgspec
import psycopg
from argon2 import PasswordHasher

from query_api import defaults
from runtime.secrets import seal
from schemas.record import Part
from schemas.settings.people import PersonSettings
from schemas.settings.project import KeySettings

ACTOR = "job:bootstrap"
SLUG = "first"


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What the first project and its owner are called."""

    slug: str = SLUG
    project: str = "First project"
    email: str = "admin@localhost"
    name: str = "Administrator"


class Bootstrapped(msgspec.Struct, frozen=True, kw_only=True):
    """`password` is None when the owner was there before; it is stored nowhere but as argon2."""

    project_id: int
    key: str
    login: str
    password: str | None = None


def bootstrap(dsn: str, password: str, master: bytes, start: Start | None = None) -> Bootstrapped:
    """Make the first project as role gregor_api, or return what an earlier call made."""
    begin = start or Start()
    with psycopg.connect(dsn, password=password or None, options="-c search_path=gregor,public") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtext('gregor.bootstrap'))")
        return _existing(connection, begin) or _create(connection, master, begin)


def _existing(connection: psycopg.Connection, start: Start) -> Bootstrapped | None:
    _set_projects(connection, _all_projects(connection))
    found = connection.execute(
        "select project_id from settings where kind = 'project' and value->>'slug' = %s", (start.slug,)
    ).fetchone()
    if found is None:
        return None
    project_id = int(found[0])
    keys = connection.execute(
        "select value from settings where kind = 'key' and project_id = %s and value is not null"
        " order by setting_id limit 1",
        (project_id,),
    ).fetchone()
    people = connection.execute("select value from settings where kind = 'person' and value is not null").fetchall()
    owners = [person for (value,) in people if (person := msgspec.convert(value, PersonSettings)).staff]
    return Bootstrapped(
        project_id=project_id,
        key=msgspec.convert(keys[0], KeySettings).key if keys else "",
        login=owners[0].email if owners else "",
    )


def _create(connection: psycopg.Connection, master: bytes, start: Start) -> Bootstrapped:
    at = int(time.time() * 1000)
    row = connection.execute("select nextval('project_ids')").fetchone()
    assert row is not None
    project_id, key, person, password = int(row[0]), secrets.token_hex(16), new_id(), secrets.token_urlsafe(15)
    _set_projects(connection, str(project_id))
    salt = seal(master, f"project:{project_id}", secrets.token_hex(32))
    method = f"method:{new_id()}"
    address = seal(master, method, start.email)
    settings: dict[str, Part] = {
        f"project:{project_id}": defaults.project(project_id, slug=start.slug, name=start.project, user_salt=salt),
        **defaults.alerting(project_id),
        f"person:{person}": defaults.owner(project_id, email=start.email, name=start.name),
        method: defaults.email_method(person, sealed=address, hint=defaults.hint(start.email), at=at),
        f"key:{new_id()}": defaults.key(project_id, key),
    }
    for setting_id, value in settings.items():
        _insert(connection, setting_id, value, at)
    connection.execute(
        "insert into credentials (person, password_hash, changed_at) values (%s, %s, %s)",
        (person, PasswordHasher().hash(password), at),
    )
    _audit(connection, f"project:{project_id}", at)
    return Bootstrapped(project_id=project_id, key=key, login=start.email, password=password)


def _insert(connection: psycopg.Connection, setting_id: str, value: Part, at: int) -> None:
    kind = setting_id.partition(":")[0]
    owner = value.project_id if isinstance(value, KeySettings) else defaults.scope_of(setting_id)
    connection.execute(
        "insert into settings (setting_id, kind, project_id, value, updated_at, updated_by, source)"
        " values (%s, %s, %s, %s::jsonb, %s, %s, 'api')",
        (setting_id, kind, owner, msgspec.json.encode(value).decode(), at, ACTOR),
    )


def _audit(connection: psycopg.Connection, entity: str, at: int) -> None:
    """Last: the chain's lock is held until the commit."""
    connection.execute(
        "insert into audit (at, actor, verb, entity, request_id) values (%s, %s, 'bootstrap', %s, '')",
        (at, ACTOR, entity),
    )


def _all_projects(connection: psycopg.Connection) -> str:
    """Projects come from a sequence, so all of them are known without a right to see any."""
    row = connection.execute("select coalesce(pg_sequence_last_value('project_ids'::regclass), 0)").fetchone()
    assert row is not None
    return ",".join(map(str, range(1, int(row[0]) + 1)))


def _set_projects(connection: psycopg.Connection, projects: str) -> None:
    connection.execute("select set_config('gregor.projects', %s, true)", (projects,))


def new_id() -> str:
    return defaults.short_id(secrets.token_bytes(8))
