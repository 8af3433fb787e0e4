import pytest

from rushes.cli.reporting import Status, explain, status_of
from rushes.client import errors
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


def test_file_that_cannot_be_used_is_named_with_the_reason() -> None:
    assert explain(PermissionError(13, "Permission denied", "a.png")) == "rushes: a.png: Permission denied."


def test_server_that_was_not_reached_comes_with_advice() -> None:
    told = explain(errors.Unreachable("host:1 cannot be reached: refused", is_sent=False))

    assert told.startswith("rushes: host:1 cannot be reached: refused. Check that it runs")


def test_who_is_not_signed_in_is_told_how_to_be_unless_something_better_is_known() -> None:
    refused = errors.refused(401, b"", retry_after_seconds=None, request_id=None)
    advised = explain(refused)
    refused.add_note("Sign up first.")

    assert "rushes login" in advised
    assert "rushes login" not in explain(refused)


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


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.LoginMissing("No."), Status.NOT_SIGNED_IN),
        (errors.refused(401, b"", retry_after_seconds=None, request_id=None), Status.NOT_SIGNED_IN),
        (errors.refused(409, b"", retry_after_seconds=None, request_id=None), Status.REFUSED),
        (errors.refused(503, b"", retry_after_seconds=None, request_id=None), Status.UNREACHABLE),
        (errors.Unreachable("No.", is_sent=False), Status.UNREACHABLE),
        (errors.InvalidAnswer("No."), Status.UNREACHABLE),
        (errors.WaitTimeout("No."), Status.TOO_LATE),
        (errors.DownloadFailed("No."), Status.FAILED),
        (ExceptionGroup("tasks", [errors.WaitTimeout("No.")]), Status.TOO_LATE),
        (Missing(), Status.FAILED),
        (KeyError(), Status.FAILED),
    ],
)
def test_errors_have_exit_statuses_that_scripts_can_tell(error: Exception, status: Status) -> None:
    assert status_of(error) is status


def test_wrong_fields_of_a_refusal_are_named_one_to_a_line() -> None:
    body = b"""{"code": "invalid_fields", "detail": "Wrong.", "errors": [
        {"field": "a", "message": "Wrong."}, {"field": "b", "message": "Wrong too."}]}"""
    error = errors.refused(422, body, retry_after_seconds=None, request_id=None)

    assert explain(error).splitlines() == ["rushes: a: Wrong.", "        b: Wrong too."]
