"""Solves the equations of a grid: symmetric, positive, and with entries only near the diagonal."""

# SciPy has no types, neither for its functions' results,
# pyright: reportUnknownVariableType=false
# nor for its classes' members.
# pyright: reportUnknownMemberType=false

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

Numbers = NDArray[np.float64]


class Factors:
    """A matrix taken apart once (Cholesky), to be solved for any number of right sides."""

    def __init__(self, bands: Numbers) -> None:
        """Take a matrix's lower bands, (bandwidth + 1, n): `bands[i - j, j]` is its entry (i, j).

        Raises:
            ArithmeticError: It is not positive definite.
        """
        try:
            factors = cholesky_banded(bands, lower=True, check_finite=False)
        except LinAlgError as error:
            raise ArithmeticError("The mesh's equations have no single solution.") from error
        self._factors = cast("Numbers", factors)

    def solve(self, right: Numbers) -> Numbers:
        """Return the solution for right sides of (n, columns)."""
        solution = cho_solve_banded((self._factors, True), right, check_finite=False)
        return np.asarray(solution, np.float64)
