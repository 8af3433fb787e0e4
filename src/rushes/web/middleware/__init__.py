"""What happens around every request, as pure ASGI."""
