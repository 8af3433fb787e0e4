"""What jobs made, and the projects that it lies in."""
