"""What stands on disk: the course folder and its settings, assignments, submissions, named mistakes. Trusted; reads."""
