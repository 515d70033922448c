"""Which known mistakes give the same numbers, and the words for them."""
