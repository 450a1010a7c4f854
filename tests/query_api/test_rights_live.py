"""Every operation x every role x own and foreign project, from the one table of operations."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest

from query_api.login import new_token
from query_api.objects.kinds import BY_NAME
from query_api.operations import OPERATIONS, Operation, Target
from query_api.protocol.rooms import HANDLES
from query_api.rights import RANK, Least
from query_api.tokens import digest
from schemas.kinds import Role
from schemas.record import Part
from schemas.settings.people import PersonSettings
from tests.query_api.desks import World
from tests.query_api.rows import NOW, event_id, issue_id

pytestmark = pytest.mark.live
ROLES = ("nobody", "alone", "viewer", "member", "admin", "owner", "staff")
RANKS = {
    "nobody": Least.NOBODY,
    "alone": Least.SELF,
    "staff": Least.STAFF,
    **{str(role): RANK[role] for role in Role},
}
CLOSED = {"signed_out", "role_needed", "scope_needed", "foreign_origin", "bad_csrf"}
SCOPES = [
    f"{group}:write"
    for group in ("issues", "events", "stats", "alerts", "deliveries", "settings", "people", "ops", "reports", "audit")
] + ["releases:write", "artifacts:write"]


def test_every_operation_has_a_handler_and_every_handler_a_row() -> None:
    assert HANDLES.keys() == {operation.id for operation in OPERATIONS}
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, dict[str, str]]:
    """A token for each role in project 1; project 2 is foreign to all but staff."""
    world.api.post("/projects", {"slug": "second", "name": "Second"})
    for project in (1, 2):
        world.rows.issue(1, project=project)
        world.rows.event(1, issue=1, project=project, event_id=event_id(project))
    tokens = {role: make(world, role) for role in ROLES if role != "nobody"}
    made = {role: {"Authorization": f"Bearer {token}"} for role, token in tokens.items()}
    objects(world)
    return {"nobody": {}} | made


def make(world: World, role: str) -> str:
    """A person with a token, written straight into the tables."""
    person, token = f"p-{role}", new_token()
    roles = {"1": Role(role)} if role in set(Role) else {}
    value = PersonSettings(email=f"{role}@example.org", name=role, staff=role == "staff", roles=roles)
    with psycopg.connect(world.dsn, options="-c search_path=gregor,public") as connection:
        setting(connection, f"person:{person}", None, value)
        connection.execute(
            "insert into api_tokens (token_hash, token_id, person, name, scopes, created_at)"
            " values (%s, %s, %s, 't', %s, %s)",
            (digest(token), secrets.token_hex(6), person, SCOPES, NOW),
        )
    return token


def setting(connection: psycopg.Connection[Any], setting_id: str, project: int | None, value: Part | Any) -> None:
    connection.execute("select set_config('gregor.projects', %s, true)", (str(project or ""),))
    connection.execute(
        "insert into settings (setting_id, kind, project_id, value, updated_at, updated_by, source)"
        " values (%s, %s, %s, %s::jsonb, %s, 'test', 'api')",
        (setting_id, setting_id.split(":", maxsplit=1)[0], project, msgspec.json.encode(value).decode(), NOW),
    )


def objects(world: World) -> None:
    """One object of each kind, in both projects where the kind belongs to one."""
    with psycopg.connect(world.dsn, options="-c search_path=gregor,public") as connection:
        for kind in BY_NAME.values():
            for project in (1, 2) if kind.of_project else (0,):
                key = str(project) if kind.single else f"{project}:x" if project else "x"
                setting(connection, kind.setting_id(key), project or None, EXAMPLES[kind.name])


EXAMPLES: dict[str, Any] = {
    "rule": {"name": "x", "conditions": [{"kind": "new"}]},
    "route": {},
    "inhibition": {},
    "silence": {"matchers": [], "start_at": 1, "end_at": 2, "reason": "", "author": ""},
    "window": {},
    "policy": {"name": "x", "steps": []},
    "schedule": {"name": "x", "zone": "UTC"},
    "override": {"schedule": "x", "start_at": 1, "end_at": 2},
    "channel": {"name": "x", "type": "slack", "address": "sealed"},
    "template": {"text": "x"},
    "scrub": {},
    "fingerprint_rules": {"text": ""},
    "team": {"name": "x"},
    "method": {"person": "p-nobody", "channel": "email", "address": "sealed"},
    "personal_rule": {"person": "p-nobody", "method": "x"},
}


def path_of(operation: Operation, project: int) -> str:
    """The operation's path with ids of `project`; what stands for nothing in particular is `x`."""
    kind = BY_NAME.get(operation.kind)
    key = "x"
    if kind and kind.of_project:
        key = str(project) if kind.single else f"{project}:x"
    named = {
        "project_id": str(project),
        "issue_id": issue_id(1, project),
        "ref": f"{project}:{event_id(project)}",
        "setting_id": key,
        "episode_id": "0" * 32,
        "which": "latest",
    }
    parts = []
    for part in operation.path.split("/"):
        name = part[1:-1].split(":")[0] if part.startswith("{") else ""
        parts.append(named.get(name, "x") if name else part)
    return "/".join(parts)


def expected(operation: Operation, role: str, project: int) -> set[str] | None:
    """The codes of a refusal, None where the guard must let pass."""
    have = RANKS[role]
    if operation.least is Least.NOBODY:
        return None
    if have is Least.NOBODY:
        return {"signed_out"}
    in_project = operation.target is not Target.NONE and (not operation.kind or BY_NAME[operation.kind].of_project)
    if operation.target is Target.EPISODE:
        return {"not_found"}  # there is none
    if in_project and have is not Least.STAFF and (project == 2 or have is Least.SELF):
        return {"not_found"}
    if not in_project and operation.least is Least.VIEWER:
        return None  # an empty list is an answer
    return {"role_needed"} if have < operation.least else None


def cells() -> Iterator[Any]:
    for operation in OPERATIONS:
        if operation.id == "live_events":  # a stream: its answer never ends; test_live has its rights
            continue
        foreign = operation.target is not Target.NONE and (not operation.kind or BY_NAME[operation.kind].of_project)
        for project in (1, 2) if foreign else (1,):
            yield pytest.param(operation, project, id=f"{operation.id} in {'own' if project == 1 else 'foreign'}")


@pytest.mark.parametrize(("operation", "project"), list(cells()))
def test_rights(world: World, people: dict[str, dict[str, str]], operation: Operation, project: int) -> None:
    """One row of the matrix: all roles. What passes the guard may still be refused for its body."""
    world.api.client.cookies.clear()
    wrong = {}
    for role in ROLES:
        answer = world.api.client.request(
            operation.method,
            f"/api/v1{path_of(operation, project)}",
            headers=people[role],
            json={"nothing": "real"} if operation.method in {"POST", "PUT", "PATCH"} else None,
        )
        refused = expected(operation, role, project)
        code = code_of(answer)
        good = code in refused if refused else code not in CLOSED
        if not good or answer.status_code == 500:
            wrong[role] = (answer.status_code, code, refused)
    assert wrong == {}


def code_of(answer: Any) -> str:
    if answer.status_code < 400:
        return ""
    found: str = json.loads(answer.content).get("code", "?")
    return found


def test_the_matrix_is_wide() -> None:
    assert len(list(cells())) * len(ROLES) >= 1_500


def test_without_row_level_security_the_matrix_would_show_it(world: World, people: dict[str, dict[str, str]]) -> None:
    """The control: a reader that row-level security does not bind sees the foreign issue."""
    owner = world.dsn.replace("gregor_api@", "gregor_owner@")
    with psycopg.connect(owner, autocommit=True, options="-c search_path=gregor") as connection:
        connection.execute("alter table issues disable row level security")
    try:
        answer = world.api.client.get(f"/api/v1/issues/{issue_id(1, 2)}/timeline", headers=people["viewer"])
        assert answer.status_code != 404 or code_of(answer) != "not_found"
    finally:
        with psycopg.connect(owner, autocommit=True, options="-c search_path=gregor") as connection:
            connection.execute("alter table issues enable row level security")
