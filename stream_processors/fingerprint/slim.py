"""A stack frame as grouping reads it, and what it becomes."""

from typing import Final

import msgspec


class SlimFrame(msgspec.Struct, frozen=True):
    """Only the fields that can matter."""

    function: str = ""
    module: str = ""
    filename: str = ""
    abs_path: str = ""
    lineno: int = 0
    in_app: bool = False
    mapped: bool = False
    platform: str = ""
    context_line: str = ""
    package: str = ""
    instruction_addr: str = ""
    image_addr: str = ""


class Symbol(msgspec.Struct, frozen=True):
    """A frame that counts."""

    module: str
    function: str
    statement: str = ""
    line: str = ""  # the source line as it stands
    script: bool = False
    minified: bool = False
    library: bool = False  # of the language, even where it was compiled into the application

    @property
    def name(self) -> str:
        return f"{self.module}::{self.function}" if self.module else self.function


FRAMES: Final = msgspec.json.Decoder(tuple[SlimFrame, ...])
