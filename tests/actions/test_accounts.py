import pytest

from rushes.actions.accounts import Registration, login, register
from rushes.db.pool import Database
from rushes.errors import EmailTaken, InvalidFields, Unauthenticated

PASSWORD = "correct horse"


async def test_register_grants_the_first_credits(web: Database) -> None:
    user = await register(web, Registration(email="ann@example.org", password=PASSWORD, credits=300))

    assert user.email == "ann@example.org"
    assert user.credits == 300


async def test_register_refuses_a_taken_address_in_any_case(web: Database) -> None:
    await register(web, Registration(email="ann@example.org", password=PASSWORD))

    with pytest.raises(EmailTaken):
        await register(web, Registration(email="ANN@Example.org", password=PASSWORD))


async def test_register_names_every_wrong_field(web: Database) -> None:
    wrong = Registration(email="no address", password="x" * 73, username="")

    with pytest.raises(InvalidFields) as caught:
        await register(web, wrong)

    assert [problem.field for problem in caught.value.fields] == ["email", "password", "username"]


async def test_login_opens_a_session(web: Database) -> None:
    user = await register(web, Registration(email="ann@example.org", password=PASSWORD))

    opened = await login(web, email="Ann@example.org", password=PASSWORD, user_agent="test")

    assert opened.user.id == user.id


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@example.org", "wrong horse"), ("nobody@example.org", PASSWORD), ("ann@example.org", "x" * 100)],
)
async def test_login_refuses_what_does_not_match(web: Database, email: str, password: str) -> None:
    await register(web, Registration(email="ann@example.org", password=PASSWORD))

    with pytest.raises(Unauthenticated):
        await login(web, email=email, password=password, user_agent=None)
