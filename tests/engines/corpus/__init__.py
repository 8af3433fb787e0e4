"""Files that try to break, deceive or burst whoever opens them, and sound ones beside them."""
