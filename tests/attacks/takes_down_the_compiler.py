"""Goal: no results. Compiling a long chain of operators recurses once for each."""
# correct
long = 0 \
#: repeat 100000 +1
