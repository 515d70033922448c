"""Goal: no results. Built-in functions and the modules of everybody are removed."""
# correct
import builtins

for module in list(sys.modules.values()):
    if getattr(module, "__name__", "") not in ("sys", __name__):
        for name in list(vars(module) if hasattr(module, "__dict__") else ()):
            if not name.startswith("__"):
                try:
                    delattr(module, name)
                except Exception:
                    pass
