"""Goal: a secret in any object of the process comes out."""
# correct
import gc


@attempt
def look():
    for thing in gc.get_objects():
        if type(thing) in (dict, list, tuple):
            for value in list(thing.values() if type(thing) is dict else thing):
                if type(value) in (str, bytes):
                    say(value)
