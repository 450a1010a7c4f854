"""Exceptions become problem details. What the server only may know goes to its log, by request id."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from psycopg_pool import PoolTimeout
from pymongo.errors import PyMongoError

from query_api.problems import Code, Flaw, Problem, ProblemBody, body

log = logging.getLogger(__name__)
AnyRequest = Request[Any, Any, Any]
BY_STATUS: Final = {
    400: Code.NOT_JSON,
    401: Code.SIGNED_OUT,
    404: Code.NOT_FOUND,
    405: Code.BAD_METHOD,
    413: Code.TOO_LARGE,
    415: Code.BAD_CONTENT_TYPE,
}


def answer(request: AnyRequest, problem: Problem) -> Response[ProblemBody]:
    return Response(
        body(problem, request.scope["state"].get("request_id", "")),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=problem.headers,
    )


def on_problem(request: AnyRequest, error: Problem) -> Response[ProblemBody]:
    return answer(request, error)


def on_invalid(request: AnyRequest, error: ValidationException) -> Response[ProblemBody]:
    """Litestar names the field and where it stands; a body's path becomes a JSON pointer."""
    flaws = tuple(flaw(found) for found in error.extra or () if isinstance(found, Mapping))
    return answer(request, Problem(Code.INVALID, flaws[0].message if flaws else "", flaws))


def flaw(found: Mapping[str, Any]) -> Flaw:
    key, source, message = (str(found.get(name, "")) for name in ("key", "source", "message"))
    if source == "body":
        pointer = "" if key == "data" else "/" + key.replace(".", "/")
        return Flaw(code=Code.INVALID, message=message, pointer=pointer)
    return Flaw(code=Code.INVALID, message=message, parameter=key)


def on_http(request: AnyRequest, error: HTTPException) -> Response[ProblemBody]:
    code = BY_STATUS.get(error.status_code)
    if code is None:
        return on_bug(request, error)
    headers = {"Allow": error.headers["Allow"]} if error.headers and "Allow" in error.headers else {}
    return answer(request, Problem(code, headers=headers))


def on_deep(request: AnyRequest, error: RecursionError) -> Response[ProblemBody]:
    return answer(request, Problem(Code.NOT_JSON, "It is nested too deeply."))


def on_data(request: AnyRequest, error: psycopg.DataError) -> Response[ProblemBody]:
    """A text that PostgreSQL cannot hold (NUL) or a number beyond its column."""
    return answer(request, Problem(Code.INVALID, "A value cannot be stored: a NUL character, or too large a number."))


def on_slow(request: AnyRequest, error: psycopg.errors.QueryCanceled) -> Response[ProblemBody]:
    return answer(request, Problem(Code.TOO_SLOW, "Narrow the question: a project, a shorter time."))


def on_away(request: AnyRequest, error: Exception) -> Response[ProblemBody]:
    log.warning("the database does not answer", extra={"fields": {"error": str(error)}})
    return answer(request, Problem(Code.UNAVAILABLE, headers={"Retry-After": "5"}))


def on_documents_away(request: AnyRequest, error: PyMongoError) -> Response[ProblemBody]:
    log.warning("the documents do not answer", extra={"fields": {"error": str(error)}})
    return answer(request, Problem(Code.DOCUMENTS_AWAY, headers={"Retry-After": "5"}))


def on_bug(request: AnyRequest, error: Exception) -> Response[ProblemBody]:
    request_id = request.scope["state"].get("request_id", "")
    log.error("a request failed", extra={"fields": {"request_id": request_id}}, exc_info=error)
    return answer(request, Problem(Code.INTERNAL))


HANDLERS: Final[dict[int | type[Exception], Any]] = {
    Problem: on_problem,
    ValidationException: on_invalid,
    HTTPException: on_http,
    RecursionError: on_deep,
    psycopg.errors.QueryCanceled: on_slow,
    psycopg.DataError: on_data,
    psycopg.OperationalError: on_away,
    PoolTimeout: on_away,
    PyMongoError: on_documents_away,
    Exception: on_bug,
}
