"""What the style guide asks of a Python module, as far as its syntax shows it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import Problem, Rule, Source

MODULE_LINES = 300
TEST_MODULE_LINES = 400
FUNCTION_LINES = 40

PUBLIC_PACKAGE = Path("src/rushes/client/__init__.py")

VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"})

_SENTENCE_BREAK = re.compile(r"[.!?]\s+[A-Z]")
_DIRECTIVE = re.compile(r"#\s*(type:\s*ignore|pyright:|noqa|ruff:\s*noqa|flake8:\s*noqa)", re.IGNORECASE)
_REASONED_DIRECTIVE = re.compile(
    r"#\s*(?:pyright: ignore\[[\w, ]+\]|noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)\W+\w+\W+\w+"
)
_MODULE_DIRECTIVE = re.compile(r"# pyright: report\w+=false")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def module_is_short(source: Source) -> Iterator[Problem]:
    """Refuse a long module."""
    limit = TEST_MODULE_LINES if source.path.parts[0] == "tests" else MODULE_LINES
    lines = len(source.text.splitlines())
    if lines > limit:
        yield 1, f"{lines} lines; a module has at most {limit}: give its second idea a module of its own"


def functions_are_short(source: Source) -> Iterator[Problem]:
    """Refuse a long function; its docstring does not count."""
    for node in ast.walk(source.tree):
        if isinstance(node, FunctionNode):
            lines = _span(node) - sum(_span(statement) for statement in node.body[: _has_docstring(node)])
            if lines > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {lines} lines; a function has at most {FUNCTION_LINES}"


def module_says_its_idea(source: Source) -> Iterator[Problem]:
    """Refuse a module whose docstring does not start with exactly one sentence."""
    docstring = ast.get_docstring(source.tree)
    if docstring is None:
        yield 1, "say the module's idea in a one-sentence docstring"
        return
    summary = " ".join(docstring.partition("\n\n")[0].split())
    if not summary.endswith(".") or _SENTENCE_BREAK.search(summary):
        yield 1, "the docstring starts with one sentence that ends in a full stop"


def package_file_is_empty(source: Source) -> Iterator[Problem]:
    """Refuse code in `__init__.py`; the package that users import names there what is theirs."""
    if source.path.name != "__init__.py":
        return
    code = source.tree.body[_has_docstring(source.tree) :]
    if source.path == PUBLIC_PACKAGE:
        code = [statement for statement in code if not _is_export(statement)]
    if code:
        yield 1, "no code in __init__.py: only the docstring"


def name_says_something(source: Source) -> Iterator[Problem]:
    """Refuse names under which anything could hide; `base.py` is for a protocol."""
    words = {word for part in source.path.with_suffix("").parts for word in part.split("_")}
    if vague := words & VAGUE_NAMES:
        yield 1, f"`{vague.pop()}` names no concept: name the module after its one idea"
    if source.path.stem == "base" and "Protocol" not in _base_names(source.tree):
        yield 1, "base.py is for a protocol"


def errors_are_not_swallowed(source: Source) -> Iterator[Problem]:
    """Refuse a broad `except` that does nothing."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and all(map(_is_idle, node.body)):
            yield node.lineno, "a broad except must log what it caught"
        if (
            isinstance(node, ast.Call)
            and _last_name(node.func) == "suppress"
            and any(map(_is_broad, node.args))
        ):
            yield node.lineno, "suppress the error that you expect, not all of them"


def ignores_say_why(source: Source) -> Iterator[Problem]:
    """Refuse a directive to a checker that does not name its rule and its reason.

    The reason follows on the same line, or, for a directive to the whole module, stands on the line before.
    """
    lines = ["", *source.text.splitlines()]
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        line = token.start[0]
        if token.type != tokenize.COMMENT or not _DIRECTIVE.search(token.string):
            continue
        before = lines[line - 1]
        has_reason_before = before.startswith("# ") and not _DIRECTIVE.search(before)
        if _MODULE_DIRECTIVE.fullmatch(lines[line]) and has_reason_before:
            continue
        if not _REASONED_DIRECTIVE.search(token.string):
            yield line, "name the rule and say why: `# noqa: RULE  # why`, `# pyright: ignore[rule]  # why`"


def nothing_sleeps(source: Source) -> Iterator[Problem]:
    """Refuse waiting for time to pass; `asyncio.sleep(0)` only yields."""
    for node in _calls(source.tree, "sleep", "wait_for_timeout"):
        yields = bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if not yields:
            yield node.lineno, "wait for a signal or a state, never for time"


def nothing_of_ours_is_patched(source: Source) -> Iterator[Problem]:
    """Refuse replacing a part of Rushes at run time."""
    ours = set(_names_of_ours(source.tree))
    for node in _calls(source.tree, "patch", "object", "dict", "multiple", "setattr", "delattr", "setitem"):
        target = node.args[0] if node.args else None
        by_name = isinstance(target, ast.Constant) and str(target.value).split(".")[0] == "rushes"
        if by_name or (target is not None and _root_name(target) in ours):
            yield node.lineno, "never patch our own code: pass a fake that implements the protocol"


SOURCE_RULES: tuple[Rule, ...] = (
    module_is_short,
    functions_are_short,
    module_says_its_idea,
    package_file_is_empty,
    name_says_something,
    errors_are_not_swallowed,
    ignores_say_why,
)
TEST_RULES: tuple[Rule, ...] = (
    module_is_short,
    name_says_something,
    errors_are_not_swallowed,
    ignores_say_why,
    nothing_sleeps,
    nothing_of_ours_is_patched,
)


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _has_docstring(node: FunctionNode | ast.Module) -> bool:
    return ast.get_docstring(node) is not None


def _is_export(statement: ast.stmt) -> bool:
    match statement:
        case ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case _:
            return False


def _base_names(tree: ast.Module) -> set[str]:
    return {
        _last_name(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases
    }


def _is_broad(kind: ast.expr | None) -> bool:
    return kind is None or _last_name(kind) in {"Exception", "BaseException"}


def _is_idle(statement: ast.stmt) -> bool:
    is_ellipsis = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_ellipsis or isinstance(statement, ast.Pass | ast.Continue)


def _calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last_name(node.func) in names:
            yield node


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""


def _root_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value):
            return _root_name(value)
        case _:
            return ""


def _names_of_ours(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=aliases) if module.split(".")[0] == "rushes":
                yield from (alias.asname or alias.name for alias in aliases)
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name.split(".")[0] == "rushes":
                        yield alias.asname or "rushes"
            case _:
                pass
