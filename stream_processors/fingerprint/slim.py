"""A stack frame as grouping reads it, and what it becomes."""

from typing import Final

import msgspec


class SlimFrame(msgspec.Struct, frozen=True):
    """Only the fields that can matter. Line numbers move without meaning anything: they are read apart."""

    function: str = ""
    module: str = ""
    filename: str = ""
    abs_path: str = ""
    in_app: bool = False
    mapped: bool = False
    platform: str = ""
    context_line: str = ""
    package: str = ""
    instruction_addr: str = ""
    image_addr: str = ""


class LineOf(msgspec.Struct, frozen=True):
    lineno: int = 0


class Symbol(msgspec.Struct, frozen=True):
    """A frame that counts."""

    module: str
    function: str
    statement: str = ""
    line: str = ""  # the source line as it stands
    script: bool = False
    minified: bool = False
    library: bool = False  # of the language, even where it was compiled into the application
    noise: str = ""  # why it counts only where nothing else is left

    @property
    def name(self) -> str:
        return f"{self.module}::{self.function}" if self.module else self.function


FRAMES: Final = msgspec.json.Decoder(tuple[SlimFrame, ...])
LINES: Final = msgspec.json.Decoder(tuple[LineOf, ...])
