"""Where the user is in each book."""
