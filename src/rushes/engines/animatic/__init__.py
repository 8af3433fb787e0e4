"""The animatic engine: a prompt as a storyboard of typeset cards over moving colour."""
