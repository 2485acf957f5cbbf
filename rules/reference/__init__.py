"""The reference of the rule book, generated from what the loader declares and from books that are really checked."""
