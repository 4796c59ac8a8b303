"""Talk about the book: answers and their citations."""
