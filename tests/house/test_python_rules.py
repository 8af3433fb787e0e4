"""The style guide's rules for Python, kept by every module and shown to notice a breach."""

from pathlib import Path

import pytest

from tests.house.python_rules import (
    SOURCE_RULES,
    TEST_RULES,
    errors_are_not_swallowed,
    functions_are_short,
    ignores_say_why,
    module_is_short,
    module_says_its_idea,
    name_says_something,
    nothing_of_ours_is_patched,
    nothing_sleeps,
    package_file_is_empty,
)
from tests.house.sources import Rule, Source, breaches, sources

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 40

BAD = [
    (module_is_short, "src/rushes/web/app.py", "x = 1\n" * 301),
    (module_is_short, "tests/web/test_app.py", "x = 1\n" * 401),
    (functions_are_short, "src/rushes/web/app.py", LONG_FUNCTION),
    (functions_are_short, "src/rushes/web/app.py", LONG_FUNCTION.replace("def", "async def")),
    (module_says_its_idea, "src/rushes/web/app.py", "x = 1\n"),
    (module_says_its_idea, "src/rushes/web/app.py", '"""The app"""\n'),
    (module_says_its_idea, "src/rushes/web/app.py", '"""The app. And more."""\n'),
    (package_file_is_empty, "src/rushes/web/__init__.py", '"""The web."""\n\nfrom rushes.web import app\n'),
    (package_file_is_empty, "src/rushes/client/__init__.py", '"""The client."""\n\nURL = ""\n'),
    (name_says_something, "src/rushes/web/utils.py", ""),
    (name_says_something, "src/rushes/helpers/web.py", ""),
    (name_says_something, "src/rushes/dispatch/job_manager.py", ""),
    (name_says_something, "src/rushes/dispatch/base.py", "class Loop:\n    pass\n"),
    (errors_are_not_swallowed, "src/rushes/web/app.py", "try:\n    f()\nexcept Exception:\n    pass\n"),
    (errors_are_not_swallowed, "src/rushes/web/app.py", "try:\n    f()\nexcept:\n    ...\n"),
    (errors_are_not_swallowed, "src/rushes/web/app.py", "with suppress(Exception):\n    f()\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # type: ignore\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # type: ignore[arg-type]  # the stub is wrong\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # noqa: S603\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # noqa\n"),
    (ignores_say_why, "src/rushes/web/app.py", "# pyright: basic\n"),
    (ignores_say_why, "src/rushes/web/app.py", "# Because.\n# pyright: basic\n"),
    (ignores_say_why, "src/rushes/web/app.py", "# pyright: reportUnknownMemberType=false\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # pyright: ignore[reportUnknownMemberType]\n"),
    (nothing_sleeps, "tests/test_a.py", "import time\n\ntime.sleep(1)\n"),
    (nothing_sleeps, "tests/test_a.py", "async def f():\n    await asyncio.sleep(0.1)\n"),
    (nothing_sleeps, "tests/test_a.py", "page.wait_for_timeout(500)\n"),
    (nothing_of_ours_is_patched, "tests/test_a.py", 'mock.patch("rushes.web.app.build")\n'),
    (nothing_of_ours_is_patched, "tests/test_a.py", 'monkeypatch.setattr("rushes.web.app.build", f)\n'),
    (
        nothing_of_ours_is_patched,
        "tests/test_a.py",
        "from rushes.web import app\n\nmonkeypatch.setattr(app, 'f', g)\n",
    ),
    (
        nothing_of_ours_is_patched,
        "tests/test_a.py",
        "import rushes.db\n\npatch.object(rushes.db.pool, 'f')\n",
    ),
]

GOOD = [
    (
        functions_are_short,
        "src/rushes/web/app.py",
        LONG_FUNCTION.replace("x = 1", '"""' + "\n" * 9 + '"""', 1),
    ),
    (module_says_its_idea, "src/rushes/web/app.py", '"""The app: all of it, e.g. this.\n\nMore."""\n'),
    (
        package_file_is_empty,
        "src/rushes/client/__init__.py",
        '"""The client."""\n\nfrom rushes.client.clients import Rushes\n\n__all__ = ["Rushes"]\n',
    ),
    (name_says_something, "src/rushes/engines/base.py", "class Engine(Protocol):\n    name: str\n"),
    (errors_are_not_swallowed, "src/rushes/web/app.py", "try:\n    f()\nexcept KeyError:\n    pass\n"),
    (errors_are_not_swallowed, "src/rushes/web/app.py", "try:\n    f()\nexcept Exception:\n    log()\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # noqa: S603  # a fixed argument list\n"),
    (ignores_say_why, "src/rushes/web/app.py", "f()  # pyright: ignore[reportAny]  # the driver's row\n"),
    (ignores_say_why, "src/rushes/web/app.py", "# The stubs are open.\n# pyright: reportAny=false\n"),
    (nothing_sleeps, "tests/test_a.py", "async def f():\n    await asyncio.sleep(0)\n"),
    (nothing_of_ours_is_patched, "tests/test_a.py", 'monkeypatch.setattr("sys.argv", [])\n'),
    (nothing_of_ours_is_patched, "tests/test_a.py", "import os\n\nmonkeypatch.setattr(os, 'umask', f)\n"),
]


@pytest.mark.parametrize("rule", SOURCE_RULES)
def test_sources_keep_the_rule(rule: Rule) -> None:
    found = breaches(rule, sources("src", "benchmarks", "scripts"))

    assert not found, f"\n{found}"


@pytest.mark.parametrize("rule", TEST_RULES)
def test_tests_keep_the_rule(rule: Rule) -> None:
    found = breaches(rule, sources("tests"))

    assert not found, f"\n{found}"


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_rule_notices_a_breach(rule: Rule, path: str, text: str) -> None:
    found = breaches(rule, [Source(Path(path), text)])

    assert found.startswith(f"{path}:")


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_rule_lets_good_code_pass(rule: Rule, path: str, text: str) -> None:
    found = breaches(rule, [Source(Path(path), text)])

    assert not found
