"""How every program here takes its arguments."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter


def parser_of(description: str | None) -> ArgumentParser:
    """Return a parser whose help shows a module's docstring as it is written."""
    return ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
