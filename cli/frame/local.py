"""The local stack as the environment describes it."""

import os
from collections.abc import Mapping
from pathlib import Path

from cli.frame.command import Problem
from local_stack import records
from local_stack.config import StackConfig
from local_stack.records import Started
from local_stack.services import known_fields
from local_stack.state import state_folder
from runtime.config import load


def stack_config(environ: Mapping[str, str] | None = None) -> StackConfig:
    """ConfigError names every variable that nothing declares."""
    return load(StackConfig, os.environ if environ is None else environ, known_fields())


def folder() -> Path:
    return state_folder(stack_config())


def running() -> Started:
    """Addresses of the stack that runs; Problem if none does."""
    found = records.started(folder() / "run")
    if found is None:
        raise Problem("no stack runs here: start one with `gregor up`")
    return found
