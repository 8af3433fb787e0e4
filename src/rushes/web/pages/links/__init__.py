"""Outputs that their owners show to everybody."""
