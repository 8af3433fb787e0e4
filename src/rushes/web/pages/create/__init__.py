"""The form that makes jobs: what it asks, takes over, counts and submits."""
