"""The peers, as their users run them."""
