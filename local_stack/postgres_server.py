"""PostgreSQL from the machine's own programs. It refuses to run as root, then it runs as `postgres`."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Final

from local_stack import probe, proc, state, tools
from local_stack.config import StackConfig
from local_stack.keys import Keys
from local_stack.process import Program

SUPERUSER: Final = "postgres"
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may be 107 bytes long, a state folder's more
    "max_connections": "80",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "wal_compression": "on",
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
HBA: Final = "host all all 127.0.0.1/32 scram-sha-256\n"


def admin_dsn(config: StackConfig, password: str) -> str:
    """Passwords of ours are safe in an address by construction."""
    return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{config.postgres_port}/postgres"


def user() -> str:
    """Who runs the server; empty: we ourselves."""
    if not state.as_root():
        return ""
    try:
        pwd.getpwnam(SUPERUSER)
    except KeyError as error:
        raise tools.ToolError(f"PostgreSQL does not run as root and there is no user {SUPERUSER}") from error
    return SUPERUSER


def prepare(config: StackConfig, keys: Keys, folder: Path) -> Path:
    """Make the data folder the first time; returns the folder of the programs."""
    programs = tools.postgres_bin(config).path
    owner = user()
    if owner:
        closed = state.closed_to(folder.parent)
        if closed:
            raise state.StateError(f"user {owner} may not enter {closed}: chmod o+x it, or set GREGOR_STATE elsewhere")
        shutil.chown(folder, owner, owner)
    if not (folder / "data/PG_VERSION").exists():
        _initdb(programs, keys.password(SUPERUSER), folder, owner)
    _forget_stranger(folder / "data/postmaster.pid")
    return programs


def _initdb(programs: Path, password: str, folder: Path, owner: str) -> None:
    """Half a data folder is removed, so that the next start begins anew."""
    data, secret = folder / "data", folder / "password"
    handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password + "\n")
    if owner:
        shutil.chown(secret, owner, owner)
    command = [str(programs / "initdb"), "-D", str(data), "-U", SUPERUSER, f"--pwfile={secret}"]
    command += ["-A", "scram-sha-256", "--encoding=UTF8", f"--locale={_locale()}"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **as_user(owner))
    finally:
        secret.unlink()
    if ran.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise tools.ToolError(f"initdb failed: {ran.stderr.strip()[-500:]}")
    (data / "pg_hba.conf").write_text(HBA)


def _locale() -> str:
    """A UTF-8 one, so that lower() and trigrams know more than ASCII."""
    command = ["locale", "-a"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return next((name for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8") if name in listed), "C")


def as_user(owner: str) -> dict[str, Any]:
    return {"user": owner, "group": owner, "extra_groups": []} if owner else {}


def _forget_stranger(pid_file: Path) -> None:
    """A stale postmaster.pid whose id now belongs to another program would stop the start."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().splitlines()[0])
        if "postgres" not in proc.command(pid):
            pid_file.unlink()


def program(config: StackConfig, keys: Keys, folder: Path, environ: dict[str, str]) -> Program:
    programs = prepare(config, keys, folder)
    settings = SETTINGS | {"port": str(config.postgres_port)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    admin = admin_dsn(config, keys.password(SUPERUSER))
    return Program(
        name="postgres",
        kind="server",
        command=(str(programs / "postgres"), "-D", str(folder / "data"), *options),
        environ=environ,
        folder=folder,
        ready=lambda: probe.postgres(admin),
        ports=(config.postgres_port,),
        user=user(),
        stop_signal=signal.SIGINT,  # fast: ends sessions, writes a checkpoint
        grace_s=30.0,
    )
