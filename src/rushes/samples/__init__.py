"""Sample media of the demo: a reference picture and a motion video, drawn by `scripts/make_samples.py`."""
