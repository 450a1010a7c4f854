"""Canonical types (grouping.md 3.1, 1 to 3)."""

import pytest

from domain.exception_types import MAX_TYPE, canonical_type, is_wrapper
from tests.builders import an_exception


@pytest.mark.parametrize(
    ("name", "value", "platform", "canonical"),
    [
        pytest.param("KeyError", "'a'", "python", "KeyError", id="a plain type stays"),
        pytest.param("java.lang.NullPointerException", "", "java", "NullPointerException", id="jvm: the last part"),
        pytest.param("a.b.Error", "", "python", "a.b.Error", id="dots stay elsewhere"),
        pytest.param("0x00000000 / 0x00000001", "", "native", "crash", id="a pair of raw codes is a crash"),
        pytest.param("0xC0000005", "", "native", "crash", id="a raw code is a crash"),
        pytest.param("SIGSEGV /SEGV_MAPERR", "", "native", "SIGSEGV", id="a signal is cut after its name"),
        pytest.param(
            "EXC_BAD_ACCESS / KERN_INVALID_ADDRESS", "", "cocoa", "EXC_BAD_ACCESS", id="a mach exception is cut"
        ),
        pytest.param(
            "EXCEPTION_ACCESS_VIOLATION_READ / 0x10", "", "native", "EXCEPTION_ACCESS_VIOLATION_READ", id="windows"
        ),
        pytest.param("SIGNATURE", "", "python", "SIGNATURE", id="what only begins like a signal stays"),
        pytest.param("", "", "python", "(none)", id="an empty type has a name"),
        pytest.param("E" * 300, "", "python", "E" * MAX_TYPE, id="a long type is cut"),
        pytest.param("RangeError", "Maximum call stack size exceeded", "javascript", "StackOverflow", id="chrome"),
        pytest.param("InternalError", "too much recursion", "javascript", "StackOverflow", id="firefox"),
        pytest.param("Error", "Out of stack space", "javascript", "StackOverflow", id="old ie"),
        pytest.param("Error", "JSON.parse: unexpected character", "javascript", "SyntaxError", id="json, firefox"),
        pytest.param("Error", "JSON Parse error: Unexpected EOF", "node", "SyntaxError", id="json, safari"),
        pytest.param("Error", '"x" is not valid JSON', "javascript", "SyntaxError", id="json, chrome"),
        pytest.param("Error", "URI malformed", "javascript", "URIError", id="uri, chrome"),
        pytest.param("Error", "malformed URI sequence", "javascript", "URIError", id="uri, firefox"),
        pytest.param("Error", "Invalid array length", "javascript", "RangeError", id="array length"),
        pytest.param("Error", "Loading chunk 7 failed.", "javascript", "ChunkLoadError", id="chunk"),
        pytest.param(
            "TypeError",
            "Failed to fetch dynamically imported module: https://x/a.js",
            "javascript",
            "ChunkLoadError",
            id="dynamic import",
        ),
        pytest.param("RangeError", "too much recursion", "python", "RangeError", id="only scripts are renamed"),
        pytest.param("TypeError", "x is not a function", "javascript", "TypeError", id="nothing else is renamed"),
    ],
)
def test_canonical_type(name: str, value: str, platform: str, canonical: str) -> None:
    assert canonical_type(an_exception(type=name, value=value), platform) == canonical


def test_a_synthetic_exception_is_a_crash() -> None:
    assert canonical_type(an_exception(type="SIGSEGV", synthetic=True), "native") == "crash"


@pytest.mark.parametrize(
    ("name", "wraps"),
    [
        ("ExecutionException", True),
        ("InvocationTargetException", True),
        ("UndeclaredThrowableException", True),
        ("CompletionException", True),
        ("System.AggregateException", True),
        ("TargetInvocationException", True),
        ("ExceptionGroup", True),
        ("BaseExceptionGroup", True),
        ("ExecutionError", False),
        ("ValueError", False),
    ],
)
def test_is_wrapper(name: str, wraps: bool) -> None:
    assert is_wrapper(name) is wraps
