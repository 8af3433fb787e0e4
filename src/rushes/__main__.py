"""`python -m rushes` is the command `rushes`."""

from rushes.cli.main import app

app(prog_name="rushes")
