"""Jobs as cards: what one shows of a job, of its files and of what can come after it."""
