"""Files and functions stay within a glance."""

import ast
from pathlib import Path

import pytest

from tests.laws.tree import modules, shown, tree

LARGEST_FILE = 250
LONGEST_FUNCTION = 30
DEEPEST = 3
MEDIAN = 8
FORBIDDEN = {"util", "utils", "helper", "common", "base", "manager", "handler", "processor", "data", "info", "misc"}
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = node.body[0]
    doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return (node.end_lineno or 0) - node.lineno + 1 - ((first.end_lineno or 0) - first.lineno + 1 if doc else 0)


def depth(node: ast.AST) -> int:
    """Blocks inside blocks; an `elif` is no deeper than its `if`."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth(child) + (isinstance(child, BLOCKS) and not chained))
    return deepest


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_file_fits(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LARGEST_FILE


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_functions_fit(path: Path) -> None:
    long = {node.name: length(node) for node in functions(path) if length(node) > LONGEST_FUNCTION}
    deep = {node.name: depth(node) for node in functions(path) if depth(node) > DEEPEST}
    assert (long, deep) == ({}, {})


def test_the_usual_function_is_short() -> None:
    found = sorted(length(node) for path in modules() for node in functions(path))
    assert found[len(found) // 2] <= MEDIAN


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_names_say_something(path: Path) -> None:
    assert path.stem not in FORBIDDEN
