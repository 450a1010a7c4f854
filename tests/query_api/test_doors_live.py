"""Signing in, CSRF, origins, tokens, roles, versions: who gets in and how far."""

from typing import Any

import pytest

from query_api.bootstrap import Start, bootstrap
from tests.query_api import desks
from tests.query_api.desks import MASTER, World

pytestmark = pytest.mark.live
OWN = "http://127.0.0.1:8090"


@pytest.fixture
def stranger(world: World) -> Any:
    """A client of the same API without a cookie."""
    with desks.an_api(world.dsn) as api:
        yield api


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("admin@localhost", "wrong", id="a wrong password"),
        pytest.param("nobody@localhost", "wrong", id="an unknown address"),
        pytest.param("' or 1=1 --", "x", id="an injection"),
    ],
)
def test_every_way_to_be_wrong_looks_the_same(stranger: Any, email: str, password: str) -> None:
    answer = stranger.post("/login", {"email": email, "password": password})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")
    assert "set-cookie" not in answer.headers


def test_a_login_ends(world: World, stranger: Any) -> None:
    stranger.sign_in(world.made.login, world.made.password)
    assert stranger.get("/me").status_code == 200
    old = dict(stranger.client.cookies)
    assert stranger.post("/logout").status_code == 204
    stranger.client.cookies.update(old)
    assert stranger.get("/me").status_code == 401


def test_signing_in_again_ends_the_login_before(world: World, stranger: Any) -> None:
    stranger.sign_in(world.made.login, world.made.password)
    first = stranger.client.cookies["gregor"]
    stranger.sign_in(world.made.login, world.made.password)
    second = stranger.client.cookies["gregor"]
    assert first != second
    stranger.client.cookies.clear()
    assert stranger.get("/me", headers={"Cookie": f"gregor={first}"}).status_code == 401
    assert stranger.get("/me", headers={"Cookie": f"gregor={second}"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({"Origin": "https://evil.example"}, "foreign_origin", id="another site"),
        pytest.param({"Origin": "null"}, "foreign_origin", id="a sandboxed page"),
        pytest.param({"Origin": OWN + ".evil.example"}, "foreign_origin", id="our name as a prefix"),
        pytest.param({"Origin": "", "Sec-Fetch-Site": "cross-site"}, "foreign_origin", id="another site, no origin"),
        pytest.param({"Origin": "", "Sec-Fetch-Site": "same-site"}, "foreign_origin", id="a sibling host"),
        pytest.param({"Origin": ""}, "foreign_origin", id="neither header"),
        pytest.param({"X-Gregor-CSRF": ""}, "bad_csrf", id="no CSRF token"),
        pytest.param({"X-Gregor-CSRF": "0" * 32}, "bad_csrf", id="a guessed CSRF token"),
    ],
)
def test_a_cookie_alone_changes_nothing(world: World, headers: dict[str, str], code: str) -> None:
    answer = world.api.post("/tokens", {"name": "x", "scopes": ["issues:read"]}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_our_own_page_may_change(world: World) -> None:
    headers = {"Origin": "", "Sec-Fetch-Site": "same-origin"}
    answer = world.api.post("/tokens", {"name": "x", "scopes": ["issues:read"]}, headers=headers)
    assert answer.status_code == 201


def test_a_page_of_another_site_cannot_sign_in(stranger: Any, world: World) -> None:
    body = {"email": world.made.login, "password": world.made.password}
    answer = stranger.post("/login", body, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def with_token(world: World, stranger: Any, *scopes: str, **more: Any) -> Any:
    made = world.api.post("/tokens", {"name": "t", "scopes": list(scopes), **more})
    assert made.status_code == 201, made.text
    stranger.headers = {"Authorization": f"Bearer {made.json()['token']}"}
    return made.json()


def test_a_token_reaches_as_far_as_its_scopes(world: World, stranger: Any) -> None:
    with_token(world, stranger, "issues:read")
    assert stranger.get("/issues").status_code == 200
    assert stranger.get("/projects").json()["code"] == "scope_needed"
    assert stranger.post("/issues/FIRST-1/resolve").json()["code"] == "scope_needed"


def test_a_token_gives_no_more_than_it_has(world: World, stranger: Any) -> None:
    with_token(world, stranger, "people:write", "issues:read")
    answer = stranger.post("/tokens", {"name": "more", "scopes": ["issues:write"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_needed")


def test_a_revoked_token_is_nobody(world: World, stranger: Any) -> None:
    made = with_token(world, stranger, "issues:read")
    assert world.api.call("DELETE", f"/tokens/{made['token_id']}").status_code == 204
    answer = stranger.get("/issues")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert world.api.call("DELETE", f"/tokens/{made['token_id']}").status_code == 404


def test_a_token_of_one_project_does_not_see_another(world: World, stranger: Any) -> None:
    other = world.api.post("/projects", {"slug": "other", "name": "Other"}).json()
    with_token(world, stranger, "settings:read", projects=[1])
    assert [found["project_id"] for found in stranger.get("/projects").json()["items"]] == [1]
    assert stranger.get(f"/projects/{other['project_id']}").status_code == 404


def test_the_token_is_stored_nowhere(world: World, stranger: Any) -> None:
    made = with_token(world, stranger, "issues:read")
    listed = world.api.get("/tokens").text
    assert made["token_id"] in listed
    assert made["token"] not in listed


def test_a_version_is_changed_once(world: World) -> None:
    before = world.api.get("/projects/1")
    tag = before.headers["ETag"]
    change = {"auto_resolve_days": 14}
    assert world.api.call("PATCH", "/projects/1", json=change).json()["code"] == "version_needed"
    first = world.api.call("PATCH", "/projects/1", json=change, headers={"If-Match": tag})
    again = world.api.call("PATCH", "/projects/1", json=change, headers={"If-Match": tag})
    assert (first.status_code, first.json()["auto_resolve_days"]) == (200, 14)
    assert (again.status_code, again.json()["code"]) == (412, "version_conflict")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_too_many_sign_ins_wait(world: World) -> None:
    with desks.an_api(world.dsn, patient=True) as api:
        answers = [api.post("/login", {"email": "a@b", "password": "x"}).status_code for _ in range(6)]
        last = api.post("/login", {"email": "a@b", "password": "x"})
    assert answers == [401] * 5 + [429]
    assert int(last.headers["Retry-After"]) >= 1


def test_a_second_start_finds_what_the_first_made(world: World) -> None:
    assert bootstrap(world.dsn, "", MASTER, Start()).password is None
