import subprocess
import sys

import pytest

from rushes.engines.registry import ENGINES

HEAVY = {"numpy", "cv2", "av", "PIL", "torch"}


@pytest.mark.parametrize("module", ["registry", "runner", "examiner", "child"])
def test_parent_side_starts_without_heavy_imports(module: str) -> None:
    code = f"import sys, rushes.engines.{module}; sys.exit(str({HEAVY} & set(sys.modules)))"

    printed = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)

    assert printed.stderr.strip() == "set()"


def test_engines_are_listed_under_their_own_names() -> None:
    assert {name: spec.name for name, spec in ENGINES.items()} == {name: name for name in ENGINES}
    assert "motion" in ENGINES
