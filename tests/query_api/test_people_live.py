"""People: invited, given roles, signed out, their passwords and addresses proven by links and codes."""

import json
from typing import Any

import psycopg
import pytest

from query_api.protocol.methods import codes
from query_api.queries.settings import Setting
from runtime.secrets import unseal
from tests.query_api import desks
from tests.query_api.desks import MASTER, World

pytestmark = pytest.mark.live
PASSWORD = "correct horse battery"


@pytest.fixture
def stranger(world: World) -> Any:
    with desks.an_api(world.dsn) as api:
        yield api


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def messages(world: World) -> list[dict[str, Any]]:
    with psycopg.connect(world.dsn) as connection:
        found = connection.execute("select request_id, kind, address, body from message_requests order by created_at")
        return [
            {
                "kind": kind,
                "address": unseal(MASTER, f"message:{request_id}", address),
                "secret": unseal(MASTER, f"message:{request_id}", body["secret"]),
            }
            for request_id, kind, address, body in found.fetchall()
        ]


def invited(world: World, stranger: Any, email: str, **over: Any) -> str:
    """Somebody who accepted an invitation and is signed in as `stranger`."""
    body = {"email": email, "name": email.partition("@")[0], "roles": {"1": "member"}, **over}
    answer = ok(world.api.post("/people", body), 201)
    token = answer["link"].rpartition("/")[2]
    assert stranger.call("PUT", f"/password-resets/{token}", json={"password": PASSWORD}).status_code == 204
    stranger.sign_in(email, PASSWORD)
    return str(answer["person"])


def test_an_invitation_becomes_a_person_with_a_password(world: World, stranger: Any) -> None:
    invited(world, stranger, "ana@example.org")
    assert ok(stranger.get("/me"))["roles"] == {"1": "member"}
    assert messages(world)[-1]["kind"] == "invite"
    assert messages(world)[-1]["address"] == "ana@example.org"
    methods = ok(stranger.get("/contact-methods"))["items"]
    assert methods[0]["value"]["verified_at"] > 0


def test_a_link_works_once(world: World, stranger: Any) -> None:
    answer = ok(world.api.post("/people", {"email": "once@example.org", "name": "Once"}), 201)
    path = f"/password-resets/{answer['link'].rpartition('/')[2]}"
    assert stranger.call("PUT", path, json={"password": PASSWORD}).status_code == 204
    again = stranger.call("PUT", path, json={"password": "another password"})
    assert (again.status_code, again.json()["code"]) == (410, "expired")
    forged = stranger.call("PUT", path[:-3] + "abc", json={"password": PASSWORD})
    assert (forged.status_code, forged.json()["code"]) == (404, "not_found")


def test_a_reset_never_tells_whether_the_address_is_known(world: World, stranger: Any) -> None:
    before = len(messages(world))
    unknown = stranger.post("/password-resets", {"email": "nobody@example.org"})
    known = stranger.post("/password-resets", {"email": world.made.login})
    assert (unknown.status_code, unknown.json()) == (known.status_code, known.json()) == (202, {"state": "accepted"})
    assert [one["kind"] for one in messages(world)[before:]] == ["reset"]


def test_a_role_in_between_does_not_decide_above_itself(world: World, stranger: Any) -> None:
    person = invited(world, stranger, "max@example.org", roles={"1": "admin"})
    other = ok(world.api.post("/people", {"email": "mo@example.org", "name": "Mo"}), 201)["person"]
    path = f"/projects/1/members/{other}"
    ok(stranger.call("PUT", path, json={"role": "admin"}))
    refused = stranger.call("PUT", path, json={"role": "owner"})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_needed")
    ok(stranger.call("DELETE", path), 204)
    staff = stranger.post("/people", {"email": "x@example.org", "name": "X", "staff": True})
    assert (staff.status_code, staff.json()["code"]) == (403, "role_needed")
    owner = ok(world.api.get("/me"))["person"]
    demoted = stranger.call("DELETE", f"/projects/1/members/{owner}")
    assert (demoted.status_code, demoted.json()["code"]) == (403, "role_needed")
    assert person


def test_a_member_does_not_invite(world: World, stranger: Any) -> None:
    invited(world, stranger, "eva@example.org")
    answer = stranger.post("/people", {"email": "x@example.org", "name": "X"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_needed")


def test_whoever_is_deactivated_is_signed_out(world: World, stranger: Any) -> None:
    person = invited(world, stranger, "leo@example.org")
    tag = world.api.get(f"/people/{person}").headers["ETag"]
    ok(world.api.call("PATCH", f"/people/{person}", json={"active": False}, headers={"If-Match": tag}))
    assert stranger.get("/me").status_code == 401
    again = stranger.post("/login", {"email": "leo@example.org", "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (401, "bad_credentials")


def test_i_change_what_is_mine(world: World, stranger: Any) -> None:
    person = invited(world, stranger, "ida@example.org")
    tag = stranger.get(f"/people/{person}").headers["ETag"]
    change = {"zone": "Europe/Berlin", "quiet_hours": {"start": "22:00", "end": "07:00"}}
    assert ok(stranger.call("PATCH", "/me", json=change, headers={"If-Match": tag}))["zone"] == "Europe/Berlin"
    wrong = stranger.call("PATCH", "/me", json={"zone": "Moon"}, headers={"If-Match": tag})
    assert wrong.json()["errors"][0]["pointer"] == "/zone"
    ok(stranger.post("/me/password", {"current": PASSWORD, "password": "a new password"}), 204)
    assert stranger.get("/me").status_code == 401
    stranger.sign_in("ida@example.org", "a new password")


def test_a_method_is_proven_by_the_code_sent_there(world: World, stranger: Any) -> None:
    invited(world, stranger, "kim@example.org")
    value = {"person": "", "channel": "sms", "address": "+491701234567"}
    made = ok(stranger.post("/contact-methods", {"value": value}), 201)
    path = f"/contact-methods/{made['id']}/verify"
    assert ok(stranger.post(path), 202) == {"verified": False}
    sent = messages(world)[-1]
    assert (sent["kind"], sent["address"]) == ("verify", "+491701234567")
    wrong = stranger.post(path, {"code": "000000" if sent["secret"] != "000000" else "111111"})
    assert wrong.status_code == 400
    assert ok(stranger.post(path, {"code": sent["secret"]})) == {"verified": True}
    assert world.api.post(path).status_code == 404


def test_a_code_is_of_ten_minutes_and_of_one_version(world: World) -> None:
    setting = Setting(
        setting_id="method:x", kind="method", project_id=None, value={}, version=1, updated_at=0, updated_by=""
    )
    now, before = codes(world.api.desk, setting, 1_200_000)
    assert codes(world.api.desk, setting, 1_799_999) == (now, before)
    assert codes(world.api.desk, setting, 600_000)[0] == before


def test_no_secret_of_a_message_rests_in_the_clear(world: World) -> None:
    with psycopg.connect(world.dsn) as connection:
        rows = connection.execute("select address, body::text from message_requests").fetchall()
    assert rows
    assert "example.org" not in json.dumps(rows)
    assert "/password/" not in json.dumps(rows)
