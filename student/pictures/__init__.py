"""The pictures of the lecture, drawn by your functions.  explore.py shows them."""

from checking import require

require("matplotlib")
