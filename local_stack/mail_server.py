"""The mail catcher as a program of the stack."""

import sys
from pathlib import Path

from local_stack import probe
from local_stack.config import StackConfig
from local_stack.process import Program

ROOT = Path(__file__).parents[1]


def program(config: StackConfig, folder: Path, environ: dict[str, str]) -> Program:
    return Program(
        name="smtp",
        kind="server",
        command=(sys.executable, "-m", "local_stack.mail_catcher", str(config.smtp_port), str(folder)),
        environ=environ,
        folder=ROOT,
        ready=lambda: probe.smtp("127.0.0.1", config.smtp_port),
        ports=(config.smtp_port,),
    )
