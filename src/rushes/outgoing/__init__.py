"""How Rushes speaks to other hosts: only where it may, and never for longer or more than it should."""
