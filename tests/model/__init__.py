"""A model of the queue's rules in plain Python, and the machine that compares the system with it."""
