"""What this machine lacks, what stands in the way, and what to do about it."""

import os
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Final

import msgspec

from local_stack import jars, keys, lock, plan, postgres_server, probe, services, state, tools
from local_stack.addresses import replaced
from local_stack.config import StackConfig
from runtime.config import ConfigError, load

PYTHON_LEAST: Final = (3, 11)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`do` is empty when all is well."""

    what: str
    found: str
    do: str = ""

    @property
    def ok(self) -> bool:
        return not self.do


def examine(environ: Mapping[str, str]) -> list[Check]:
    """Every check, also after one has failed."""
    try:
        config = load(StackConfig, environ, services.known_fields())
    except ConfigError as error:
        config = StackConfig()
        settings = Check(what="settings", found=str(error), do="unset or correct these variables")
    else:
        given = sorted(name for name in environ if name.startswith("GREGOR_"))
        settings = Check(what="settings", found=", ".join(given) or "defaults")
    return [settings, _python(), *_programs(config), _state(config), _room(config), *_ports(config), _secrets(config)]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < PYTHON_LEAST
    return Check(what="python", found=version, do="install Python 3.11 or newer" if old else "")


def _programs(config: StackConfig) -> list[Check]:
    wanted: dict[str, tuple[str, Callable[[], str]]] = {
        "java": ("kafka", lambda: str(tools.java(config).version)),
        "kafka jars": ("kafka", lambda: _jars(config)),
        "postgresql": ("postgres", lambda: str(tools.postgres_bin(config).version)),
        "postgresql user": ("postgres", lambda: postgres_server.user() or "ours"),
        "mongodb wire server": ("mongo", lambda: str(tools.secantus())),
        "mail catcher": ("smtp", _aiosmtpd),
    }
    elsewhere = replaced(config)
    checks = []
    for what, (server, find) in wanted.items():
        if server in elsewhere:
            checks.append(Check(what=what, found=f"not needed: {elsewhere[server]} is used"))
        else:
            checks.append(_tried(what, find))
    return checks


def _tried(what: str, find: Callable[[], str]) -> Check:
    """The error's text says what to do."""
    try:
        return Check(what=what, found=find())
    except (tools.ToolError, state.StateError) as error:
        return Check(what=what, found="not usable", do=str(error))


def _jars(config: StackConfig) -> str:
    folder = jars.folder(state.cache_folder(config))
    if not jars.wrong(folder):
        return str(folder)
    return f"will be fetched by {tools.maven()}"


def _aiosmtpd() -> str:
    if find_spec("aiosmtpd") is None:
        raise tools.ToolError("aiosmtpd is missing: run `make install`")
    return "aiosmtpd"


def _state(config: StackConfig) -> Check:
    folder = state.state_folder(config)
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(what="state folder", found=str(folder), do=f"{there} is not writable: set GREGOR_STATE")
    closed = state.closed_to(folder) if state.as_root() and "postgres" not in replaced(config) else None
    do = f"user postgres may not enter {closed}: chmod o+x it, or set GREGOR_STATE elsewhere" if closed else ""
    return Check(what="state folder", found=str(folder), do=do)


def _room(config: StackConfig) -> Check:
    wrong = state.room_wrong(state.state_folder(config))
    return Check(what="disk", found=wrong or "enough room", do="free some room, or set GREGOR_STATE" if wrong else "")


def _ports(config: StackConfig) -> list[Check]:
    """A stack that runs holds its own ports; then they are not asked."""
    if lock.held(state.state_folder(config) / "run"):
        return [Check(what="ports", found="held by the running stack")]
    own = tuple(name for name in plan.SERVERS if name not in replaced(config))
    wrong = plan.ports_wrong(plan.ports(config, own, services.STARTED), probe.busy)
    return [Check(what="port", found=line.split(";")[0], do=line) for line in wrong] or [
        Check(what="ports", found="all free")
    ]


def _secrets(config: StackConfig) -> Check:
    folder = state.state_folder(config) / "secrets"
    if not folder.is_dir():
        return Check(what="secrets", found="made by the first start")
    names = ", ".join(path.name for path in keys.open_to_others(folder))
    do = f"chmod 600 in {folder}: {names}" if names else ""
    return Check(what="secrets", found=f"{len(list(folder.iterdir()))} files", do=do)
