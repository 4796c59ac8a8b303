"""What can be read: books, chapters and documents, and who may see them."""
