"""What is counted while the service runs, right across its processes.

Each worker counts in files of its own below one folder that the first process made; whoever is
asked adds all of them up. Nothing here is counted twice elsewhere: both metrics endpoints read it.
"""
