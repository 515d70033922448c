"""The pictures of the lecture, drawn by your functions.  One module an idea; explore.py shows them."""
