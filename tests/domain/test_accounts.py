from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.accounts import (
    PASSWORD_MAX_BYTES,
    SLOTS,
    Plan,
    Role,
    User,
    email_problem,
    password_problem,
    slot_limit,
)
from rushes.domain.ids import UserId

NOW = datetime(2026, 1, 1, tzinfo=UTC)
USER = User(
    id=UserId(UUID(int=1)),
    email="ann@example.org",
    username=None,
    avatar_url=None,
    role=Role.USER,
    plan=Plan.FREE,
    credits=0,
    slots=None,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    "email",
    [
        "ann@example.org",
        "a@b.co",
        "first.last+tag@sub.example.museum",
        "ünï@exämple.org",
        "o'brien@example.org",
        "x" * 64 + "@example.org",
    ],
)
def test_address_is_accepted(email: str) -> None:
    assert email_problem(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@example",
        "ann@example.o",
        "ann@.org",
        "ann@example..org",
        "ann@@example.org",
        "an n@example.org",
        "ann@example.org\n",
        "ann\0@example.org",
        "ann@exa\0mple.org",
        "x" * 65 + "@example.org",
        "x" * 50 + "@" + "y" * 200 + ".org",
    ],
)
def test_address_is_refused(email: str) -> None:
    problem = email_problem(email, field="address")

    assert problem is not None
    assert problem.field == "address"


@given(st.text(max_size=300))
def test_accepted_address_has_two_sides_and_no_space(email: str) -> None:
    accepted = email_problem(email) is None

    assert not accepted or (email.count("@") == 1 and email.split() == [email] and len(email) <= 254)


@pytest.mark.parametrize("password", ["12345678", "x" * 72, "ä" * 36, "pass phrase", "        "])
def test_password_is_accepted(password: str) -> None:
    assert password_problem(password) is None


@pytest.mark.parametrize("password", ["", "1234567", "ääääääá", "x" * 73, "ä" * 37, "nul\0within"])
def test_password_is_refused(password: str) -> None:
    problem = password_problem(password, field="new_password")

    assert problem is not None
    assert problem.field == "new_password"


@given(st.text(min_size=8, max_size=100))
def test_no_part_of_an_accepted_password_is_ignored(password: str) -> None:
    accepted = password_problem(password) is None

    assert accepted == (len(password.encode()) <= PASSWORD_MAX_BYTES and "\0" not in password)


@pytest.mark.parametrize(("plan", "slots"), [(Plan.FREE, 2), (Plan.PRO, 10)])
def test_slots_are_those_of_the_plan(plan: Plan, slots: int) -> None:
    assert slot_limit(replace(USER, plan=plan)) == slots == SLOTS[plan]


@pytest.mark.parametrize("slots", [0, 1, 100])
def test_slots_of_the_account_come_first(slots: int) -> None:
    assert slot_limit(replace(USER, slots=slots)) == slots
