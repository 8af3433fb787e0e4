import subprocess
import sys
from pathlib import Path

import pytest

from rushes.engines.registry import ENGINES, find_contested, find_engines

HEAVY = {"numpy", "cv2", "av", "PIL", "torch"}


@pytest.mark.parametrize("module", ["registry", "child.runner", "child.examiner", "child.main"])
def test_parent_side_starts_without_heavy_imports(module: str) -> None:
    code = f"import sys, rushes.engines.{module}; sys.exit(str({HEAVY} & set(sys.modules)))"

    printed = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)

    assert printed.stderr.strip() == "set()"


def test_engines_are_listed_under_their_own_names() -> None:
    assert {name: spec.name for name, spec in ENGINES.items()} == {name: name for name in ENGINES}
    assert "motion" in ENGINES


def install(folder: Path, entry_points: str) -> None:
    """Lay down what an installer leaves of a package that cannot be imported."""
    home = folder / "elsewhere-1.dist-info"
    home.mkdir()
    (home / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (home / "entry_points.txt").write_text(entry_points)


def test_without_other_packages_there_are_the_engines_that_ship() -> None:
    assert find_engines() == {**ENGINES}


def test_engines_of_installed_packages_are_found_without_importing_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path,
        "[rushes.engines]\nfading = fading:FadingEngine\n[rushes.network_engines]\nfar = far.away:Engine\n",
    )
    monkeypatch.syspath_prepend(tmp_path)

    found = find_engines()

    assert (found["fading"].target, found["fading"].network) == ("fading:FadingEngine", False)
    assert (found["far"].target, found["far"].network) == ("far.away:Engine", True)


def test_names_of_the_engines_that_ship_stay_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "[rushes.network_engines]\nmotion = elsewhere:Engine\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert find_engines() == {**ENGINES}


@pytest.mark.parametrize(
    "entry_points",
    [
        "[rushes.engines]\nfading = one:Engine\n[rushes.network_engines]\nfading = other:Engine\n",
        "[rushes.engines]\nfading = one:Engine\nfading = other:Engine\n",
    ],
)
def test_engines_that_share_a_name_are_named_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry_points: str
) -> None:
    install(tmp_path, entry_points)
    monkeypatch.syspath_prepend(tmp_path)

    assert find_engines() == {**ENGINES}
    assert find_contested() == {"fading": ["one:Engine", "other:Engine"]}


def test_no_engine_that_ships_reaches_the_network() -> None:
    assert not any(spec.network for spec in ENGINES.values())
