"""What the style guide asks of SQL: where it stands, and that each query says what it is for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import Problem, Source

MIGRATIONS = (Path("src/rushes/db/migrations"), Path("src/rushes/db/migrate.py"))

_STATEMENT = re.compile(
    r"""\s*(
        (SELECT|INSERT\ INTO|DELETE\ FROM|TRUNCATE|GRANT|REVOKE|LISTEN|NOTIFY|UNLISTEN|VACUUM|ANALYZE|COPY)\s
      | (CREATE|ALTER|DROP)\ (UNLOGGED\ |UNIQUE\ |OR\ REPLACE\ )*
        (TABLE|INDEX|VIEW|ROLE|USER|DATABASE|SCHEMA|TYPE|FUNCTION|TRIGGER|POLICY|EXTENSION)
      | UPDATE\s+\S+\s+SET\s
      | WITH\s+(RECURSIVE\s+)?\S+\s+AS\s+(MATERIALIZED\s+)?\(
      | SET\ (LOCAL|ROLE|SESSION)\s
      | (insert\ into|delete\ from)\ \w+ | update\ \w+\ set\ | select\ (\*|\w+\()
    )""",
    re.VERBOSE,
)
_NAME = re.compile(r"--\s*name:\s*\S+")


def sql_stands_in_its_files(source: Source) -> Iterator[Problem]:
    """Refuse SQL in Python outside the migrations."""
    if any(map(source.path.is_relative_to, MIGRATIONS)):
        return
    for line, text in _literals(source.tree):
        if _STATEMENT.match(text):
            yield line, "SQL stands in src/rushes/db/sql or in a migration"


def sql_is_fixed_text(source: Source) -> Iterator[Problem]:
    """Refuse SQL that is put together at run time, migrations included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.expr) and _STATEMENT.match(_assembled_text(node)):
            yield node.lineno, "SQL is fixed text with parameters: no f-string, no format, no +, no %"


def queries_say_what_they_are_for(source: Source) -> Iterator[Problem]:
    """Refuse a query file with an unnamed query, or one without its line of explanation."""
    lines = source.text.splitlines()
    names = [number for number, line in enumerate(lines) if _NAME.match(line)]
    if not names:
        yield 1, "a query file names its queries: `-- name: claim_jobs`"
    for number in names:
        explanation = lines[number + 1] if number + 1 < len(lines) else ""
        if not re.match(r"--\s*\S+", explanation) or _NAME.match(explanation):
            yield number + 1, "the line after the name says in a comment what the query is for"


def _literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every string that is not a docstring."""
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            yield node.lineno, node.value


def _assembled_text(node: ast.expr) -> str:
    match node:
        case ast.JoinedStr(values=parts) if any(isinstance(part, ast.FormattedValue) for part in parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Add() | ast.Mod()):
            return text
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format" | "join")):
            return text
        case _:
            return ""
