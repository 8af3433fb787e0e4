"""The command line: the one place that reads settings and wires the parts together."""
