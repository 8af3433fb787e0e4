"""What people do: one intention, one transaction."""
