"""Playing many machines in one database, and counting what they did."""

from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import QueueMachine
from tests.model.stage import Stage

STEPS = 80
"""How many steps a machine takes at the most, before the next begins with accounts of its own."""


def play(stage: Stage, done: Counter[str], *, machines: int, seed: int) -> None:
    """Play some machines, the same ones for the same seed; count in `done` what they did.

    Raises:
        AssertionError: System and model disagree; it says the shortest way there that was found.
    """

    @seeded(seed)
    def machine() -> QueueMachine:
        return QueueMachine(stage, done)

    run_state_machine_as_test(
        machine,  # pyright: ignore[reportArgumentType]  # a function that makes one will do, say its docs
        settings=settings(
            max_examples=machines,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
            ],
        ),
    )
