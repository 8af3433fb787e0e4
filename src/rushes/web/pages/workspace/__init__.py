"""What was made in one press, side by side, and the sessions that it belongs to."""
