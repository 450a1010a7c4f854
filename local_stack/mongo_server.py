"""The MongoDB-wire server: SecantusDB, a program that is started and never imported."""

from pathlib import Path

from local_stack import probe, tools
from local_stack.config import StackConfig
from local_stack.process import Program


def program(config: StackConfig, folder: Path, environ: dict[str, str]) -> Program:
    """Commits are synchronous: without that flag a kill lost acknowledged writes."""
    settings = folder / "secantusd.toml"
    settings.write_text("")  # else it looks for one in the home folder
    uri = f"mongodb://127.0.0.1:{config.mongo_port}"
    command = [str(tools.secantus()), "--config", str(settings), "--host", "127.0.0.1"]
    command += ["--port", str(config.mongo_port), "--storage-path", str(folder / "data"), "--cache-size", "128M"]
    command += ["--sync-on-commit", "--noop-heartbeat-seconds", "10", "--log-level", "WARNING"]
    return Program(
        name="mongo",
        kind="server",
        command=tuple(command),
        environ=environ,
        folder=folder,
        ready=lambda: probe.mongo(uri),
        ports=(config.mongo_port,),
    )
