from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.positions import Position, Snapshot

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    start = draw(st.integers(1, 2**40))
    end = draw(st.integers(start, start + 100))
    running = draw(st.frozensets(st.integers(start, end - 1))) if end > start else frozenset[int]()
    return Snapshot(start=start, end=end, running=running)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    partly = draw(st.none() | snapshots())
    return Position(
        taken_at=datetime.fromtimestamp(draw(st.integers(0, 2**34)), UTC),
        seen=draw(snapshots()),
        partly=partly,
        event_id=0 if partly is None else draw(st.integers(0, 2**63 - 1)),
    )


@given(positions())
def test_a_position_survives_being_written(position: Position) -> None:
    assert Position.parse(str(position)) == position


@given(st.text(max_size=60))
def test_any_other_text_is_refused_as_a_wrong_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (position|snapshot)"):
        Position.parse(text)


@given(snapshots(), st.integers(1, 2**40 + 200))
def test_a_snapshot_sees_what_had_ended(snapshot: Snapshot, transaction: int) -> None:
    assert snapshot.sees(transaction) == (
        transaction < snapshot.start or (transaction < snapshot.end and transaction not in snapshot.running)
    )


def test_a_partial_position_has_the_events_up_to_its_own() -> None:
    before = Snapshot(start=5, end=5, running=frozenset())
    batch = Snapshot(start=5, end=9, running=frozenset({7}))
    position = Position(taken_at=NOON, seen=before, partly=batch, event_id=20)

    assert position.has(4, 99)
    assert position.has(6, 20)
    assert not position.has(6, 21)
    assert not position.has(7, 19)
    assert not position.has(9, 19)


def test_age_is_counted_from_when_it_was_taken() -> None:
    position = Position(taken_at=NOON, seen=Snapshot(start=1, end=1, running=frozenset()))

    assert position.is_older_than(timedelta(hours=1), now=NOON + timedelta(hours=2))
    assert not position.is_older_than(timedelta(hours=1), now=NOON + timedelta(hours=1))
