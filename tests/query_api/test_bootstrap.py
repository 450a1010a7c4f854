"""The first project: made once, whole, and published."""

import json

import psycopg
import pytest

from query_api.bootstrap import bootstrap
from runtime.secrets import unseal

pytestmark = pytest.mark.live
MASTER = bytes(range(32))


def test_a_first_project_is_made_once_and_its_password_is_told_once(api_dsn: str) -> None:
    first = bootstrap(api_dsn, "", MASTER)
    again = bootstrap(api_dsn, "", MASTER)
    assert first.password
    assert again.password is None
    assert (again.project_id, again.key, again.login) == (first.project_id, first.key, first.login)
    assert (first.project_id, len(first.key)) == (1, 32)


def test_every_setting_is_waiting_to_be_published_with_its_history(api_dsn: str) -> None:
    bootstrap(api_dsn, "", MASTER)
    with psycopg.connect(api_dsn, options="-c gregor.projects=1") as connection:
        waiting = connection.execute("select key, value from outbox order by outbox_id").fetchall()
        history = connection.execute("select count(*) from settings_history").fetchone()
        audit = connection.execute("select verb, entity from audit").fetchall()
    kinds = [key.split(":")[0] for key, _ in waiting]
    assert sorted(set(kinds)) == ["key", "method", "person", "policy", "project", "route", "rule"]
    assert history == (len(waiting),)
    assert audit == [("bootstrap", "project:1")]
    assert all(value["record"] == "setting.v1" and value["version"] == 1 for _, value in waiting)


def test_addresses_and_salts_are_sealed_to_their_setting(api_dsn: str) -> None:
    made = bootstrap(api_dsn, "", MASTER)
    with psycopg.connect(api_dsn, options="-c gregor.projects=1") as connection:
        rows = connection.execute("select setting_id, value from settings where kind in ('method', 'project')")
        values: dict[str, dict[str, str]] = dict(rows.fetchall())
    method = next(setting_id for setting_id in values if setting_id.startswith("method:"))
    assert unseal(MASTER, method, values[method]["address"]) == made.login
    assert len(bytes.fromhex(unseal(MASTER, "project:1", values["project:1"]["user_salt"]))) == 32
    assert made.login not in json.dumps(values)
