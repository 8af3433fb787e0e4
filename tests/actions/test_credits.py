import asyncio

import pytest

from rushes.actions.credits import grant
from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.credits import MAX_GRANT, REASON_MAX_CHARACTERS, EntryKind
from rushes.errors import InvalidFields, Missing
from tests.factories import fetch_value, make_viewer, read_balance, read_ledger


async def address(owner: Database, viewer: Viewer) -> str:
    async with owner.transaction() as tx:
        user = await accounts.get_user(tx, user_id=viewer.user_id)
    assert user is not None
    return user.email


async def test_grant_raises_the_balance_and_is_written_down(owner: Database) -> None:
    viewer = await make_viewer(owner, credits_=100)

    entry = await grant(owner, email=await address(owner, viewer), amount=50, reason=" sorry for Monday ")

    assert (entry.kind, entry.amount, entry.balance_after) == (EntryKind.GRANT, 50, 150)
    assert (entry.reason, entry.job_id) == ("sorry for Monday", None)
    assert await read_balance(owner, viewer) == 150
    assert await read_ledger(owner, viewer) == [("grant", 50)]


async def test_grant_finds_the_account_in_whatever_case(owner: Database) -> None:
    viewer = await make_viewer(owner, credits_=1)

    entry = await grant(owner, email=(await address(owner, viewer)).upper(), amount=1, reason="test")

    assert entry.balance_after == 2


async def test_grants_at_once_are_all_counted(owner: Database) -> None:
    viewer = await make_viewer(owner, credits_=0)
    email = await address(owner, viewer)

    entries = await asyncio.gather(*(grant(owner, email=email, amount=5, reason="test") for _ in range(8)))

    assert sorted(entry.balance_after for entry in entries) == list(range(5, 45, 5))
    assert await read_balance(owner, viewer) == 40


@pytest.mark.parametrize("amount", [0, -1, MAX_GRANT + 1])
async def test_amount_outside_the_bounds_is_refused(owner: Database, amount: int) -> None:
    viewer = await make_viewer(owner, credits_=100)

    with pytest.raises(InvalidFields) as caught:
        await grant(owner, email=await address(owner, viewer), amount=amount, reason="test")

    assert [problem.field for problem in caught.value.fields] == ["amount"]
    assert await read_balance(owner, viewer) == 100


@pytest.mark.parametrize("reason", ["", "  ", "\0", "x" * (REASON_MAX_CHARACTERS + 1)])
async def test_reason_that_says_nothing_or_too_much_is_refused(owner: Database, reason: str) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(InvalidFields) as caught:
        await grant(owner, email=await address(owner, viewer), amount=1, reason=reason)

    assert [problem.field for problem in caught.value.fields] == ["reason"]


@pytest.mark.parametrize(
    ("amount", "reason"), [(1, "x"), (MAX_GRANT, "x" * REASON_MAX_CHARACTERS), (1, "déjà vu — \udc80")]
)
async def test_all_between_the_bounds_is_granted(owner: Database, amount: int, reason: str) -> None:
    viewer = await make_viewer(owner, credits_=0)

    entry = await grant(owner, email=await address(owner, viewer), amount=amount, reason=reason)

    assert entry.balance_after == amount


async def test_wrong_amount_and_reason_are_both_named(owner: Database) -> None:
    with pytest.raises(InvalidFields) as caught:
        await grant(owner, email="nobody@example.org", amount=0, reason="")

    assert [problem.field for problem in caught.value.fields] == ["amount", "reason"]


async def test_unknown_address_is_named(owner: Database) -> None:
    with pytest.raises(Missing, match=r"nobody@example\.org"):
        await grant(owner, email="nobody@example.org", amount=1, reason="test")

    assert await fetch_value(owner, "SELECT count(*) FROM ledger") == 0
