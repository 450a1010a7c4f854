"""The API for commands: where it is, who we are, one request at a time.

Address and token come from GREGOR_URL and GREGOR_TOKEN, else from the file that `gregor login` wrote, else from
the local stack, whose administrator we are when we may read its secrets.
"""

import http.client
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from cli.frame.command import Problem

PREFIX = "/api/v1"
WAIT_S = 15.0
DECIDED_S = 10.0
GROUPS = (
    *("issues", "events", "stats", "alerts", "deliveries", "settings", "people", "ops", "reports", "audit"),
    *("releases", "artifacts"),
)
CLI_TOKEN = "cli_token"  # noqa: S105 the name of a file
ADMIN_PASSWORD = "admin_password"  # noqa: S105 the name of a file


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept between calls, in a file of mode 0600."""

    url: str
    token: str


def login_file(environ: dict[str, str] | None = None) -> Path:
    values = dict(os.environ) if environ is None else environ
    folder = values.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(folder) / "gregor" / "login.json"


def keep(login: Login, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(login))


class Client:
    """Requests with a token; a problem of the API is a problem for the person."""

    def __init__(self, login: Login) -> None:
        self.login = login

    def get(self, path: str, **query: Any) -> Any:
        given = [(name, value) for name, value in query.items() if value not in (None, "")]
        return self.send("GET", path + (f"?{urlencode(given, doseq=True)}" if given else ""))

    def post(self, path: str, body: Any = None) -> Any:
        return self.send("POST", path, {} if body is None else body)

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The decoded answer; a refusal is raised with its words."""
        sent = {"Authorization": f"Bearer {self.login.token}"} if self.login.token else {}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        with request(self.login.url, method, PREFIX + path, data=data, headers=sent | (headers or {})) as answer:
            return decoded(answer)

    def decide(self, path: str, body: Any) -> dict[str, Any]:
        """Send a decision and wait until a stage has answered it."""
        accepted = self.post(path, body)
        until = time.monotonic() + DECIDED_S
        while True:
            state: dict[str, Any] = self.get(f"/commands/{accepted['command_id']}")
            if state["state"] not in {"queued", "published"} or time.monotonic() > until:
                return state
            time.sleep(0.1)


@contextmanager
def request(url: str, method: str, path: str, **more: Any) -> Iterator[http.client.HTTPResponse]:
    """One exchange; Problem when nobody answers."""
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=more.get("timeout", WAIT_S))
    try:
        connection.request(method, parts.path.rstrip("/") + path, more.get("data"), more.get("headers") or {})
        yield connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise Problem(f"{url} does not answer: {error or type(error).__name__}") from error
    finally:
        connection.close()


def decoded(answer: http.client.HTTPResponse) -> Any:
    raw = answer.read()
    found = json.loads(raw) if raw.strip() else None
    if answer.status >= 400:
        raise Problem(words(found, answer.status))
    return found


def words(problem: Any, status: int) -> str:
    """A problem in one line, then what is wrong where."""
    if not isinstance(problem, dict):
        return f"refused with {status}"
    title = problem.get("title", f"refused with {status}")
    detail = problem.get("detail", "")
    lines = [f"{title}: {detail}" if detail else str(title)]
    for flaw in problem.get("errors", []):
        where = flaw.get("parameter") or flaw.get("pointer") or ""
        if flaw.get("message") not in {None, detail}:
            lines.append(f"  {where}: {flaw['message']}" if where else f"  {flaw['message']}")
    return "\n".join(lines)


def signed_in() -> Client:
    """A client that may speak for somebody; says how to become one otherwise."""
    url, token = os.environ.get("GREGOR_URL", ""), os.environ.get("GREGOR_TOKEN", "")
    if url and token:
        return Client(Login(url=url, token=token))
    if url or token:
        raise Problem("GREGOR_URL and GREGOR_TOKEN belong together: set both or none")
    kept = login_file()
    if kept.exists():
        return Client(msgspec.json.decode(kept.read_bytes(), type=Login))
    return Client(of_local_stack())


def of_local_stack() -> Login:
    from cli.frame.local import folder, running
    from local_stack.keys import Keys

    try:
        started = running()
        keys = Keys(folder() / "secrets")
        token = keys.find(CLI_TOKEN) or ""
        if not token or not works(started.api_url, token):
            password = keys.find(ADMIN_PASSWORD) or ""
            token = new_token(started.api_url, started.login, password, name="gregor on this machine")
            keys.replace(CLI_TOKEN, token)
    except PermissionError as error:
        raise Problem("sign in first: gregor login") from error
    return Login(url=started.api_url, token=token)


def works(url: str, token: str) -> bool:
    with request(url, "GET", f"{PREFIX}/me", headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status == 200


def new_token(url: str, email: str, password: str, name: str) -> str:
    """Sign in with a password and take a token that lasts; the login itself is ended."""
    data = json.dumps({"email": email, "password": password}).encode()
    kind = {"Content-Type": "application/json"}
    with request(url, "POST", f"{PREFIX}/login", data=data, headers=kind) as answer:
        cookie = (answer.headers.get("Set-Cookie") or "").partition(";")[0]
        me = decoded(answer)
    headers = kind | {"Cookie": cookie, "X-Gregor-CSRF": me["csrf"], "Origin": origin(url)}
    wanted = json.dumps({"name": name, "scopes": [f"{group}:write" for group in GROUPS], "days": 365}).encode()
    with request(url, "POST", f"{PREFIX}/tokens", data=wanted, headers=headers) as answer:
        token: str = decoded(answer)["token"]
    with request(url, "POST", f"{PREFIX}/logout", headers=headers):
        return token


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
