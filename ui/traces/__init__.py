"""What the screens of requests and logs work out of what they read. Pure functions from data to data."""
