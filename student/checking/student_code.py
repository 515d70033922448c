"""Load neural_net.py and call its functions.  Whatever goes wrong becomes a Problem: a few plain lines."""

import copy
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

from checking import explain
from checking.public_inputs import LETTERED

FILE = Path(__file__).parents[1] / "neural_net.py"
FUNCTIONS = ("forward", "loss", "backprop", "update")
_loaded = {}


class Problem(Exception):
    """Something in neural_net.py is not right yet.  The text says what, for its author to read."""


def module():
    """Give neural_net.py as a module.  It is read again after every change of the file."""
    if not FILE.is_file():
        raise Problem(f"There is no file {FILE.name} in {FILE.parent}.")
    version = (FILE, FILE.stat().st_mtime_ns, FILE.stat().st_size)
    if _loaded.get("version") != version:
        _loaded.clear()
        new = sys.modules["neural_net"] = ModuleType("neural_net")
        new.__file__ = str(FILE)
        try:
            exec(compile(FILE.read_bytes(), str(FILE), "exec"), new.__dict__)
        except SyntaxError as error:
            raise Problem(explain.syntax_error(error, FILE.name)) from None
        except SystemExit:
            words = f"{FILE.name} ends the program when it is imported. Put exit() below  if __name__ == '__main__':"
            raise Problem(words) from None
        except Exception as error:
            raise Problem(f"{FILE.name} can't be imported.\n{explain.exception(error, FILE)}") from None
        _loaded.update(version=version, module=new)
    return _loaded["module"]


def call(name, *arguments):
    """Call one function with these very arguments; a text is a new object each time, which `is` tells from another."""
    arguments = ["".join(list(value)) if isinstance(value, str) else value for value in arguments]
    function = getattr(module(), name, None)
    if function is None:
        raise Problem(f"neural_net.py has no function {name}. Was it renamed?")
    try:
        with np.errstate(all="ignore"):
            return function(*arguments)
    except NotImplementedError as error:
        raise Problem(str(error) or f"{name} is not written yet") from None
    except SystemExit:
        raise Problem(f"{name} ends the program. Take the exit() out; a function ends with return.") from None
    except Exception as error:
        words = explain.exception(error, FILE, sizes_of(name, arguments), lambda: repeat(name, arguments))
        raise Problem(f"{name} stopped with an error.\n{words}") from None


def lettered(name, arguments):
    """Make the arguments of a call with four different sizes that can't be mixed up."""
    activation = [value for value in arguments if isinstance(value, str)]
    made = [value for value in LETTERED.arguments(name) if not isinstance(value, str)]
    return (*made, *activation)


def repeat(name, arguments):
    """Call again with four different sizes; give the exception, if there is one, and these sizes."""
    try:
        with np.errstate(all="ignore"):
            getattr(module(), name)(*lettered(name, arguments))
    except Exception as error:
        return error, LETTERED.sizes
    return None, LETTERED.sizes


def sizes_of(name, arguments):
    """Read n, D, N and K from the arguments of a call."""
    if name == "loss":
        return dict(zip("nK", np.shape(arguments[1]), strict=False))
    params = arguments[{"forward": 1, "backprop": 2, "update": 0}[name]]
    (N, D), K = np.shape(params["W1"]), len(params["b2"])
    return {"D": D, "N": N, "K": K} | ({} if name == "update" else {"n": len(arguments[0])})


def missing(names):
    """Name the functions among these that are not written yet."""
    tiny = np.ones((1, 1))
    params = {"W1": tiny, "b1": tiny[0], "W2": tiny, "b2": tiny[0]}
    arguments = {
        "forward": (tiny, params),
        "loss": (tiny, tiny),
        "backprop": (tiny, tiny, params, tiny, tiny, tiny),
        "update": (params, params, 0.1),
    }
    absent = []
    for name in names:
        function = getattr(module(), name, None)
        try:
            if function is None:
                absent.append(name)
            else:
                with np.errstate(all="ignore"):
                    function(*copy.deepcopy(arguments[name]))
        except NotImplementedError:
            absent.append(name)
        except (Exception, SystemExit):
            continue  # it is written; what is wrong with it is said when it is used
    return absent
