"""What works on the output of an earlier job."""
