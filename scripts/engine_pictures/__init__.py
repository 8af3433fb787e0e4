"""What each engine's page shows, by engine."""
