"""Keys in every form, and whom they admit."""

import base64

import pytest

from ingest_gateway.auth import Credentials, admit, keys_of, of_dsn, query_fields
from ingest_gateway.directory import Admission
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

KEY = "a" * 32
OTHER = "b" * 32


@pytest.mark.parametrize(
    ("headers", "query", "keys"),
    [
        pytest.param({b"x-sentry-auth": b"Sentry sentry_version=7, sentry_key=KEY, sentry_client=x/1"}, b"", {KEY},
                     id="X-Sentry-Auth"),
        pytest.param({b"x-sentry-auth": b"sentry sentry_key=KEY,sentry_version=7"}, b"", {KEY},
                     id="lower case, no blanks"),
        pytest.param({b"x-sentry-auth": b"Sentry sentry_timestamp=1, sentry_secret=x, sentry_key=KEY"}, b"", {KEY},
                     id="any order, an old secret ignored"),
        pytest.param({b"x-sentry-auth": b"sentry_key=KEY"}, b"", {KEY}, id="without its scheme"),
        pytest.param({b"authorization": b"Sentry sentry_key=KEY"}, b"", {KEY}, id="Authorization: Sentry"),
        pytest.param({b"authorization": b"Bearer KEY"}, b"", {KEY}, id="Authorization: Bearer"),
        pytest.param({b"authorization": b"Basic " + base64.b64encode(KEY.encode() + b":")}, b"", {KEY}, id="Basic"),
        pytest.param({b"authorization": b"Basic ???"}, b"", set(), id="Basic that is none"),
        pytest.param({b"x-api-key": b"KEY"}, b"", {KEY}, id="X-Api-Key"),
        pytest.param({}, b"sentry_key=KEY&sentry_version=7", {KEY}, id="in the query"),
        pytest.param({}, b"key=KEY", {KEY}, id="of a beacon"),
        pytest.param({b"x-api-key": b"KEY"}, b"sentry_key=KEY", {KEY}, id="twice the same"),
        pytest.param({b"x-api-key": b"KEY"}, b"sentry_key=" + OTHER.encode(), {KEY, OTHER}, id="two that disagree"),
        pytest.param({}, b"", set(), id="none"),
        pytest.param({b"x-sentry-auth": b""}, b"sentry_key=", set(), id="empty ones"),
    ],
)  # fmt: skip
def test_keys_of(headers: dict[bytes, bytes], query: bytes, keys: set[str]) -> None:
    given = {name: value.replace(b"KEY", KEY.encode()) for name, value in headers.items()}
    assert keys_of(given, query_fields(query.replace(b"KEY", KEY.encode()))) == keys


@pytest.mark.parametrize(
    ("dsn", "found"),
    [
        pytest.param(f"https://{KEY}@host/7", Credentials(frozenset((KEY,)), 7), id="today's form"),
        pytest.param(f"https://{KEY}:secret@host/7", Credentials(frozenset((KEY,)), 7), id="with an old secret"),
        pytest.param(f"https://{KEY}@host:8443/a/b/7", Credentials(frozenset((KEY,)), 7), id="with a prefix"),
        pytest.param("https://host/7", Credentials(frozenset(), 7), id="without a key"),
        pytest.param("https://[", Credentials(), id="nonsense"),
        pytest.param(None, Credentials(), id="null"),
        pytest.param(5, Credentials(), id="a number"),
    ],
)
def test_of_dsn(dsn: object, found: Credentials) -> None:
    assert of_dsn(dsn) == found


def an_admission(**fields: object) -> Admission:
    return Admission(**({"key_id": "k", "project_id": 1} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "project_id", "fields", "origin", "reason"),
    [
        pytest.param({KEY}, 1, {}, "", None, id="a good key"),
        pytest.param({KEY}, 0, {}, "", None, id="a request that names no project"),
        pytest.param(set(), 1, {}, "", Reason.AUTH_MISSING, id="no key"),
        pytest.param({"x"}, 1, {}, "", Reason.AUTH_UNKNOWN, id="a key that nobody has"),
        pytest.param({KEY, OTHER}, 1, {}, "", Reason.AUTH_CONFLICT, id="two keys"),
        pytest.param({KEY}, 2, {}, "", Reason.PROJECT_MISMATCH, id="the key of another project"),
        pytest.param({KEY}, 1, {"active": False}, "", Reason.PROJECT_DISABLED, id="a project that is off"),
        pytest.param({KEY}, 1, {"doors": ("otlp",)}, "", Reason.AUTH_UNKNOWN, id="a key for another door"),
        pytest.param({KEY}, 1, {"origins": ("https://shop.example",)}, "https://evil.example", Reason.ORIGIN_DENIED,
                     id="an origin that is not allowed"),
        pytest.param({KEY}, 1, {"origins": ("https://shop.example",)}, "https://shop.example", None, id="one that is"),
        pytest.param({KEY}, 1, {"origins": ("*.shop.example",)}, "https://eu.shop.example:8443", None, id="by pattern"),
        pytest.param({KEY}, 1, {"origins": ("shop.example",)}, "http://shop.example", None, id="by host"),
        pytest.param({KEY}, 1, {"origins": ("https://shop.example",)}, "", None, id="no origin is no browser"),
        pytest.param({KEY}, 1, {"origins": ("https://shop.example",)}, "null", Reason.ORIGIN_DENIED,
                     id="the origin null"),
    ],
)  # fmt: skip
def test_admit(keys: set[str], project_id: int, fields: dict[str, object], origin: str, reason: Reason | None) -> None:
    found = admit(Credentials(frozenset(keys), project_id), {KEY: an_admission(**fields)}, Door.ENVELOPE, origin)
    match found:
        case Kept():
            assert reason is None
        case Rejected(why):
            assert why is reason
