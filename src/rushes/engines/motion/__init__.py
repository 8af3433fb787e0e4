"""The motion engine: a reference picture moved by a video, by classical optical flow."""
