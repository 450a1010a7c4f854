"""The OpenAPI document: Litestar's, with rights, problems and path parameters said of every operation."""

from collections.abc import Iterator
from typing import Final

import msgspec

from query_api.operations import BY_ID, Operation
from query_api.problems import STATUS, Code, ProblemBody
from query_api.rights import Least

Json = dict[str, object]
WORDS: Final = {
    Least.NOBODY: "anybody",
    Least.SELF: "self",
    Least.VIEWER: "viewer",
    Least.MEMBER: "member",
    Least.ADMIN: "admin",
    Least.OWNER: "owner",
    Least.STAFF: "staff",
}
PROBLEM: Final = "#/components/schemas/Problem"
EVERYWHERE: Final = (
    *(Code.INVALID, Code.UNKNOWN_PARAMETER, Code.ADDRESS_TOO_LONG, Code.RATE_LIMITED),
    *(Code.INTERNAL, Code.UNAVAILABLE, Code.TOO_SLOW),
)


def finished(document: Json, types: dict[str, str]) -> Json:
    """`types`: path parameters by name, as JSON types. Sorted, so that the committed file is stable."""
    components = mapping(document.setdefault("components", {}))
    schemas = mapping(components.setdefault("schemas", {}))
    components["securitySchemes"] = {
        "login": {"type": "apiKey", "in": "cookie", "name": "gregor"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    schemas["Problem"] = problem_schema()
    shared = mapping(components.setdefault("responses", {}))
    for path, entry in operations(document):
        operation = BY_ID[str(entry["operationId"])]
        describe(entry, operation, shared)
        add_path_parameters(entry, path, types)
    return document


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in mapping(document["paths"]).items():
        for entry in mapping(item).values():
            if isinstance(entry, dict) and entry.get("operationId") in BY_ID:
                yield path, entry


def describe(entry: Json, operation: Operation, shared: Json) -> None:
    """`shared`: responses of the components, where equal sets of problems are written once."""
    entry["x-gregor-role"] = WORDS[operation.least]
    if operation.scope:
        entry["x-gregor-scope"] = operation.scope
    if operation.command:
        entry["x-gregor-command"] = f"gregor {operation.command}"
    entry["security"] = [] if operation.least is Least.NOBODY else [{"login": []}, {"token": []}]
    responses = mapping(entry["responses"])
    responses.pop("400", None)
    for status in ALSO.get(operation.id, ()):
        responses[status] = responses[str(operation.status)]
    for number, found in by_status(codes(operation)).items():
        name = "_".join(found)
        shared.setdefault(name, response(found))
        responses[str(number)] = {"$ref": f"#/components/responses/{name}"}


def by_status(found: tuple[Code, ...]) -> dict[int, tuple[Code, ...]]:
    statuses = sorted({STATUS[code][0] for code in found})
    return {status: tuple(sorted(code for code in set(found) if STATUS[code][0] == status)) for status in statuses}


def response(found: tuple[Code, ...]) -> Json:
    words = "; ".join(f"`{code}`: {STATUS[code][1]}" for code in found)
    return {"description": words, "content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}}}


def codes(operation: Operation) -> tuple[Code, ...]:
    """The problems an operation may answer, by what its row says."""
    found = list(EVERYWHERE)
    if operation.least is not Least.NOBODY:
        found += [Code.SIGNED_OUT, Code.SCOPE_NEEDED, Code.ROLE_NEEDED]
    if "{" in operation.path:
        found.append(Code.NOT_FOUND)
    if operation.method != "GET":
        found += [Code.CONFLICT, Code.TOO_LARGE, Code.FOREIGN_ORIGIN, Code.BAD_CSRF, Code.NOT_JSON]
    if operation.method in {"PUT", "PATCH", "DELETE"}:
        found += [Code.VERSION_CONFLICT, Code.VERSION_NEEDED]
    if operation.id in MORE:
        found += MORE[operation.id]
    return tuple(found)


ALSO: Final[dict[str, tuple[str, ...]]] = {
    "releases_declare": ("200",),  # it was declared before
    "issues_act": ("200",),  # a dry run
    "methods_verify": ("200",),  # the code was right
}
MORE: Final[dict[str, tuple[Code, ...]]] = {
    "login": (Code.BAD_CREDENTIALS,),
    "issues_event": (Code.EXPIRED, Code.DOCUMENTS_AWAY),
    "occurrences_show": (Code.EXPIRED, Code.DOCUMENTS_AWAY),
    "deliveries_list": (Code.BAD_CURSOR, Code.CURSOR_MISMATCH),
    "dead_redrive": (Code.EXPIRED,),
    "passwords_choose": (Code.EXPIRED,),
    "events_list": (Code.BAD_CURSOR, Code.CURSOR_MISMATCH, Code.BAD_QUERY, Code.NOT_FOUND),
    "events_raw": (Code.EXPIRED, Code.DOCUMENTS_AWAY),
    "events_curl": (Code.EXPIRED, Code.DOCUMENTS_AWAY),
    "issues_merge": (Code.NOT_FOUND,),
    "issues_act": (Code.NEEDS_NARROWING, Code.UNEXPECTED_COUNT, Code.BAD_QUERY, Code.NOT_FOUND),
    "stats_breakdown": (Code.NEEDS_NARROWING,),
    "issues_list": (Code.BAD_QUERY, Code.BAD_CURSOR, Code.CURSOR_MISMATCH, Code.NEEDS_NARROWING),
}


def add_path_parameters(entry: Json, path: str, types: dict[str, str]) -> None:
    """Litestar forgets those that only the guard reads."""
    listed = entry.setdefault("parameters", [])
    assert isinstance(listed, list)
    there = {mapping(parameter)["name"] for parameter in listed}
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        if name not in there:
            schema = {"type": types.get(name, "string")}
            listed.append({"name": name, "in": "path", "required": True, "schema": schema})


def problem_schema() -> Json:
    (_,), components = msgspec.json.schema_components([ProblemBody], ref_template="#/components/schemas/{name}")
    schema = mapping(components["ProblemBody"])
    properties = mapping(schema["properties"])
    properties["code"] = {"enum": sorted(Code)}
    properties["errors"] = {"type": "array", "items": {"type": "object"}}
    return schema


def mapping(value: object) -> Json:
    assert isinstance(value, dict)
    return value
