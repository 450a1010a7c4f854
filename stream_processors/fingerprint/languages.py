"""Names in managed languages: without the numbers that compilers and runtimes make up (grouping.md 3.2)."""

from collections.abc import Callable
from typing import Final

import re2

from stream_processors.fingerprint import noise
from stream_processors.fingerprint.paths import file_name
from stream_processors.fingerprint.slim import SlimFrame

LAMBDA: Final = "<lambda>"
JAVA_LAMBDA: Final = re2.compile(r"^lambda\$(?:(\w+?)\$)?\d+$")
KOTLIN_LAMBDA: Final = re2.compile(r"^(\w+)\$lambda[-$]\d+(?:\$lambda[-$]\d+)*$")
SCALA_LAMBDA: Final = re2.compile(r"^\$anonfun\$(?:(\w+?)\$)?\d+$")
ACCESS: Final = re2.compile(r"^access\$\d+$")
CLASS_NUMBER: Final = re2.compile(r"\$\d+")
CLOJURE_NUMBER: Final = re2.compile(r"(\$(?:fn|eval|iter|reify|G))__\d+")
PHP_ANONYMOUS: Final = re2.compile(r"class@anonymous.*?(::|$)")
GENERATED_NUMBER: Final = re2.compile(r"_?\d{2,}$")
RUBY_BLOCK: Final = re2.compile(r"^(?:(?:block|rescue|ensure)(?: \(\d+ levels\))? in )+")
RUBY_ERB: Final = re2.compile(r"_{2,3}\d{3,}_\d{3,}$")
RUBY_OWNER: Final = re2.compile(r"^[A-Z][\w:]*[#.](\S+)$")
DOTNET_INNER: Final = re2.compile(r"<(\w*)>[a-z]__\w+(?:\.\w+)?(?:\.MoveNext)?$")
DOTNET_CLASS: Final = re2.compile(r"[+.]<(\w*)>[a-z]__\w+$|[+.]<>c(?:__\w+)?$")
DOTNET_ARITY: Final = re2.compile(r"`\d+(?:\[.*\])?")
ELIXIR_ANONYMOUS: Final = re2.compile(r"^(?:anonymous )?fn(?:/\d+)? in ")
ERLANG_FUN: Final = re2.compile(r"^-(\w[\w?!]*/\d+)-(?:fun|lc|inlined)-.*$")
GO_CLOSURE: Final = re2.compile(r"(?:\.func\d+|\.\d+|-fm|-range\d+|\.gowrap\d+|\.deferwrap\d+)+$")
GO_GENERIC: Final = re2.compile(r"\[[^\]]*\]")
EMPTY_PYTHON: Final = frozenset(["<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "?"])
Names = tuple[str, str]  # module, function


def jvm(frame: SlimFrame) -> Names | str:
    module, function = frame.module or file_name(frame.filename or frame.abs_path), frame.function
    for part, why in noise.JVM_PARTS:
        if part in module:
            return why
    if module.startswith(noise.JVM_STARTS):
        return noise.REFLECTION
    if "Generated" in module and "Accessor" in module:
        return noise.REFLECTION
    if "$" in module:
        module = str(CLASS_NUMBER.sub("$", CLOJURE_NUMBER.sub(r"\1", module)))
    return module, jvm_function(function) if "$" in function else function


def jvm_function(name: str) -> str:
    for pattern in (JAVA_LAMBDA, KOTLIN_LAMBDA, SCALA_LAMBDA):
        found = pattern.search(name)
        if found is not None:
            return f"{found[1]}.{LAMBDA}" if found[1] else LAMBDA
    if name.startswith("access$") and ACCESS.search(name):
        return "access"
    return name.removesuffix("$default")


def php(frame: SlimFrame) -> Names | str:
    name = frame.function
    if "{closure" in name:
        return file_name(frame.filename or frame.abs_path), ""
    if "class@anonymous" in name:
        name = str(PHP_ANONYMOUS.sub(r"class@anonymous\1", name.replace("\x00", " ")))
    return file_name(frame.filename or frame.abs_path), name


def python(frame: SlimFrame) -> Names | str:
    path = frame.filename or frame.abs_path
    generated = path.startswith("<")
    name = "" if frame.function in EMPTY_PYTHON else frame.function
    if generated:
        name = str(GENERATED_NUMBER.sub("", name))
    if path.startswith(("<string", "<template", "<ipython")):
        return "<dynamic>", name
    return frame.module or file_name(path), name


def ruby(frame: SlimFrame) -> Names | str:
    name = frame.function
    if " in " in name:
        name = str(RUBY_BLOCK.sub("", name))
    if "__" in name:
        name = str(RUBY_ERB.sub("", name))
    found = RUBY_OWNER.search(name)
    return frame.module or file_name(frame.filename or frame.abs_path), found[1] if found else name


def dart(frame: SlimFrame) -> Names | str:
    if "<asynchronous suspension>" in (frame.abs_path, frame.function, frame.filename):
        return noise.ASYNC
    path = frame.abs_path if frame.abs_path.startswith("package:") else frame.filename or frame.abs_path
    module = path.removeprefix("package:") if path.startswith("package:") else frame.module or file_name(path)
    return module, frame.function.replace("<anonymous closure>", "<fn>").removeprefix("new ")


def dotnet(frame: SlimFrame) -> Names | str:
    module, name = frame.module or file_name(frame.filename or frame.abs_path), frame.function
    if f"{module}::{name}" in noise.DOTNET_NAMES or module == "System.ThrowHelper":
        return noise.RAISE
    inner = DOTNET_CLASS.search(module) if "<" in module else None
    if inner is not None:
        module = module[: inner.start()]
        name = inner[1] if name == "MoveNext" and inner[1] else name
    found = DOTNET_INNER.search(name) if "<" in name else None
    if found is not None:
        name = f"{name[: found.start()]}{found[1]}.{LAMBDA}" if ">b__" in name else name[: found.start()] + found[1]
    return str(DOTNET_ARITY.sub("", module)) if "`" in module else module, name.split("(", 1)[0].strip()


def elixir(frame: SlimFrame) -> Names | str:
    name = str(ELIXIR_ANONYMOUS.sub("", frame.function)) if "fn" in frame.function else frame.function
    found = ERLANG_FUN.search(name) if name.startswith("-") else None
    return frame.module or file_name(frame.filename or frame.abs_path), found[1] if found else name


def golang(frame: SlimFrame) -> Names | str:
    name = frame.function
    if f"{frame.module}.{name}" in noise.NATIVE_EXACT or name in noise.NATIVE_EXACT:
        return noise.RAISE
    if "[" in name:
        name = str(GO_GENERIC.sub("", name))
    return frame.module or file_name(frame.filename or frame.abs_path), str(GO_CLOSURE.sub(".func", name))


def other(frame: SlimFrame) -> Names | str:
    return frame.module or file_name(frame.filename or frame.abs_path), frame.function


READERS: Final[dict[str, Callable[[SlimFrame], Names | str]]] = {
    **dict.fromkeys(["java", "kotlin", "scala", "groovy", "clojure", "android"], jvm),
    "php": php,
    "python": python,
    "ruby": ruby,
    **dict.fromkeys(["dart", "flutter"], dart),
    **dict.fromkeys(["csharp", "dotnet", "fsharp", "vb"], dotnet),
    **dict.fromkeys(["elixir", "erlang"], elixir),
    "go": golang,
    "other": other,
}
