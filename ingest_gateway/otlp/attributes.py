"""OpenTelemetry's names for what an event of ours calls otherwise."""

from typing import Final

from ingest_gateway.normalise.shapes import first
from ingest_gateway.normalise.text import Json, Object, plain

HEADER: Final = "http.request.header."
ANSWER_HEADER: Final = "http.response.header."
PLATFORMS: Final = {
    "nodejs": "node",
    "webjs": "javascript",
    "dotnet": "csharp",
    "cpp": "native",
    "rust": "native",
    "swift": "cocoa",
    "erlang": "elixir",
}
QUALIFIED: Final = frozenset({"python", "java", "csharp"})
READ: Final = frozenset(
    {
        "exception.type",
        "exception.message",
        "exception.stacktrace",
        "exception.escaped",
        "enduser.id",
        "user.id",
        "user.name",
        "user.full_name",
        "user.email",
        "session.id",
        "http.request.method",
        "http.method",
        "url.full",
        "http.url",
        "http.route",
        "http.response.status_code",
        "http.status_code",
        "client.address",
        "http.client_ip",
        "user_agent.original",
        "http.user_agent",
        "http.server.request.duration",
    }
)


def platform(resource: Object) -> str:
    language = plain(resource.get("telemetry.sdk.language")).lower()
    return PLATFORMS.get(language, language) or "other"


def named(resource: Object) -> Object:
    """Service, release, environment, host and SDK."""
    sdk = {"name": first(resource, "telemetry.distro.name", "telemetry.sdk.name")}
    sdk["version"] = first(resource, "telemetry.distro.version", "telemetry.sdk.version")
    return {
        "service": resource.get("service.name"),
        "release": resource.get("service.version"),
        "environment": first(resource, "deployment.environment.name", "deployment.environment"),
        "server_name": first(resource, "host.name", "k8s.pod.name"),
        "sdk": sdk,
    }


def user(given: Object) -> Object:
    found: Object = {
        "id": first(given, "user.id", "enduser.id"),
        "username": first(given, "user.name", "user.full_name"),
        "email": given.get("user.email"),
    }
    return {name: value for name, value in found.items() if value is not None}


def request(given: Object) -> Object:
    """Only when an attribute says that there was one."""
    headers: list[Json] = [
        [name.removeprefix(HEADER), value] for name, value in given.items() if name.startswith(HEADER)
    ]
    agent = first(given, "user_agent.original", "http.user_agent")
    if agent is not None:
        headers.append(["User-Agent", agent])
    found: Object = {
        "method": first(given, "http.request.method", "http.method"),
        "url": url(given),
        "route": given.get("http.route"),
        "headers": headers,
        "query_string": given.get("url.query"),
        "env": {"REMOTE_ADDR": first(given, "client.address", "http.client_ip")},
    }
    return found if found["method"] or found["url"] or found["route"] else {}


def url(given: Object) -> str:
    whole = first(given, "url.full", "http.url")
    if whole is not None:
        return plain(whole)
    host = plain(first(given, "server.address", "http.host", "net.host.name"))
    path = plain(first(given, "url.path", "http.target"))
    scheme = plain(first(given, "url.scheme", "http.scheme")) or "http"
    return f"{scheme}://{host}{path}" if host and path else path


def response(given: Object) -> Object:
    status = first(given, "http.response.status_code", "http.status_code")
    if status is None:
        return {}
    headers: list[Json] = [
        [name.removeprefix(ANSWER_HEADER), value] for name, value in given.items() if name.startswith(ANSWER_HEADER)
    ]
    seconds = given.get("http.server.request.duration")
    took = round(seconds * 1000) if isinstance(seconds, int | float) and 0 <= seconds < 10**9 else None
    return {"status_code": status, "headers": headers, "duration_ms": took}


def code_frame(given: Object) -> Object:
    """Where it happened, as instrumentation says it; empty without a name."""
    function = plain(first(given, "code.function.name", "code.function"))
    module = plain(given.get("code.namespace"))
    if not module and "." in function:
        module, _, function = function.rpartition(".")
    found: Object = {
        "function": function,
        "module": module,
        "filename": first(given, "code.file.path", "code.filepath"),
        "lineno": first(given, "code.line.number", "code.lineno"),
    }
    return found if function or found["filename"] else {}


def rest(given: Object) -> Object:
    """What has no field of its own."""
    gone = (HEADER, ANSWER_HEADER)
    return {name: value for name, value in given.items() if name not in READ and not name.startswith(gone)}
