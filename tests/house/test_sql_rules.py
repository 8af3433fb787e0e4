"""The style guide's rules for SQL, kept by every file and shown to notice a breach."""

from pathlib import Path

import pytest

from tests.house.sources import Rule, Source, breaches, sources
from tests.house.sql_rules import queries_say_what_they_are_for, sql_is_fixed_text, sql_stands_in_its_files

STORE = "src/rushes/db/jobs.py"
REVISION = "src/rushes/db/migrations/versions/r0001_first.py"
QUERIES = "src/rushes/db/sql/jobs.sql"

BAD = [
    (sql_stands_in_its_files, STORE, 'q = "SELECT 1"\n'),
    (sql_stands_in_its_files, STORE, 'q = "\\n  UPDATE jobs SET status = 1"\n'),
    (sql_stands_in_its_files, STORE, 'q = "insert into jobs values (1)"\n'),
    (sql_stands_in_its_files, STORE, 'q = "WITH due AS (SELECT 1) SELECT 1"\n'),
    (sql_stands_in_its_files, STORE, 'q = f"SELECT {column} FROM jobs"\n'),
    (sql_is_fixed_text, REVISION, 'q = f"CREATE TABLE {name} (id uuid)"\n'),
    (sql_is_fixed_text, REVISION, 'q = "DROP TABLE {}".format(name)\n'),
    (sql_is_fixed_text, REVISION, 'q = "DELETE FROM " + name\n'),
    (sql_is_fixed_text, REVISION, 'q = "DELETE FROM %s" % name\n'),
    (queries_say_what_they_are_for, QUERIES, "SELECT 1;\n"),
    (queries_say_what_they_are_for, QUERIES, "-- name: get_job^\nSELECT 1;\n"),
    (
        queries_say_what_they_are_for,
        QUERIES,
        "-- name: get_job^\n-- name: get_user^\n-- One user.\nSELECT 1;\n",
    ),
]

GOOD = [
    (sql_stands_in_its_files, STORE, '"""Select jobs."""\n\nmessage = "Select a file from the list."\n'),
    (sql_stands_in_its_files, REVISION, 'q = "CREATE TABLE jobs (id uuid)"\n'),
    (sql_is_fixed_text, REVISION, 'q = "CREATE TABLE jobs (id uuid)"\n'),
    (sql_is_fixed_text, STORE, 'message = f"Update {name} soon."\n'),
    (queries_say_what_they_are_for, QUERIES, "-- name: get_job^\n-- One job of its owner.\nSELECT 1;\n"),
]


@pytest.mark.parametrize("rule", [sql_stands_in_its_files, sql_is_fixed_text])
def test_python_keeps_the_rule(rule: Rule) -> None:
    found = breaches(rule, sources("src"))

    assert not found, f"\n{found}"


def test_query_files_say_what_their_queries_are_for() -> None:
    found = breaches(queries_say_what_they_are_for, sources("src/rushes/db/sql", suffix=".sql"))

    assert not found, f"\n{found}"


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_rule_notices_a_breach(rule: Rule, path: str, text: str) -> None:
    found = breaches(rule, [Source(Path(path), text)])

    assert found.startswith(f"{path}:")


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_rule_lets_good_code_pass(rule: Rule, path: str, text: str) -> None:
    found = breaches(rule, [Source(Path(path), text)])

    assert not found
