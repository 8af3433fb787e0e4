"""The motion engine: a reference picture bent as the points of a video move; no model is involved."""
