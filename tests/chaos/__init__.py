"""Long trials that break things on purpose."""
