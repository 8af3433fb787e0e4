"""Content credentials: who signs outputs, what is signed, and how anybody checks it."""
