"""A whole stack: real servers and our services in one state folder, for the command line, tests and benchmarks."""

import signal
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from local_stack import kafka_server, plan, probe, records, service_program, services, setup, state
from local_stack.addresses import Addresses, addresses, replaced, shared_values
from local_stack.children import Children, StartFailed, Tell
from local_stack.config import StackConfig
from local_stack.guard import Guard
from local_stack.keys import Keys
from local_stack.lock import Lock
from local_stack.process import Program, end_left_over
from local_stack.records import Started
from local_stack.watch import Watch
from runtime.config import PREFIX, load

REPLACED_WAIT_S: Final = 5.0
QUIET: Tell = lambda text: None  # noqa: E731 a callable that says nothing


class Stack:
    """`with Stack(config) as stack:` starts all and returns when every readiness question was answered.

    `given` are fields of services, by name, that differ from the stack's own values. Programs that die
    are started again with growing pauses until `stop`.
    """

    def __init__(
        self,
        config: StackConfig,
        given: Mapping[str, str] | None = None,
        *,
        only: tuple[str, ...] = services.STARTED,
        tell: Tell = QUIET,
    ) -> None:
        self.config, self.only, self.tell = config, only, tell
        self.state, self.cache = state.state_folder(config), state.cache_folder(config)
        self.run, self.logs, self.mail = self.state / "run", self.state / "logs", self.state / "mail"
        self.keys = Keys(self.state / "secrets")
        self.servers = tuple(name for name in plan.SERVERS if name not in replaced(config))
        self.given = dict(given or {})
        self.lock = Lock(self.run)
        self.children = Children(self.logs, self.run, tell)
        self.watch = Watch(self.children, self.state)
        self.guard = Guard(self.run)
        self.timings: dict[str, float] = {}

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, only: tuple[str, ...] = services.STARTED, tell: Tell = QUIET
    ) -> Self:
        """ConfigError names every GREGOR_ variable that nothing declares."""
        config = load(StackConfig, environ, services.known_fields())
        own = {PREFIX + name.upper() for name in StackConfig.__struct_fields__}
        given = {name: text for name, text in environ.items() if name.startswith(PREFIX) and name not in own}
        return cls(
            config, {name.removeprefix(PREFIX).lower(): text for name, text in given.items()}, only=only, tell=tell
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- start and stop

    def start(self) -> Started | None:
        """Servers, topics and migrations, first project, services. None when services were not asked for."""
        began = time.monotonic()
        try:
            self._claim()
            self._start_servers()
            if not self.only:
                return None
            first = setup.prepare_stores(self.addresses, self.keys, self._timed)
            self._start_services()
            started = setup.started(self.config, first, time.monotonic() - began, self.timings)
            self._wait_for_key(started)
        except BaseException:
            self.stop()
            raise
        records.write(self.run / "started.json", started)
        return started

    def _claim(self) -> None:
        state.prepare(self.state)
        self.lock.take()
        for name in end_left_over(self.run):
            self.tell(f"{name} of an earlier run was still there: stopped")
        (self.run / "started.json").unlink(missing_ok=True)
        full = state.room_wrong(self.state)
        busy = plan.ports_wrong(plan.ports(self.config, self.servers, self.only), probe.busy)
        wrong = ([full] if full else []) + busy
        if wrong:
            raise StartFailed("\n".join(wrong))
        self.guard.start()
        self.watch.start()

    def _start_servers(self) -> None:
        for name, address in replaced(self.config).items():
            self.tell(f"{name}: {address} is used instead of an own one")
            self.children.wait_for(name, plan.question(name, self.addresses), REPLACED_WAIT_S)
        if "kafka" in self.servers and not kafka_server.fetched(self.cache):
            self.tell("fetching Kafka's jars: 43 MB, once")
        self._all(self._start_server, self.servers)

    def _start_server(self, name: str) -> None:
        with self._timed(name):
            self.children.start(plan.server(name, self.config, self.state, self.cache)())
            self.children.wait_ready(name)

    def _start_services(self) -> None:
        for name in self.only:
            self.add(name)
        self._all(self._await_service, self.only)

    def _await_service(self, name: str) -> None:
        with self._timed(name):
            self.children.wait_ready(name)

    def _wait_for_key(self, started: Started) -> None:
        if "gateway" in self.only:
            ask = lambda: probe.key_known(started.gateway_url, started.project_id, started.key)  # noqa: E731
            self.children.wait_for("the first key", ask)

    def _all(self, act: Callable[[str], None], names: Iterable[str]) -> None:
        """At the same time; the first failure ends the waiting of the others."""
        with ThreadPoolExecutor(16) as pool:
            for future in [pool.submit(act, name) for name in names]:
                try:
                    future.result()
                except BaseException:
                    self.children.closing.set()
                    raise

    def _timed(self, name: str) -> "setup.Timed":
        return setup.Timed(name, self.timings, self.tell)

    def interrupt_start(self) -> None:
        """Make a start that is under way give up (children.Interrupted); nothing is revived from now on."""
        self.children.closing.set()

    def stop(self) -> None:
        """Services first, then servers; by process id. May be repeated."""
        self.children.closing.set()
        self.watch.stop()
        names = list(self.children.slots)
        self.children.stop(name for name in names if self.children.slots[name].program.kind == "service")
        self.children.stop(name for name in names if self.children.slots[name].program.kind == "server")
        self.guard.dismiss()
        if self.lock.held:
            (self.run / "started.json").unlink(missing_ok=True)
            (self.run / "status.json").unlink(missing_ok=True)
        self.lock.release()

    # --- while it runs

    @property
    def addresses(self) -> Addresses:
        return addresses(self.config, self.keys)

    def environment(self, service: str, **over: str) -> dict[str, str]:
        """GREGOR_ variables of a service; `over` are fields with other values."""
        values = shared_values(self.config, self.addresses, self.state) | self.given | over
        return service_program.environment(service, values, self.addresses, self.keys)

    def add(self, name: str, service: str = "", **over: str) -> Program:
        """Start one more process of `service` (default: `name`); `over` gives it ports and folders of its own."""
        environ = plan.plain_environment() | self.environment(service or name, **over)
        program = service_program.program(name, service or name, environ)
        self.children.start(program)
        return program

    def kill(self, name: str, number: int = signal.SIGKILL, *, hold: bool = False) -> None:
        """Send a signal. A program that dies of it comes again by itself, unless `hold`."""
        self.children.kill(name, number, hold)

    def restart(self, name: str) -> None:
        """Stop it if it runs, start it at once; also ends a `hold`."""
        self.children.restart(name)

    def remove(self, name: str) -> None:
        """Stop it gracefully; it stays down."""
        self.children.stop([name])

    def wait_ready(self, name: str, timeout_s: float = 120.0) -> float:
        return self.children.wait_ready(name, timeout_s)

    def pid(self, name: str) -> int | None:
        """Of the process that runs now; None while it is down."""
        child = self.children.slots[name].child
        return child.pid if child is not None and child.exit_code() is None else None

    def dsn(self, role: str) -> str:
        """PostgreSQL address with the password of `role`: for tests and for people who look inside."""
        return self.addresses.postgres(role, self.keys.password(role))
