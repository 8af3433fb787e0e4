"""How work moves: one loop per module."""
