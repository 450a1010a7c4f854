"""From a stack frame to a symbol: what stays the same in every build, host and run (grouping.md 3.2)."""

from typing import Final

import msgspec

MAX_NAME: Final = 500


class SlimFrame(msgspec.Struct, frozen=True):
    """A frame as grouping reads it."""

    function: str = ""
    module: str = ""
    filename: str = ""
    abs_path: str = ""
    lineno: int = 0
    in_app: bool = False
    platform: str = ""
    context_line: str = ""
    package: str = ""
    instruction_addr: str = ""


class Symbol(msgspec.Struct, frozen=True):
    """A frame that counts. `name` is `module::function`, empty when it has none."""

    name: str
    statement: str = ""
    app: bool = False


FRAMES: Final = msgspec.json.Decoder(tuple[SlimFrame, ...])


def symbol(frame: SlimFrame, platform: str) -> Symbol | None:
    """None: the frame leaves no trace."""
    function = frame.function.strip()[:MAX_NAME]
    module = (frame.module or file_of(frame.filename or frame.abs_path))[:MAX_NAME]
    if not function and not module:
        return None
    return Symbol(f"{module}::{function}", statement(frame.context_line), frame.in_app)


def file_of(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].lower()


def statement(line: str) -> str:
    """The source line without blanks, quotes of one kind."""
    text = "".join(line[:200].split()).replace('"', "'").replace("`", "'")
    text = text.removesuffix(";").removesuffix(",")
    return text if len(text) >= 4 and any(map(str.isalnum, text)) else ""
