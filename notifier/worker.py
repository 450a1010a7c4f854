"""The process that renders users' templates: what it may take is bounded, and it may be killed at any time.

`python -m notifier.worker`: one JSON object a line in, one out. The sandbox bounds neither time nor
memory, so this process does: the parent kills it when an answer takes too long.
"""

import resource
import sys
from collections.abc import Callable
from typing import Any, Final

import msgspec
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.custom import Done, Job

MEMORY_BYTES: Final = 256 * 1024 * 1024  # beyond what it has when it is ready
OUTPUT_CHARS: Final = 50_000
GROWING: Final = frozenset({"*", "**", "%"})


class Bounded(ImmutableSandboxedEnvironment):
    """Refuses the operators that make much of little: `'x' * 300000000`."""

    intercepted_binops = GROWING

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, str | bytes | list | tuple) or isinstance(right, str | bytes | list | tuple):
            raise SecurityError(f"`{operator}` is for numbers only")
        if operator == "**" and (abs(left) > 1000 or abs(right) > 10):
            raise SecurityError("such a power is too large")
        return super().call_binop(context, operator, left, right)


def rendered(environment: Bounded, job: Job) -> Done:
    try:
        text = environment.from_string(job.template).render(job.said)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        return Done(error=f"{type(error).__name__}: {error}"[:300])
    except (MemoryError, RecursionError) as error:
        return Done(error=f"{type(error).__name__}: it takes too much")
    if len(text) > OUTPUT_CHARS:
        return Done(error=f"it makes more than {OUTPUT_CHARS} characters")
    return Done(text=text)


def serve(read: Callable[[], bytes], write: Callable[[bytes], None]) -> None:
    environment = Bounded(autoescape=False, undefined=StrictUndefined)
    while line := read():
        job = msgspec.json.decode(line, type=Job)
        write(msgspec.json.encode(rendered(environment, job)) + b"\n")


def main() -> None:
    with open("/proc/self/statm") as file:  # noqa: PTH123
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def write(line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

    serve(sys.stdin.buffer.readline, write)


if __name__ == "__main__":
    main()
