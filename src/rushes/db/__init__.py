"""What is stored: one store per concept over PostgreSQL."""
