"""Between servers and services: topics, roles, migrations, the first project."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from local_stack.addresses import DATABASE, Addresses
from local_stack.children import Tell
from local_stack.config import StackConfig
from local_stack.keys import PASSWORD_FILE, ROLES, UNTOLD, Keys
from local_stack.records import Started
from query_api.bootstrap import Bootstrapped, bootstrap
from runtime.secrets import master
from storage_sink import migrate
from topics import apply as topics


class Timed:
    """`with Timed("kafka", ...)`: tell when it is done and how long it took."""

    def __init__(self, name: str, timings: dict[str, float], tell: Tell) -> None:
        self.name, self.timings, self.tell = name, timings, tell

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.timings[self.name] = round(time.monotonic() - self.began, 2)
            self.tell(f"{self.name} ready after {self.timings[self.name]:.1f} s")


def prepare_stores(servers: Addresses, keys: Keys, timed: Callable[[str], Timed]) -> Bootstrapped:
    """Topics beside migrations, then the first project. All may be repeated."""
    with ThreadPoolExecutor(2) as pool:
        flow = pool.submit(_topics, servers, timed)
        with timed("migrations"):
            migrate.prepare(servers.postgres_admin, DATABASE, {role: keys.password(role) for role in ROLES})
            migrate.apply(servers.postgres("gregor_owner", keys.password("gregor_owner")))
        with timed("first project"):
            made = _bootstrap(servers, keys)
        flow.result()
    return made


def _topics(servers: Addresses, timed: Callable[[str], Timed]) -> None:
    with timed("topics"):
        topics.apply(servers.kafka_brokers, "local")


def _bootstrap(servers: Addresses, keys: Keys) -> Bootstrapped:
    """The password is random; it is kept before anything can go wrong with the telling."""
    role = "gregor_api"
    made = bootstrap(servers.postgres(role), keys.password(role), master(keys.master_key()))
    if made.password is not None:
        keys.replace(PASSWORD_FILE, made.password)
        keys.replace(UNTOLD, "the next start that succeeds tells the password")
    return made


def started(config: StackConfig, made: Bootstrapped, seconds: float, timings: dict[str, float]) -> Started:
    return Started(
        gateway_url=f"http://127.0.0.1:{config.gateway_port}",
        api_url=f"http://127.0.0.1:{config.api_port}",
        dsn=f"http://{made.key}@127.0.0.1:{config.gateway_port}/{made.project_id}",
        project_id=made.project_id,
        key=made.key,
        login=made.login,
        seconds=round(seconds, 1),
        timings=timings,
    )
