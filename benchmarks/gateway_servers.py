"""Kafka, the gateway and a bare uvicorn app, each a process of its own, for the door's benchmark."""

import subprocess
import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

import msgspec
import psutil
from msgspec.structs import replace

from local_stack import probe
from local_stack.scratch import free_ports, scratch
from local_stack.stack import Stack
from runtime.kafka import Outgoing, producer, publish
from runtime.settings import SettingsView
from schemas.setting import Setting
from schemas.settings.project import ProjectSettings, Quota
from schemas.wire import encode

BARE: Final = """
import sys, uvicorn
ANSWER = b'{"id":"9f3a0c1e22d4b8709f3a0c1e22d4b870"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
async def app(scope, receive, send):
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})
uvicorn.run(app, port=int(sys.argv[1]), http="httptools", loop="uvloop", lifespan="off", ws="none", log_level="error",
            access_log=False, server_header=False, date_header=False, proxy_headers=False)
"""


BARE_WAIT_S: Final = 10.0


def lift_quota(brokers: str, project_id: int) -> None:
    """A benchmark is faster than a project may be: the newest setting wins, and this one is unlimited."""
    view = SettingsView(brokers)
    view.start()
    view.wait(10)
    setting_id = f"project:{project_id}"
    project = view.snapshot.get(setting_id, ProjectSettings)
    assert project is not None
    value = msgspec.json.encode(replace(project, quota=Quota(per_s=0, burst=0)))
    at = time.time_ns() // 1_000_000
    setting = Setting(setting_id=setting_id, kind="project", version=99, at=at, value=msgspec.Raw(value))
    publish(producer(brokers), [Outgoing("settings", setting_id.encode(), encode(setting))])
    assert view.wait_for(view.offset + 1, 10)
    view.stop()
    time.sleep(1)  # until the gateway's own view has it


class Servers:
    """`with Servers() as servers:` all are ready; afterwards all are gone."""

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            config = exits.enter_context(scratch())
            stack = Stack(config, only=("api", "gateway"))  # the API's relay brings the key
            exits.callback(stack.stop)
            started = stack.start()
            assert started is not None
            self.key, self.door_port = started.key, config.gateway_port
            lift_quota(stack.addresses.kafka_brokers, started.project_id)
            self.door = psutil.Process(stack.pid("gateway"))
            self.bare_port = free_ports(1)[0]
            program = subprocess.Popen([sys.executable, "-c", BARE, str(self.bare_port)])
            exits.callback(program.terminate)
            self.bare = psutil.Process(program.pid)
            self._wait_for_bare()
            self.exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exits.close()

    def _wait_for_bare(self) -> None:
        until = time.monotonic() + BARE_WAIT_S
        while not probe.busy(self.bare_port):
            assert time.monotonic() < until, "the bare server does not listen"
            time.sleep(0.05)
