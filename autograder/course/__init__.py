"""What is on disk: the course folder, its settings, assignments, submissions, named mistakes. Trusted; only reads."""
