"""Rushes: the job platform behind an AI video or image product."""
