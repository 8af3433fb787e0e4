"""The pages of administrators, all of them under `/admin`."""
