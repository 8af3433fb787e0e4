"""A PostgreSQL server from a wheel, for one machine."""
