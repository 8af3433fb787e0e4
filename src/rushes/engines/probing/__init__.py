"""Measures files that nobody vouches for, and refuses those that are not what they seem."""
