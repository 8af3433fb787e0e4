import pytest

from rushes.cli.reporting import explain
from rushes.errors import DatabaseUnavailable, FieldProblem, InvalidFields, Missing


def test_own_error_is_its_message() -> None:
    assert explain(Missing("There is no such job.")) == "rushes: There is no such job."


def test_unreachable_database_comes_with_advice() -> None:
    assert "Check RUSHES_DATABASE_URL" in explain(DatabaseUnavailable())


def test_wrong_fields_are_named_one_to_a_line() -> None:
    problems = (FieldProblem(field="a", message="Wrong."), FieldProblem(field="b", message="Wrong too."))

    assert explain(InvalidFields(fields=problems)).splitlines() == [
        "rushes: a: Wrong.",
        "        b: Wrong too.",
    ]


def test_error_of_a_task_is_found_in_its_groups() -> None:
    error = ExceptionGroup("tasks", [ExceptionGroup("attempts", [Missing("Gone.")])])

    assert explain(error) == "rushes: Gone."


def test_unexpected_error_of_a_task_is_named() -> None:
    assert "unexpected LookupError: lost" in explain(ExceptionGroup("tasks", [LookupError("lost")]))


def test_unexpected_error_says_how_to_learn_more() -> None:
    assert "unexpected KeyError" in explain(KeyError("x"))
    assert "--debug" in explain(KeyError("x"))


@pytest.mark.parametrize(
    "url", ["postgresql://ada:hunter2@db/x", "postgresql://ada:h:unter2@db", "x://:hunter2@y"]
)
def test_password_in_an_address_is_left_out(url: str) -> None:
    told = explain(ValueError(f"could not use {url}"))

    assert "unter2" not in told
    assert ":***@" in told
