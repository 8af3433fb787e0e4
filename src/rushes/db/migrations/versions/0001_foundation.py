"""The first schema.

Revision ID: 0001
Revises: nothing
"""

from rushes.db.migrations.script import run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
