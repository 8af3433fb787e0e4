"""Broken files by the hundred: each is refused or measured, whatever was changed in it."""

import random
from pathlib import Path

from tests.engines.corpus import good
from tests.engines.corpus.fuzzing import fuzz
from tests.engines.corpus.mutations import mutate
from tests.engines.corpus.prober import MEMORY_BYTES


def test_no_mutation_of_a_sound_file_makes_the_probe_fall(tmp_path: Path) -> None:
    tally = fuzz(tmp_path, seed=7, go_on=lambda so_far: so_far.tried < 600)

    assert tally.offenders == []
    assert min(tally.endings["refused"], tally.endings["accepted"]) > 100
    assert tally.peak_bytes < MEMORY_BYTES


def test_mutations_are_the_same_for_the_same_dice() -> None:
    content, others = good.mp4(), [good.png()]

    made = [mutate(content, others, random.Random(seed)) for seed in (1, 1, 2)]

    assert made[0] == made[1]
    assert made[0] != made[2]
    assert content not in made
