"""Goal: no results. The text is such that parsing it needs more than there is."""
# correct
deep = (
#: repeat 200000 (
)
