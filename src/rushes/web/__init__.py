"""How people see it: the HTTP surface."""
