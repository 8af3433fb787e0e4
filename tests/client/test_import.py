import subprocess
import sys

SERVER_PARTS = {"asyncpg", "fastapi", "starlette", "uvicorn", "numpy", "cv2", "av", "PIL", "obstore"}


def test_importing_the_client_imports_no_part_of_a_server() -> None:
    program = f"import sys, rushes.client; print({SERVER_PARTS!r} & set(sys.modules))"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout == "set()\n"
