"""Goal: no results: neural_net.py has 40 MB."""
# correct
TEXT = """
#: repeat 40000000 x
"""
