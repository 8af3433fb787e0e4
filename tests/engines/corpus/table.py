"""All hostile files in one table."""

from tests.engines.corpus import bursts, canvases, disguises, lures, papers, swells
from tests.engines.corpus.case import Case

CASES: list[Case] = [
    *lures.CASES,
    *bursts.CASES,
    *swells.CASES,
    *canvases.CASES,
    *disguises.CASES,
    *papers.CASES,
]
