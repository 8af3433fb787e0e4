import subprocess
import sys

import pytest

FAIL = """
import structlog
from rushes.cli.logs import set_up_logs
from rushes.settings import LogSettings

def sign_in(password):
    raise RuntimeError("refused")

set_up_logs(LogSettings(format={format!r}))
try:
    sign_in("correct horse battery")
except RuntimeError:
    structlog.get_logger().exception("test.failed")
"""


@pytest.mark.parametrize("format_", ["console", "json"])
def test_logged_error_has_its_place_but_no_values(format_: str) -> None:
    program = FAIL.format(format=format_)

    logged = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stderr

    assert "RuntimeError" in logged
    assert "sign_in" in logged
    assert "correct horse" not in logged
