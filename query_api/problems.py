"""What may go wrong, as a closed set: each code has one status and one title (RFC 9457)."""

from enum import StrEnum
from typing import Final

import msgspec


class Code(StrEnum):
    """Codes of problem details; docs/api.md explains each."""

    INVALID = "invalid"
    NOT_JSON = "not_json"
    UNKNOWN_PARAMETER = "unknown_parameter"
    REPEATED_PARAMETER = "repeated_parameter"
    BAD_CURSOR = "bad_cursor"
    CURSOR_MISMATCH = "cursor_mismatch"
    BAD_QUERY = "bad_query"
    NEEDS_NARROWING = "needs_narrowing"
    SIGNED_OUT = "signed_out"
    BAD_CREDENTIALS = "bad_credentials"
    BAD_CSRF = "bad_csrf"
    FOREIGN_ORIGIN = "foreign_origin"
    SCOPE_NEEDED = "scope_needed"
    ROLE_NEEDED = "role_needed"
    NOT_FOUND = "not_found"
    BAD_METHOD = "bad_method"
    CONFLICT = "conflict"
    KEY_REUSED = "key_reused"
    UNEXPECTED_COUNT = "unexpected_count"
    EXPIRED = "expired"
    VERSION_CONFLICT = "version_conflict"
    TOO_LARGE = "too_large"
    ADDRESS_TOO_LONG = "address_too_long"
    BAD_CONTENT_TYPE = "bad_content_type"
    VERSION_NEEDED = "version_needed"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    TOO_SLOW = "too_slow"
    DOCUMENTS_AWAY = "documents_away"


STATUS: Final[dict[Code, tuple[int, str]]] = {
    Code.INVALID: (400, "The request is not valid"),
    Code.NOT_JSON: (400, "The body is not JSON"),
    Code.UNKNOWN_PARAMETER: (400, "The operation has no such parameter"),
    Code.REPEATED_PARAMETER: (400, "The parameter may be given once"),
    Code.BAD_CURSOR: (400, "The cursor is not one of ours"),
    Code.CURSOR_MISMATCH: (400, "The cursor belongs to another query"),
    Code.BAD_QUERY: (400, "The query cannot be read"),
    Code.NEEDS_NARROWING: (422, "The query would read too much"),
    Code.SIGNED_OUT: (401, "Sign in first"),
    Code.BAD_CREDENTIALS: (401, "Address or password is wrong"),
    Code.BAD_CSRF: (403, "The CSRF token is missing or not of this login"),
    Code.FOREIGN_ORIGIN: (403, "The request comes from another site"),
    Code.SCOPE_NEEDED: (403, "The token does not reach this far"),
    Code.ROLE_NEEDED: (403, "Your role does not allow this"),
    Code.NOT_FOUND: (404, "There is nothing here"),
    Code.BAD_METHOD: (405, "The address does not answer this method"),
    Code.CONFLICT: (409, "It clashes with what is stored"),
    Code.KEY_REUSED: (409, "The Idempotency-Key was used for another request"),
    Code.UNEXPECTED_COUNT: (409, "The query meets another number of issues than expected"),
    Code.EXPIRED: (410, "It is no longer kept"),
    Code.VERSION_CONFLICT: (412, "Somebody else changed it"),
    Code.TOO_LARGE: (413, "The request is too large"),
    Code.ADDRESS_TOO_LONG: (414, "The address is too long"),
    Code.BAD_CONTENT_TYPE: (415, "The body must be application/json"),
    Code.VERSION_NEEDED: (428, "Say which version you change: If-Match"),
    Code.RATE_LIMITED: (429, "Too many requests"),
    Code.INTERNAL: (500, "The server failed"),
    Code.UNAVAILABLE: (503, "The database does not answer"),
    Code.TOO_SLOW: (503, "The question took too long"),
    Code.DOCUMENTS_AWAY: (503, "The store of documents does not answer"),
}


class Flaw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and where: a JSON pointer into the body or a query parameter."""

    code: str
    message: str
    pointer: str = ""
    parameter: str = ""
    position: int | msgspec.UnsetType = msgspec.UNSET
    length: int | msgspec.UnsetType = msgspec.UNSET


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`application/problem+json`."""

    type: str
    title: str
    status: int
    code: Code
    detail: str = ""
    request_id: str = ""
    errors: tuple[Flaw, ...] = ()


class Problem(Exception):
    """Ends a request; the answer is its body. Never holds what only the server may know."""

    def __init__(
        self, code: Code, detail: str = "", errors: tuple[Flaw, ...] = (), *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    @property
    def status(self) -> int:
        return STATUS[self.code][0]


def body(problem: Problem, request_id: str) -> ProblemBody:
    status, title = STATUS[problem.code]
    return ProblemBody(
        type=f"/problems/{problem.code}",
        title=title,
        status=status,
        code=problem.code,
        detail=problem.detail,
        request_id=request_id,
        errors=problem.errors,
    )


def not_found() -> Problem:
    """Foreign and unknown give the same words."""
    return Problem(Code.NOT_FOUND)


def invalid(pointer: str, message: str, code: str = "invalid") -> Problem:
    return Problem(Code.INVALID, message, (Flaw(code=code, message=message, pointer=pointer),))
