"""What nearly every request calls keeps its plan.

Revision ID: 0008
Revises: 0007
"""

from rushes.db.migrations.script import run_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
