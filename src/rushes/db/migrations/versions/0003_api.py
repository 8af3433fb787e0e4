"""What the whole API needs beyond the queue.

Revision ID: 0003
Revises: 0002
"""

from rushes.db.migrations.script import run_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
