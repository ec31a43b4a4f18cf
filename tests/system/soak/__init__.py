"""Hours of mixed use of a running service: what is asked, what must be right, and what may grow."""
