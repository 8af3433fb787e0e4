"""Runs what decodes and encodes in child processes: the parent's side, the wire, and the child's program."""
