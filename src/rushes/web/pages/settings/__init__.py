"""What an account can set, page by page."""
