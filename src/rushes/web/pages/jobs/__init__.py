"""The list of jobs, one job, and what is done with them."""
