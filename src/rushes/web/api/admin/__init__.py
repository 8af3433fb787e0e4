"""What administrators see and change, all of it under `/admin`."""
